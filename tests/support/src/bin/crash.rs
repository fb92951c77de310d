//! The crash harness on the command line: one line a run, a table at the end, and a failure where a promise was broken.
#![expect(clippy::print_stdout, reason = "a harness speaks on its standard output")]

use clap::Parser as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jixinda_test_support::cluster;
use jixinda_test_support::crash::{Options, Plan, Report, Setup, Table, line, measure_unfinished, play};
use std::io::Write as _;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

#[tokio::main]
async fn main() -> ExitCode {
    // Interrupted, it still ends by its own way out: gateways are killed and file systems unmounted.
    let done = tokio::select! {
        done = run(Options::parse()) => done,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One sentence with its causes.
            let _ = writeln!(std::io::stderr(), "crash: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    let setup = Setup { component: options.component.clone(), faketime: options.faketime.clone() };
    if let Some(rows) = options.unfinished {
        return unfinished(&setup, rows).await;
    }
    let first =
        options.seed.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
    println!("seed {first}, {} runs", options.runs);
    if options.cluster {
        return clusters(&options, first).await;
    }
    let (mut table, kinds) = (Table::default(), options.kinds());
    let played = (0..options.runs).map(|number| {
        let (setup, plan) = (&setup, Plan::draw(first.wrapping_add(number), &kinds));
        async move { play(setup, &plan).await.map(|report| (number + 1, report)) }
    });
    let mut reports = std::pin::pin!(stream::iter(played).buffered(options.at_once.into()));
    while let Some((number, report)) = reports.try_next().await? {
        println!("{}", line(number, &report));
        tell(&options, &report)?;
        table.add(&report);
        if let Some(file) = &options.json {
            std::fs::write(file, table.to_json().to_string())?;
        }
    }
    println!("\n{}", table.markdown());
    anyhow::ensure!(table.failed() == 0, "{} of {} runs broke a promise", table.failed(), options.runs);
    Ok(())
}

/// Runs of several nodes, one after another, so that each has the machine to itself.
async fn clusters(options: &Options, first: u64) -> anyhow::Result<()> {
    let mut reports = Vec::new();
    for number in 0..options.runs {
        let seed = first.wrapping_add(number);
        let report = cluster::play(&options.component, seed, &cluster::Kind::ALL, options.logs.as_ref()).await?;
        println!("{}", report.line());
        for sentence in report.ended.iter().chain(&report.lost).chain(&report.doubled).chain(&report.given_up).take(10)
        {
            println!("    {sentence}");
        }
        reports.push(report);
    }
    println!("\n{}", cluster::markdown(&reports));
    let broken = reports.iter().filter(|report| report.is_broken()).count();
    anyhow::ensure!(broken == 0, "{broken} of {} runs broke a promise", options.runs);
    Ok(())
}

/// What was wrong with a run, or is worth a look.
fn tell(options: &Options, report: &Report) -> anyhow::Result<()> {
    for skipped in &report.skipped {
        println!("    skipped: {skipped}");
    }
    for sentence in report.failures.iter().chain(&report.complaints) {
        println!("    {sentence}");
    }
    if !report.is_clean() {
        println!("    weather {:?}, {} texts/s", report.plan.weather, report.plan.texts_per_second);
        println!("    again: {}", options.repeat(report.plan.seed));
    }
    if let (Some(folder), Some(log)) = (&options.logs, &report.log) {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(format!("{}.log", report.plan.seed)), log)?;
    }
    Ok(())
}

async fn unfinished(setup: &Setup, rows: u64) -> anyhow::Result<()> {
    let start = measure_unfinished(setup, rows).await?;
    let (millis, mib) = (|time: Option<std::time::Duration>| time.unwrap_or_default().as_millis(), |bytes| bytes >> 20);
    println!(
        "| rows | queued | scheduled | sending | uncertain | ready ms | first text ms | memory MiB | peak MiB | doubled |\n\
         |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n| {rows} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        start.queued,
        start.scheduled,
        start.sending,
        start.uncertain,
        millis(start.recovery.ready),
        millis(start.recovery.first_text),
        mib(start.memory),
        mib(start.peak_memory),
        start.doubled,
    );
    anyhow::ensure!(start.doubled == 0, "{} texts were doubled", start.doubled);
    Ok(())
}
