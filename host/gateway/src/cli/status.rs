//! `jixinda status`: where one message stands, and what happened to it.

use super::caller::CallerArgs;
use std::time::Duration;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    caller: CallerArgs,
    /// msg_…
    id: String,
    /// Wait until it is at its end.
    #[arg(long)]
    wait: bool,
    /// How long to wait, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, requires = "wait")]
    patience: u64,
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let caller = args.caller.client()?;
    let story = if args.wait {
        caller.wait_for_end(&args.id, Duration::from_secs(args.patience))?
    } else {
        caller.client().get(&args.id)?
    };
    caller.show_story(&story)
}
