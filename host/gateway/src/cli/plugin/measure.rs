//! `jixinda plugin measure FILE --cases DIR`: what a call of the component costs the processor, without a network.

use super::super::server::{Output, say_json};
use super::super::{open, output, table};
use crate::author::case::{self, Ask};
use crate::author::{Bench, Surroundings};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// The component.
    file: PathBuf,
    /// The plugin's cases; those of `send` are measured.
    #[arg(long, default_value = "cases")]
    cases: PathBuf,
    /// Calls for each case.
    #[arg(long, default_value_t = 500)]
    calls: usize,
    /// How the answer is shown.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let bytes = super::read(&args.file)?;
    let mut cases = case::all(&args.cases)?;
    cases.retain(|case| matches!(case.input.ask, Ask::Send { .. }));
    let measured: Vec<Value> = open::runtime()?.block_on(async {
        let bench = Bench::open(&bytes, Surroundings::Scripted).await?;
        let mut measured = Vec::new();
        for case in &cases {
            let times = case.time(&bench, args.calls.max(1)).await?;
            let mut micros: Vec<u128> = times.iter().map(std::time::Duration::as_micros).collect();
            micros.sort_unstable();
            let messages = if let Ask::Send { messages } = &case.input.ask { messages.len() } else { 0 };
            let at = |share: usize| u64::try_from(micros[(micros.len() - 1) * share / 100]).unwrap_or(u64::MAX);
            measured.push(json!({"case": case.name, "messages": messages, "p50_us": at(50), "p99_us": at(99)}));
        }
        anyhow::Ok(measured)
    })?;
    match args.output {
        Output::Json => say_json(&json!({"cases": measured})),
        Output::Table => {
            let columns = [("CASE", "case"), ("MESSAGES", "messages"), ("P50 µS", "p50_us"), ("P99 µS", "p99_us")];
            output::say(&table::list(&measured, &columns));
        }
    }
    Ok(())
}
