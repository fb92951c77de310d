//! `jixinda routing`: how channels are chosen. One file a subcommand.

mod moment;
mod policy;
mod replay;
mod replay_table;

use clap::Subcommand;
use std::path::Path;

#[derive(Subcommand)]
pub enum Command {
    /// Routing policies (路由策略): which channels may carry what.
    Policy(Box<policy::Args>),
    /// Decide recorded traffic again, offline (重放), with other settings: what would have been? Nothing is sent, nothing is written.
    Replay(replay::Args),
}

pub fn run(config: Option<&Path>, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Policy(args) => policy::run(*args),
        Command::Replay(args) => replay::run(config, &args),
    }
}
