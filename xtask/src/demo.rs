//! `cargo xtask demo`: builds what is missing and plays the whole piece once.

use crate::{plugins, process, workspace};
use anyhow::Result;
use std::process::Command;
use std::time::Instant;

/// What the demo does after the first text.
#[derive(clap::Args)]
pub struct Options {
    /// Stop when a text was delivered, instead of staying up to be played with.
    #[arg(long)]
    once: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let start = Instant::now();
    let built = plugins::build_all()?;
    let component = plugins::named(&built, "aliyun")?;
    process::run(
        Command::new(workspace::cargo()).args(["build", "--workspace"]).current_dir(workspace::root()),
        "building the gateway and the simulator",
    )?;
    let mut demo = Command::new(workspace::target().join("debug/jixinda-demo"));
    demo.arg("--component").arg(component).arg("--spent-ms").arg(start.elapsed().as_millis().to_string());
    if options.once {
        demo.arg("--once");
    }
    process::run(&mut demo, "sending a text")
}
