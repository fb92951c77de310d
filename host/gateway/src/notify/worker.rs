//! The deliveries of one endpoint: a window from the store, bounded tries at once, outcomes written in groups.

use super::push::{self, Verdict};
use super::schedule::Pace;
use crate::directory::WebhookEntry;
use crate::gateway::Gateway;
use jixinda_domain::{Timestamp, WebhookEndpointId};
use jixinda_store::{DueDelivery, WebhookOutcome};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Deliveries held in memory for one endpoint.
const WINDOW: u32 = 256;
/// Pause between tries to write outcomes, or to look again after the store failed.
const STORE_PAUSE: Duration = Duration::from_millis(250);
/// How soon a worker looks around where nobody wakes it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Worker {
    gateway: Arc<Gateway>,
    endpoint: WebhookEndpointId,
    wake: Arc<Notify>,
    pace: Pace,
    /// Which state of the endpoint the pace was learned with.
    known: Timestamp,
    window: VecDeque<DueDelivery>,
    /// Event ids that are being tried, or whose outcome is not written yet.
    held: HashSet<String>,
    /// Whether the store may have more that is due.
    more: bool,
}

type Tried = (WebhookOutcome, Verdict);

impl Worker {
    pub(super) fn new(gateway: Arc<Gateway>, endpoint: WebhookEndpointId, wake: Arc<Notify>) -> Self {
        let (pace, window, held) = (Pace::default(), VecDeque::new(), HashSet::new());
        Self { gateway, endpoint, wake, pace, known: Timestamp::default(), window, held, more: true }
    }

    /// Delivers until it is stopped, or its endpoint is gone; then waits for the tries under way.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut running: JoinSet<Tried> = JoinSet::new();
        while let Some(entry) = self.entry().filter(|_| !stop.is_cancelled()) {
            self.fill(&entry, &mut running).await;
            let hold = self.pace.hold(self.gateway.clock.now());
            let pause = if hold.is_zero() { LOOK_EVERY } else { hold.min(LOOK_EVERY) };
            tokio::select! {
                Some(tried) = running.join_next() => self.settle(tried, &mut running).await,
                () = self.wake.notified() => self.more = true,
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
        }
        while let Some(tried) = running.join_next().await {
            self.settle(tried, &mut running).await;
        }
    }

    /// The endpoint as it is now, where it is on.
    fn entry(&self) -> Option<Arc<WebhookEntry>> {
        self.gateway.directory().webhooks.get(&self.endpoint).filter(|entry| entry.endpoint.active).cloned()
    }

    /// Begins as many tries as there may be.
    async fn fill(&mut self, entry: &Arc<WebhookEntry>, running: &mut JoinSet<Tried>) {
        if self.known != entry.endpoint.updated_at {
            // What failed at the old address may work at the new one.
            (self.pace, self.known) = (Pace::default(), entry.endpoint.updated_at);
        }
        let usual = self.gateway.config.webhooks.per_endpoint;
        let allowed = self.pace.allowance(self.gateway.clock.now(), usual);
        while running.len() < allowed {
            if self.window.is_empty() && self.more {
                self.look().await;
            }
            let Some(due) = self.window.pop_front() else { return };
            self.held.insert(due.delivery.event_id.clone());
            let (gateway, entry) = (self.gateway.clone(), entry.clone());
            running.spawn(async move { push::deliver(&gateway, &entry, &due).await });
        }
    }

    async fn look(&mut self) {
        let limit = WINDOW.saturating_add(u32::try_from(self.held.len()).unwrap_or(u32::MAX));
        let now = self.gateway.clock.now();
        match self.gateway.store.due_webhook_deliveries(self.endpoint, now, limit).await {
            Ok(due) => {
                self.more = due.len() >= limit as usize;
                self.window = due.into_iter().filter(|due| !self.held.contains(&due.delivery.event_id)).collect();
            }
            Err(error) => {
                tracing::warn!(%error, webhook.id = %self.endpoint, "what is due for a webhook could not be read");
                tokio::time::sleep(STORE_PAUSE).await;
            }
        }
    }

    /// Writes this outcome together with those that have come in meanwhile.
    async fn settle(&mut self, first: Result<Tried, tokio::task::JoinError>, running: &mut JoinSet<Tried>) {
        let mut tried = Vec::new();
        let mut next = Some(first);
        while let Some(ended) = next {
            match ended {
                Ok(outcome) => tried.push(outcome),
                Err(error) => tracing::error!(%error, webhook.id = %self.endpoint, "a try broke off"),
            }
            next = running.try_join_next();
        }
        for (outcome, verdict) in &tried {
            self.judge(outcome, *verdict).await;
        }
        let outcomes: Vec<WebhookOutcome> = tried.into_iter().map(|(outcome, _)| outcome).collect();
        // Kept until it is written: what the endpoint has taken is not told to it again.
        while let Err(error) = self.gateway.writer.record_webhooks(outcomes.clone()).await {
            tracing::warn!(%error, webhook.id = %self.endpoint, "outcomes could not be written; trying again");
            tokio::time::sleep(STORE_PAUSE).await;
        }
        for outcome in &outcomes {
            self.held.remove(&outcome.event_id);
        }
        if running.is_empty() {
            // What a broken try held.
            self.held.clear();
        }
    }

    async fn judge(&mut self, outcome: &WebhookOutcome, verdict: Verdict) {
        match verdict {
            Verdict::Taken => {
                if self.pace.is_failing() {
                    tracing::info!(webhook.id = %self.endpoint, "a webhook endpoint takes events again");
                }
                self.pace.succeeded();
            }
            Verdict::Failed { asked } => {
                let first = self.gateway.config.webhooks.retries().first().copied().unwrap_or_default();
                if self.pace.failed(self.gateway.clock.now(), asked, first, rand::random()) {
                    let (status, error) = (outcome.attempt.http_status, outcome.attempt.error.as_deref());
                    tracing::warn!(webhook.id = %self.endpoint, status, error, "a webhook endpoint keeps failing");
                }
            }
            Verdict::Gone => self.switch_off().await,
            Verdict::Untellable => {}
        }
    }

    async fn switch_off(&self) {
        let switched = self.gateway.store.switch_off_webhook_endpoint(
            self.endpoint,
            "it answered 410 Gone",
            self.gateway.clock.now(),
        );
        let done = match switched.await {
            // Others of the same volley have heard it too.
            Ok(false) => return,
            Ok(true) => self.gateway.reload_directory().await,
            Err(error) => Err(error.into()),
        };
        match done {
            Ok(()) => {
                tracing::warn!(webhook.id = %self.endpoint, "a webhook endpoint is gone (410) and was switched off");
            }
            Err(error) => {
                tracing::warn!(%error, webhook.id = %self.endpoint, "an endpoint that is gone could not be switched off");
            }
        }
    }
}
