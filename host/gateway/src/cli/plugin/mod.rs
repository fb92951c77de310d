//! `jixinda plugin`: looking at components, and moving them into and out of the plugin folder. One file a subcommand.

mod call;
mod canary;
mod check;
mod conformance;
mod dev;
mod folder;
mod install;
mod list;
mod measure;
mod new;
mod pack;
mod rollback;
mod test;

use super::open;
use anyhow::Context as _;
use clap::Subcommand;
use jixinda_runtime::inspect::{Inspection, inspect};
use std::path::Path;

#[derive(Subcommand)]
pub enum Command {
    /// Make a project of a new plugin: it builds, and has one test and a README.
    New(new::Args),
    /// Play recorded exchanges with a provider, without a network.
    Test(test::Args),
    /// Send one text by hand and show the HTTP exchange, secrets masked.
    Call(call::Args),
    /// Measure what a call costs the processor, by the cases of `send`.
    Measure(measure::Args),
    /// Watch a component: at each change check it, play its cases, and send a text where you say one.
    Dev(dev::Args),
    /// Take a file through the gate of the gateway and say what it is, or why it would be refused.
    Check(check::Args),
    /// List the plugin folder; with an admin token, as the running gateway sees it.
    List(list::Args),
    /// Check a file and put it into the plugin folder; what it replaces is kept for `rollback`. Where its provider is served already
    /// it takes a share of the calls first, unless --now is given.
    Install(install::Args),
    /// Put back what the last `install` replaced, at once and for all calls.
    Rollback(rollback::Args),
    /// Let the plugin that is tried on a share of a provider's calls (canary) take all of them.
    Promote(canary::Args),
    /// Stop the plugin that is tried: the older one takes all calls, and this file does not come back by itself.
    Abort(canary::Args),
    /// Make a component of a core module (wasm32-unknown-unknown).
    Pack(pack::Args),
}

pub fn run(config: Option<&Path>, command: Command) -> anyhow::Result<()> {
    match command {
        Command::New(args) => new::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Call(args) => call::run(&args),
        Command::Measure(args) => measure::run(&args),
        Command::Dev(args) => dev::run(&args),
        Command::Check(args) => check::run(&args),
        Command::List(args) => list::run(config, args),
        Command::Install(args) => install::run(config, &args),
        Command::Rollback(args) => rollback::run(config, &args),
        Command::Promote(args) => canary::run(args, "promote"),
        Command::Abort(args) => canary::run(args, "abort"),
        Command::Pack(args) => pack::run(&args),
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The gate's verdict. Like the gateway, it compiles in a child process.
fn look(bytes: &[u8]) -> anyhow::Result<Inspection> {
    let program = std::env::current_exe()?;
    Ok(open::runtime()?.block_on(inspect(&program, bytes))?)
}
