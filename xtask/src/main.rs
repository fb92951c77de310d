//! Commands of the house: `cargo xtask <command>`. Each has a file of its own.
#![expect(clippy::print_stdout, reason = "a command line tool speaks on its standard output")]

mod authors;
mod bench;
mod costs;
mod crash;
mod demo;
mod plugins;
mod process;
mod readme;
mod sdk;
mod test;
mod tidy;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// Commands of the house.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// From nothing to a delivered text: build everything, start gateway and provider simulator, send, receive the receipt.
    Demo(demo::Options),
    /// Everything that must hold before a change lands.
    Test(test::Options),
    /// Measure the release build: accepted and delivered texts a second, latencies, processor time, memory.
    Bench(bench::Options),
    /// Kill, stop, starve and lie to a gateway under load, and account for every text that it acknowledged.
    Crash(crash::Options),
    /// Build every provider component into target/plugins/dist.
    Plugins(plugins::Options),
    /// Check what no compiler checks: headers, crate edges, sizes, migrations, leaks, clocks.
    Tidy,
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Crash(options) => crash::run(&options),
        Command::Plugins(options) => plugins::run(&options),
        Command::Tidy => tidy::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One sentence, with its causes and without a backtrace.
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
