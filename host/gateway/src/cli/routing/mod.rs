//! `jixinda routing`: how channels are chosen. One file a subcommand.

mod policy;

use clap::Subcommand;

#[derive(Subcommand)]
pub enum Command {
    /// Routing policies (路由策略): which channels may carry what.
    Policy(policy::Args),
}

pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Policy(args) => policy::run(args),
    }
}
