//! `jixinda plugin promote PROVIDER` and `plugin abort PROVIDER`: an operator's word on a canary that runs.

use super::super::server::ServerArgs;
use serde_json::json;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: ServerArgs,
    /// The provider's id, for example aliyun.
    provider: String,
}

pub fn run(args: Args, word: &str) -> anyhow::Result<()> {
    let server = args.server.client()?;
    let answer = server.post(&["providers", &args.provider, "canary", word], &json!({}))?;
    server.show(&answer["provider"]);
    Ok(())
}
