//! The runtime's side of canaries: who gets a call, what is counted, and what an operator says.

use super::{CanaryEvent, CanaryEventKind, Counted, Ending, Evidence};
use crate::call::Runtime;
use crate::registry::{Gathering, Plugin};
use crate::status::PluginStatus;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// How long an operator's word waits to be in force for everything. Calls follow it at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// An operator speaks of a canary that does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no canary of this provider runs")]
pub struct NoCanary;

impl Runtime {
    /// The plugin that takes the next `send` of a provider: that which serves, or the one that is tried where `random` (from 0,
    /// below 1) falls into its share.
    pub fn plugin_for_send(&self, provider: &str, random: f64) -> Option<Arc<Plugin>> {
        self.registry.for_send(provider, random)
    }

    /// What may share one `send` of a provider. While a canary runs, both of its generations can take it.
    pub fn gathering(&self, provider: &str) -> Option<Arc<Gathering>> {
        self.registry.gathering(provider)
    }

    /// One provider as the operator is shown it, with its canary.
    pub fn status(&self, provider: &str) -> Option<PluginStatus> {
        self.registry.status(provider)
    }

    /// Tells of canaries from now on.
    pub fn canary_events(&self) -> broadcast::Receiver<CanaryEvent> {
        self.canaries.listen()
    }

    /// The last hundred events, the newest first.
    pub fn recent_canary_events(&self) -> Vec<CanaryEvent> {
        self.canaries.recent()
    }

    /// Lets the generation that is tried serve at once.
    ///
    /// # Errors
    /// Where none is tried.
    pub async fn promote_canary(&self, provider: &str) -> Result<(), NoCanary> {
        self.end_canary(provider, Ending::Promoted, "an operator promoted it").await
    }

    /// Takes all calls from the generation that is tried, as if it had stood out.
    ///
    /// # Errors
    /// Where none is tried.
    pub async fn abort_canary(&self, provider: &str) -> Result<(), NoCanary> {
        let cause = "an operator aborted it".to_owned();
        self.end_canary(provider, Ending::RolledBack { cause, at: self.clock.now() }, "an operator aborted it").await
    }

    async fn end_canary(&self, provider: &str, ending: Ending, cause: &str) -> Result<(), NoCanary> {
        let mut changes = self.changes();
        let trial = self.registry.trial(provider).ok_or(NoCanary)?;
        let event = trial.tally.end(ending, cause.to_owned(), self.clock.now()).ok_or(NoCanary)?;
        self.tell_canary(event);
        self.rescan.look();
        let gone = || self.registry.trial(provider).is_none_or(|running| !Arc::ptr_eq(&running, &trial));
        let in_force = async { while !gone() && changes.changed().await.is_ok() {} };
        // The watcher may be compiling; what it has yet to do changes no call of `send`.
        let _ = tokio::time::timeout(PATIENCE, in_force).await;
        Ok(())
    }

    /// Counts a call of a generation that takes part in a canary.
    pub(crate) fn report_canary(&self, counted: &Counted, call: Evidence) {
        if let Some(event) = counted.tally.report(counted, call, self.clock.now()) {
            self.tell_canary(event);
            // Whatever ended, the watcher draws the conclusions.
            self.rescan.look();
        }
    }

    pub(crate) fn tell_canary(&self, event: CanaryEvent) {
        let CanaryEvent { provider, old, new, cause, .. } = &event;
        let canary = format!("{provider} {} #{}", new.version, new.generation);
        let stable = format!("{} #{}", old.version, old.generation);
        match event.kind {
            CanaryEventKind::Started => tracing::info!(plugin = canary, stable, cause, "a canary began"),
            CanaryEventKind::Advanced { share } => {
                tracing::info!(plugin = canary, share, cause, "a canary takes a larger share of the calls");
            }
            CanaryEventKind::Promoted => tracing::info!(plugin = canary, cause, "a canary takes all calls"),
            CanaryEventKind::Withdrawn => tracing::info!(plugin = canary, stable, cause, "a canary was withdrawn"),
            CanaryEventKind::RolledBack => {
                tracing::warn!(plugin = canary, stable, reason = cause, "a new plugin was rolled back");
            }
        }
        self.canaries.tell(event);
    }
}
