//! `cargo xtask crash`: builds, then disturbs a gateway under load and accounts for every text.

use crate::toolchain::faketime;
use crate::{plugins, process, workspace};
use anyhow::Result;
use std::process::Command;

/// What is disturbed, and how often.
#[derive(clap::Args)]
pub struct Options {
    /// Take the debug build instead of the release build. Stands before the other options.
    #[arg(long)]
    dev: bool,
    /// Passed on to the harness: --runs 10, --seed, --only kill,stop,disk-full,locked,reset,clock, --json FILE, --logs FOLDER,
    /// --unfinished 100000.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(options: &Options) -> Result<()> {
    let built = plugins::build_all()?;
    let component = plugins::named(&built, "aliyun")?;
    let (flags, folder) = if options.dev { (&[][..], "debug") } else { (&["--release"][..], "release") };
    let mut build = Command::new(workspace::cargo());
    build.args(["build", "--workspace"]).args(flags).current_dir(workspace::root());
    process::run(&mut build, "building the gateway and the harness")?;
    let mut crash = Command::new(workspace::target().join(folder).join("jixinda-crash"));
    crash.arg("--component").arg(component).args(&options.arguments);
    match faketime::library() {
        Ok(library) => _ = crash.arg("--faketime").arg(library),
        Err(error) => println!("xtask: the clock is left alone: {error:#}"),
    }
    process::run(&mut crash, "disturbing a gateway")
}
