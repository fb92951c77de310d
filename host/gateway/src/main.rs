//! The program `jixinda`: hands the command line to `cli` and turns its verdict into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    jixinda_gateway::cli::main()
}
