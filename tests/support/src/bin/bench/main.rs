//! The bench: drives the release build with real HTTP and counts at the provider's side. The run `campaign` has a file of its own.
#![expect(clippy::print_stdout, reason = "a bench speaks on its standard output")]

mod campaign;

use bytes::Bytes;
use clap::Parser;
use jixinda_test_support::{Client, Gateway, SIGN_NAME, Stage, StageOptions, engines};
use provider_simulator::{Options as SimulatorOptions, Remember};
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Measures accepted and delivered texts a second with durable acceptance, through the Aliyun component, and what they cost.
#[derive(Parser)]
struct Options {
    /// The Aliyun component.
    #[arg(long)]
    component: PathBuf,
    /// Texts of each run of single sends.
    #[arg(long, default_value_t = 50_000)]
    singles: u64,
    /// Texts of the run of batches.
    #[arg(long, default_value_t = 200_000)]
    batched: u64,
    /// Texts in one batch.
    #[arg(long, default_value_t = 1000)]
    batch: u64,
    /// Requests at a time.
    #[arg(long, default_value_t = 64)]
    clients: u64,
    /// Texts that wait while the run `campaign` measures; it is left out where there are none.
    #[arg(long, default_value_t = 0)]
    queued: u64,
    /// Only runs whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Nodes that share the engines of JIXINDA_TEST_ENGINES; more than one needs mysql.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=16))]
    nodes: u64,
}

struct Run {
    name: &'static str,
    template: &'static str,
    param: &'static str,
    texts: u64,
    per_request: u64,
    /// Requests start by the clock at this rate; `None` for as fast as they are answered.
    per_second: Option<f64>,
}

/// Seconds of a run at half load.
const HALF_LOAD_SECONDS: f64 = 8.0;

struct Measured {
    accepted_per_second: f64,
    delivered_per_second: f64,
    p50: Duration,
    p99: Duration,
    longest: Duration,
    cpu_per_text: f64,
    peak_memory: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One sentence with its causes.
            let _ = writeln!(std::io::stderr(), "bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    let run =
        |name, template, param, texts, per_request| Run { name, template, param, texts, per_request, per_second: None };
    let runs = [
        run("single otp", "login", "code", options.singles, 1),
        run("single notice", "shipped", "order", options.singles, 1),
        run("batch marketing", "sale", "shop", options.batched, options.batch),
    ];
    let engines = std::env::var(engines::ENGINES).unwrap_or_default();
    println!(
        "{} clients, {} node(s) ({} build) on {}, provider simulator and clients in one other process",
        options.clients,
        options.nodes,
        if cfg!(debug_assertions) { "debug" } else { "release" },
        if engines.is_empty() { "SQLite synchronous=FULL" } else { &engines },
    );
    println!(
        "{:<16} {:>8} {:>11} {:>12} {:>9} {:>9} {:>9} {:>12} {:>9}",
        "run", "texts", "accepted/s", "delivered/s", "p50 ms", "p99 ms", "max ms", "cpu us/text", "peak MiB"
    );
    let asked_for = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only));
    for run in runs.iter().filter(|run| asked_for(run.name)) {
        let measured = measure(&options, run).await?;
        report(run, &measured);
        if run.per_request == 1 {
            // Half of what it delivered, by the clock: latency counts from when a request should have started.
            let rate = measured.delivered_per_second / 2.0;
            let name = if run.template == "login" { "half load otp" } else { "half load notice" };
            let paced = Run { name, texts: (rate * HALF_LOAD_SECONDS) as u64, per_second: Some(rate), ..*run };
            report(&paced, &measure(&options, &paced).await?);
        }
    }
    if asked_for("campaign") && options.queued > 0 {
        campaign::run(options.component.clone(), options.queued).await?;
    }
    Ok(())
}

fn report(run: &Run, measured: &Measured) {
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    println!(
        "{:<16} {:>8} {:>11.0} {:>12.0} {:>9.2} {:>9.2} {:>9.1} {:>12.1} {:>9.0}",
        run.name,
        run.texts,
        measured.accepted_per_second,
        measured.delivered_per_second,
        ms(measured.p50),
        ms(measured.p99),
        ms(measured.longest),
        measured.cpu_per_text,
        measured.peak_memory as f64 / f64::from(1 << 20),
    );
}

async fn measure(options: &Options, run: &Run) -> anyhow::Result<Measured> {
    let stage = Stage::set(StageOptions {
        component: options.component.clone(),
        simulator: SimulatorOptions { remember: Remember::Counts, ..SimulatorOptions::default() },
        max_concurrency: Some(64),
        ..StageOptions::default()
    })
    .await?;
    let mut others = Vec::new();
    for _ in 1..options.nodes {
        others.push(stage.gateway.join(None, &[]).await?);
    }
    let apis: Vec<Client> = [stage.api()].into_iter().chain(others.iter().map(|node| node.api(&stage.key))).collect();
    let cpu = || stage.gateway.cpu_seconds() + others.iter().map(Gateway::cpu_seconds).sum::<f64>();
    let (cpu_before, before) = (cpu(), engines::counters().await?);
    let start = Instant::now();
    let mut latencies = drive(options, run, &apis).await?;
    let accepted = start.elapsed();
    let patience = Duration::from_secs(300);
    stage.simulator.wait_until(|summary| summary.texts >= run.texts, patience).await?;
    let delivered = start.elapsed();
    wait_for_receipts(&stage, run).await?;
    let spent = cpu() - cpu_before;
    for ((name, before), (_, after)) in before.into_iter().zip(engines::counters().await?) {
        println!("  {name:<26} {:>10.3} a text", (after - before) / run.texts as f64);
    }
    anyhow::ensure!(stage.simulator.doubled().is_empty(), "texts were doubled");
    latencies.sort_unstable();
    let rank = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    Ok(Measured {
        accepted_per_second: run.texts as f64 / accepted.as_secs_f64(),
        delivered_per_second: run.texts as f64 / delivered.as_secs_f64(),
        p50: rank(0.5),
        p99: rank(0.99),
        longest: rank(1.0),
        cpu_per_text: spent * 1e6 / run.texts as f64,
        peak_memory: stage.gateway.peak_memory(),
    })
}

/// Every text has its receipt: that work belongs to the price of a text too.
async fn wait_for_receipts(stage: &Stage, run: &Run) -> anyhow::Result<()> {
    stage.simulator.wait_until(|summary| summary.receipts_pushed >= run.texts, Duration::from_secs(300)).await?;
    Ok(())
}

/// Each client sends one request after another until all texts are out. Answers how long each request took.
async fn drive(options: &Options, run: &Run, apis: &[Client]) -> anyhow::Result<Vec<Duration>> {
    let next = Arc::new(AtomicU64::new(0));
    let (begin, pace) = (Instant::now(), run.per_second.map(|rate| 1.0 / rate));
    let mut clients = tokio::task::JoinSet::new();
    for api in apis.iter().cycle().take(usize::try_from(options.clients)?) {
        let (api, next) = (api.clone(), next.clone());
        let (template, param, texts, per_request) = (run.template, run.param, run.texts, run.per_request);
        clients.spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let first = next.fetch_add(per_request, Ordering::Relaxed);
                if first >= texts {
                    return anyhow::Ok(latencies);
                }
                let count = per_request.min(texts - first);
                let (path, body) = request(template, param, first, count);
                let start = match pace {
                    None => Instant::now(),
                    Some(pace) => {
                        let due = begin + Duration::from_secs_f64(first as f64 * pace);
                        tokio::time::sleep_until(due.into()).await;
                        due
                    }
                };
                let answer = api.raw("POST", path, &[], body).await?;
                latencies.push(start.elapsed());
                anyhow::ensure!(
                    answer.status == 202,
                    "HTTP {}: {}",
                    answer.status,
                    String::from_utf8_lossy(&answer.body)
                );
            }
        });
    }
    let mut all = Vec::new();
    while let Some(client) = clients.join_next().await {
        all.extend(client??);
    }
    Ok(all)
}

/// Numbers from 13800000000 on, each used once.
fn request(template: &str, param: &str, first: u64, count: u64) -> (&'static str, Bytes) {
    let number = |offset: u64| format!("{}", 13_800_000_000 + first + offset);
    if count == 1 {
        let body = json!({"to": number(0), "template": template, "sign_name": SIGN_NAME, "params": {param: "824913"}});
        return ("/v1/messages", body.to_string().into());
    }
    let messages: Vec<_> = (0..count).map(|offset| json!({"to": number(offset)})).collect();
    let defaults = json!({"template": template, "sign_name": SIGN_NAME, "params": {param: "824913"}});
    ("/v1/messages/batch", json!({"messages": messages, "defaults": defaults}).to_string().into())
}
