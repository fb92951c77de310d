//! `cargo xtask bench`: builds in release and measures.

use crate::{plugins, process, workspace};
use anyhow::Result;
use std::process::Command;

/// What is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Passed on to the bench; see `cargo xtask bench -- --help`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

pub fn run(options: &Options) -> Result<()> {
    let built = plugins::build_all()?;
    let component = plugins::named(&built, "aliyun")?;
    let mut build = Command::new(workspace::cargo());
    build.args(["build", "--workspace", "--release"]).current_dir(workspace::root());
    process::run(&mut build, "building in release")?;
    let mut bench = Command::new(workspace::target().join("release/jixinda-bench"));
    bench.arg("--component").arg(component).args(&options.arguments);
    process::run(&mut bench, "measuring")
}
