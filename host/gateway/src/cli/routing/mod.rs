//! `jixinda routing`: how channels are chosen. One file a subcommand.

mod moment;
mod policy;
mod ranking;
mod replay;
mod replay_table;

use clap::Subcommand;
use std::path::Path;

#[derive(Subcommand)]
pub enum Command {
    /// Routing policies (路由策略): which channels may carry what.
    Policy(Box<policy::Args>),
    /// How good channels are, and how much of their load they get (通道排名).
    Ranking(ranking::RankingArgs),
    /// What changed about channels and plugins, and why.
    Events(ranking::EventsArgs),
    /// Say that what suspended a channel is over: it comes back step by step.
    Probe(ranking::ProbeArgs),
    /// Decide recorded traffic again, offline (重放), with other settings: what would have been? Nothing is sent, nothing is written.
    Replay(replay::Args),
}

pub fn run(config: Option<&Path>, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Policy(args) => policy::run(*args),
        Command::Ranking(args) => ranking::ranking(args),
        Command::Events(args) => ranking::events(args),
        Command::Probe(args) => ranking::probe(args),
        Command::Replay(args) => replay::run(config, &args),
    }
}
