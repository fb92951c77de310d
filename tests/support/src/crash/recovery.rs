//! [`Recovery`]: how long after a disturbance the gateway was there again.

use super::ledger::Ledger;
use crate::gateway::Gateway;
use crate::wait::until;
use provider_simulator::Simulator;
use std::time::{Duration, Instant};

/// A gateway that needs longer does not recover by itself.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Times from the end of a disturbance, or from the start of the new process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Until `/readyz` answered 200; only after a new start.
    pub ready: Option<Duration>,
    /// Until a request that began afterwards was accepted.
    pub accepted: Option<Duration>,
    /// Until the provider got a text again.
    pub first_text: Option<Duration>,
}

impl Recovery {
    /// The slower of two, each time by itself.
    pub fn slowest(self, other: Self) -> Self {
        Self {
            ready: self.ready.max(other.ready),
            accepted: self.accepted.max(other.accepted),
            first_text: self.first_text.max(other.first_text),
        }
    }
}

/// Starts the gateway and measures until it is there again.
///
/// # Errors
/// Where it does not start, or does nothing within half a minute.
pub(super) async fn start_again(
    gateway: &mut Gateway,
    simulator: &Simulator,
    ledger: Option<&Ledger>,
) -> anyhow::Result<Recovery> {
    let before = quiet(simulator).await?;
    let begin = Instant::now();
    let ready = async {
        gateway.start_again().await?;
        Ok(begin.elapsed())
    };
    let (ready, text, accepted) =
        tokio::try_join!(ready, first_text(simulator, before, begin), first_accepted(ledger, begin))?;
    Ok(Recovery { ready: Some(ready), accepted, first_text: Some(text) })
}

/// Measures from now, with the gateway still running.
///
/// # Errors
/// Where it does nothing within half a minute.
pub(super) async fn go_on(simulator: &Simulator, ledger: &Ledger) -> anyhow::Result<Recovery> {
    let (begin, before) = (Instant::now(), simulator.summary().texts);
    let (text, accepted) = tokio::try_join!(first_text(simulator, before, begin), first_accepted(Some(ledger), begin))?;
    Ok(Recovery { ready: None, accepted, first_text: Some(text) })
}

/// What a dead gateway had on the wire has arrived; answers how many texts there are then.
async fn quiet(simulator: &Simulator) -> anyhow::Result<u64> {
    let mut last = u64::MAX;
    until("the wire to fall silent", PATIENCE, || {
        let texts = simulator.summary().texts;
        let silent = texts == last;
        last = texts;
        std::future::ready(silent.then_some(texts))
    })
    .await
}

async fn first_text(simulator: &Simulator, before: u64, begin: Instant) -> anyhow::Result<Duration> {
    let arrived = simulator.wait_until(|summary| summary.texts > before, PATIENCE).await;
    // The error tells all totals, which nobody wants to read here.
    anyhow::ensure!(arrived.is_ok(), "no text reached the provider for {PATIENCE:?} after a disturbance");
    Ok(begin.elapsed())
}

async fn first_accepted(ledger: Option<&Ledger>, begin: Instant) -> anyhow::Result<Option<Duration>> {
    let Some(ledger) = ledger else { return Ok(None) };
    while !ledger.accepts_since(begin) {
        anyhow::ensure!(begin.elapsed() < PATIENCE, "nothing was accepted for {PATIENCE:?} after a disturbance");
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(Some(begin.elapsed()))
}
