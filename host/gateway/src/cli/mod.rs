//! The command line: one file for each subcommand.

mod admin;
mod compile_plugin;
mod migrate;
mod open;
mod output;
mod serve;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Jixinda (集信达): an SMS aggregation gateway. Applications speak one HTTP API; providers are sandboxed WebAssembly components.
#[derive(Parser)]
#[command(name = "jixinda", version, about, propagate_version = true)]
struct Cli {
    /// Configuration file; what it leaves out has the defaults of config.default.toml, and JIXINDA__SECTION__KEY outranks it.
    #[arg(long, global = true, env = "JIXINDA_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gateway.
    Serve(serve::Args),
    /// Bring the store's schema up to date and stop.
    Migrate,
    /// Tokens of the admin API, made directly in the store of this machine.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Compile one component from standard input to standard output: what the gateway runs as its child.
    #[command(hide = true)]
    CompilePlugin,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = cli.config.as_deref();
    let done = match cli.command {
        Command::CompilePlugin => return compile_plugin::run(),
        Command::Serve(args) => serve::run(config, args),
        Command::Migrate => migrate::run(config),
        Command::Admin(command) => admin::run(config, command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
