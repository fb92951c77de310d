//! One start over a store full of unfinished messages: prepared through the API, killed, started, measured.

use super::books;
use super::disturb::Setup;
use super::recovery::{self, Recovery};
use crate::client::Client;
use crate::stage::{ACCESS_KEY_ID, SIGN_NAME, Stage, StageOptions};
use jixinda_domain::{Clock as _, clock::SystemClock};
use provider_simulator::{Faults, HangFault, ResetFault, ResetWhen};
use serde_json::{Value, json};
use std::time::Duration;

const BATCH: u64 = 1000;
const PATIENCE: Duration = Duration::from_secs(300);
/// Send times of what is scheduled; nothing of it becomes due while this runs.
const MUCH_LATER: Duration = Duration::from_secs(3600);

/// What such a start took.
#[derive(Clone, Copy, Debug)]
pub struct Unfinished {
    /// Messages by what they were at the kill.
    pub uncertain: u64,
    /// In calls whose outcome was not heard.
    pub sending: u64,
    /// Waiting for a channel.
    pub queued: u64,
    /// Waiting for their time.
    pub scheduled: u64,
    /// From the start of the process.
    pub recovery: Recovery,
    /// Resident when it was ready and had sent, in bytes.
    pub memory: u64,
    /// The most that was resident until everything was sent.
    pub peak_memory: u64,
    /// Texts that the provider took twice in the end.
    pub doubled: u64,
}

/// Prepares the store, kills the gateway, starts it, and lets it finish.
///
/// # Errors
/// Where the gateway refuses something, does not come back, or does not finish.
pub async fn measure_unfinished(setup: &Setup, rows: u64) -> anyhow::Result<Unfinished> {
    let component = setup.component.clone();
    let mut stage =
        Stage::set(StageOptions { component, max_concurrency: Some(64), ..StageOptions::default() }).await?;
    let mut first = 0;
    let [uncertain, scheduled, hanging] = [rows / 5, rows / 7, rows / 20];

    // Every send and every question is taken and not answered.
    let reset = Some(ResetFault { when: ResetWhen::AfterRead, share: 1.0, times: None });
    stage.simulator.set_faults(ACCESS_KEY_ID, Faults { reset, lookups: true, ..Faults::default() })?;
    post(&stage.api(), &mut first, uncertain, None).await?;
    books::nobody_is(&stage.api(), &["queued", "sending"], PATIENCE).await?;

    let hang = Some(HangFault { share: 1.0, times: None });
    stage.simulator.set_faults(ACCESS_KEY_ID, Faults { hang, lookups: true, ..Faults::default() })?;
    let taken = stage.simulator.summary().texts;
    post(&stage.api(), &mut first, hanging, None).await?;
    post(&stage.api(), &mut first, scheduled, Some(MUCH_LATER)).await?;
    let rest = rows - first;
    post(&stage.api(), &mut first, rest, None).await?;
    stage.simulator.wait_until(|summary| summary.texts > taken, PATIENCE).await?;

    stage.gateway.kill()?;
    let sending = stage.simulator.summary().texts - taken;
    stage.simulator.set_faults(ACCESS_KEY_ID, Faults::default())?;
    let Stage { gateway, simulator, .. } = &mut stage;
    let recovery = recovery::start_again(gateway, simulator, None).await?;
    let memory = gateway.memory();
    simulator.wait_until(|summary| summary.numbers >= rows - scheduled, PATIENCE).await?;
    Ok(Unfinished {
        uncertain,
        sending,
        queued: rows - uncertain - sending - scheduled,
        scheduled,
        recovery,
        memory,
        peak_memory: stage.gateway.peak_memory(),
        doubled: stage.simulator.doubled().len() as u64,
    })
}

/// Posts `count` notices by batches.
async fn post(api: &Client, first: &mut u64, count: u64, later: Option<Duration>) -> anyhow::Result<()> {
    let end = *first + count;
    while *first < end {
        let size = BATCH.min(end - *first);
        let messages: Vec<Value> =
            (*first..*first + size).map(|index| json!({"to": format!("{}", 13_800_000_000 + index)})).collect();
        let mut defaults = json!({"template": "shipped", "sign_name": SIGN_NAME, "params": {"order": "A-1"}});
        if let Some(later) = later {
            defaults["send_at"] = (SystemClock.now() + later).to_string().into();
        }
        let answer =
            api.post("/v1/messages/batch", &json!({"messages": messages, "defaults": defaults})).await?.ok()?;
        anyhow::ensure!(answer.json["accepted"] == size, "not all of a batch was accepted: {}", answer.json);
        *first += size;
    }
    Ok(())
}
