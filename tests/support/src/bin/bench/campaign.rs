//! The run `campaign`: how long an `otp` waits while a campaign of a million texts does, and what such a queue costs.

use anyhow::Context as _;
use jixinda_test_support::{Client, SIGN_NAME, Stage, StageOptions, until};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

/// What the channel carries a second. A fifth of it is kept for `otp`: twice what is posted.
const CHANNEL_PER_SECOND: u64 = 500;
const OTP_PER_SECOND: u64 = 50;
const OTP_SECONDS: u64 = 20;
const BATCH: u64 = 10_000;
const CLIENTS: u64 = 4;
/// The campaign's numbers stand in front of those of the `otp` texts.
const FIRST_OTP: u64 = 50_000_000;

struct Measured {
    accepted_per_second: f64,
    /// While the campaign was posted, before the restart.
    posting_memory: u64,
    ready: Duration,
    memory: u64,
    peak_memory: u64,
    carried: u64,
    /// From the 202 to the provider, each text, in order.
    waits: Vec<i64>,
}

/// Measures and prints.
pub async fn run(component: PathBuf, queued: u64) -> anyhow::Result<()> {
    let measured = measure(component, queued).await?;
    let rank = |share: f64| measured.waits[((measured.waits.len() - 1) as f64 * share) as usize];
    let mib = |bytes: u64| bytes >> 20;
    println!(
        "\ncampaign: {queued} marketing texts queued at {:.0}/s, channel at {CHANNEL_PER_SECOND}/s; killed and started again; \
         then {} otp texts at {OTP_PER_SECOND}/s, while {} marketing texts went out",
        measured.accepted_per_second,
        measured.waits.len(),
        measured.carried,
    );
    println!(
        "{:>9} {:>11} {:>10} {:>10} {:>12} {:>12} {:>12} {:>10}",
        "queued", "posting MiB", "ready ms", "ready MiB", "otp p50 ms", "otp p99 ms", "otp max ms", "peak MiB"
    );
    println!(
        "{queued:>9} {:>11} {:>10} {:>10} {:>12} {:>12} {:>12} {:>10}",
        mib(measured.posting_memory),
        measured.ready.as_millis(),
        mib(measured.memory),
        rank(0.5),
        rank(0.99),
        rank(1.0),
        mib(measured.peak_memory),
    );
    Ok(())
}

async fn measure(component: PathBuf, queued: u64) -> anyhow::Result<Measured> {
    let mut stage = Stage::set(StageOptions { component, ..StageOptions::default() }).await?;
    let rate = json!({"rate_per_second": CHANNEL_PER_SECOND});
    stage.gateway.admin().call("PATCH", "/channels/aliyun-1", &rate).await?.ok()?;
    let begin = Instant::now();
    post_campaign(&stage.api(), queued).await?;
    let accepted_per_second = queued as f64 / begin.elapsed().as_secs_f64();

    let posting_memory = stage.gateway.peak_memory();
    stage.gateway.kill()?;
    let begin = Instant::now();
    stage.gateway.start_again().await?;
    let (ready, memory) = (begin.elapsed(), stage.gateway.memory());
    let before = stage.simulator.summary().texts;
    // The campaign is under way before the first `otp` comes.
    stage.simulator.wait_until(|summary| summary.texts > before, Duration::from_secs(60)).await?;
    let waits = otp_waits(&stage).await?;
    let carried = stage.simulator.summary().texts - before - waits.len() as u64;
    let peak_memory = stage.gateway.peak_memory();
    Ok(Measured { accepted_per_second, posting_memory, ready, memory, peak_memory, carried, waits })
}

async fn post_campaign(api: &Client, queued: u64) -> anyhow::Result<()> {
    let next = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (api, next) = (api.clone(), next.clone());
        clients.spawn(async move {
            loop {
                let first = next.fetch_add(BATCH, Ordering::Relaxed);
                if first >= queued {
                    return anyhow::Ok(());
                }
                let numbers = first..(first + BATCH).min(queued);
                let count = numbers.end - numbers.start;
                let messages: Vec<Value> = numbers.map(|index| json!({"to": number(index)})).collect();
                let defaults = json!({"template": "sale", "sign_name": SIGN_NAME, "params": {"shop": "示例"}});
                let body = json!({"messages": messages, "defaults": defaults});
                let answer = api.post("/v1/messages/batch", &body).await?.ok()?;
                anyhow::ensure!(answer.json["accepted"] == count, "not all of a batch was accepted");
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(())
}

/// Posts by the clock; each text's wait is from its 202 to its arrival, by the one clock of this machine.
async fn otp_waits(stage: &Stage) -> anyhow::Result<Vec<i64>> {
    let (begin, api) = (Instant::now(), stage.api());
    let mut requests = JoinSet::new();
    for index in 0..OTP_PER_SECOND * OTP_SECONDS {
        let api = api.clone();
        let due = begin + Duration::from_secs(1) * u32::try_from(index)? / u32::try_from(OTP_PER_SECOND)?;
        requests.spawn(async move {
            tokio::time::sleep_until(due.into()).await;
            let to = number(FIRST_OTP + index);
            let body = json!({"to": to, "template": "login", "sign_name": SIGN_NAME, "params": {"code": "824913"}});
            api.post("/v1/messages", &body).await?.ok()?;
            anyhow::Ok((to, now_ms()))
        });
    }
    let mut waits = Vec::new();
    while let Some(accepted) = requests.join_next().await {
        let (to, accepted_ms) = accepted??;
        let arrived_ms = until("an otp to arrive", Duration::from_secs(60), || {
            let first = stage.simulator.texts(&to).into_iter().next();
            std::future::ready(first.map(|text| text.at_ms))
        })
        .await
        .with_context(|| format!("the text to {to}"))?;
        // It may arrive before its 202 does.
        waits.push((arrived_ms - accepted_ms).max(0));
    }
    waits.sort_unstable();
    Ok(waits)
}

fn number(index: u64) -> String {
    format!("{}", 13_800_000_000 + index)
}

fn now_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
