//! What a call of each plugin costs, measured through the runtime by `jixinda plugin measure`.

use crate::plugins::Built;
use crate::{process, workspace};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// Prints a line for each case that sends; a plugin without cases has none.
pub fn print(built: &[Built]) -> Result<()> {
    let (program, profile) = program()?;
    println!(
        "\n{:<12} {:<20} {:>8} {:>9} {:>9} {:>12}",
        "plugin", "case", "messages", "p50 µs", "p99 µs", "µs a message"
    );
    for plugin in built {
        let cases = workspace::root().join("plugins").join(&plugin.name).join("cases");
        if !cases.is_dir() {
            continue;
        }
        let mut command = Command::new(&program);
        command.args(["plugin", "measure", "--output", "json"]).arg(&plugin.path).arg("--cases").arg(&cases);
        let measured: Value = serde_json::from_str(&process::output(&mut command)?)?;
        for case in measured["cases"].as_array().into_iter().flatten() {
            let number = |field: &str| case[field].as_u64().unwrap_or_default();
            let (messages, median) = (number("messages"), number("p50_us"));
            println!(
                "{:<12} {:<20} {messages:>8} {median:>9} {:>9} {:>12}",
                plugin.name,
                case["case"].as_str().unwrap_or_default(),
                number("p99_us"),
                median / messages.max(1),
            );
        }
    }
    println!("a fresh instance, signing and parsing, without a network; by the {profile} build of the gateway");
    Ok(())
}

/// A release build where there is one, else the one that tests use: its dependencies are optimised, the gateway's own code is not.
fn program() -> Result<(PathBuf, &'static str)> {
    let release = workspace::target().join("release/jixinda");
    if release.is_file() {
        return Ok((release, "release"));
    }
    let mut build = Command::new(workspace::cargo());
    build.args(["build", "--workspace"]).current_dir(workspace::root());
    process::run(&mut build, "building the gateway to measure calls")?;
    let built = workspace::target().join("debug/jixinda");
    built.is_file().then_some((built, "dev")).context("the gateway was not built")
}
