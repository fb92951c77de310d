//! `jixinda status`: where one message stands, and what happened to it.

use super::caller::{CallerArgs, Follow};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    caller: CallerArgs,
    /// msg_…
    id: String,
    #[command(flatten)]
    follow: Follow,
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let caller = args.caller.client()?;
    caller.show_story(&caller.follow(&args.id, &args.follow)?)
}
