//! The program `jixinda`: hands the command line to `cli` and turns its verdict into an exit code.

use std::process::ExitCode;

/// Rows and JSON are allocated in one thread and freed in another all the time; glibc's allocator takes locks for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    jixinda_gateway::cli::main()
}
