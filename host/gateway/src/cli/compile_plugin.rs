//! `jixinda compile-plugin`: the bounded child process that turns a component into machine code.

use super::output;
use std::process::ExitCode;

pub fn run() -> ExitCode {
    match jixinda_runtime::compile::child_main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}
