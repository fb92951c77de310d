//! Which plugin serves which provider, and the generations before it that still finish their calls.

use crate::gate::Admitted;
use crate::guest_log::LogBucket;
use crate::status::PluginStatus;
use arc_swap::ArcSwap;
use jixinda_domain::Timestamp;
use jixinda_domain::provider::Descriptor;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Semaphore, watch};

/// The feature of a provider that tells receipts only when it is asked, message by message.
const RECEIPTS_BY_LOOKUP: &str = "receipts-by-lookup";

/// One generation of a provider's plugin. Calls hold it until they end, so a newer one never pulls it away.
pub struct Plugin {
    pub(crate) admitted: Admitted,
    /// Counts swaps since the start.
    pub generation: u64,
    /// Which file.
    pub file: String,
    /// Since when it serves.
    pub since: Timestamp,
    pub(crate) log: Arc<LogBucket>,
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) label: Arc<str>,
    calls: AtomicUsize,
}

impl Plugin {
    pub(crate) fn new(admitted: Admitted, generation: u64, file: String, since: Timestamp, calls: usize) -> Self {
        let label = format!("{} {} #{generation}", admitted.descriptor.id, admitted.descriptor.version).into();
        Self {
            admitted,
            generation,
            file,
            since,
            log: Arc::default(),
            permits: Arc::new(Semaphore::new(calls)),
            label,
            calls: AtomicUsize::new(0),
        }
    }

    /// What it says of itself.
    pub fn descriptor(&self) -> &Descriptor {
        &self.admitted.descriptor
    }

    /// Whether it can be asked what became of a message.
    pub fn has_lookup(&self) -> bool {
        self.admitted.lookup.is_some()
    }

    /// Whether it asks its provider for news.
    pub fn has_polling(&self) -> bool {
        self.admitted.polling.is_some()
    }

    /// Whether it can ask what is left to spend.
    pub fn has_balance(&self) -> bool {
        self.admitted.balance.is_some()
    }

    /// The feeds that it can be asked for; none where it does not poll.
    pub fn feeds(&self) -> &[String] {
        if self.admitted.polling.is_some() { &self.admitted.descriptor.feeds } else { &[] }
    }

    /// Whether receipts come only where they are asked for, message by message.
    pub fn has_receipts_by_lookup(&self) -> bool {
        self.has_lookup() && self.admitted.descriptor.features.iter().any(|feature| feature == RECEIPTS_BY_LOOKUP)
    }

    /// Whether it understands calls of its provider.
    pub fn has_callbacks(&self) -> bool {
        self.admitted.callbacks.is_some()
    }

    /// What is wrong with an account's settings, each sentence naming a property; empty where they fit. Secrets are part of
    /// what is checked, and no sentence repeats a value.
    pub fn check_config(&self, config: &serde_json::Value) -> Vec<String> {
        self.admitted.schema.iter_errors(config).map(|error| describe_mismatch(&error)).collect()
    }

    pub(crate) fn enter(self: &Arc<Self>) -> InFlight {
        self.calls.fetch_add(1, Ordering::Relaxed);
        InFlight(self.clone())
    }

    /// As the operator is shown it.
    pub fn status(&self) -> PluginStatus {
        let descriptor = self.descriptor();
        PluginStatus {
            provider: descriptor.id.clone(),
            name: descriptor.name.clone(),
            version: descriptor.version.clone(),
            generation: self.generation,
            file: self.file.clone(),
            sha256: self.admitted.sha256.clone(),
            since: self.since,
            interfaces: self.admitted.interfaces(),
            hosts: descriptor.hosts.clone(),
            calls: self.calls.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        tracing::info!(plugin = %self.label, "the last call of this plugin generation has ended; it is gone");
    }
}

/// Says where and what, never the value: it may be a secret.
fn describe_mismatch(error: &jsonschema::ValidationError<'_>) -> String {
    use jsonschema::error::ValidationErrorKind as Kind;
    let place = error.instance_path().to_string();
    let place =
        if place.is_empty() { "the settings".to_owned() } else { place.trim_start_matches('/').replace('/', ".") };
    match error.kind() {
        Kind::Required { property } => format!("{} is missing", property.as_str().unwrap_or_default()),
        Kind::AdditionalProperties { unexpected } => {
            format!("{} is not a setting of this provider", unexpected.join(", "))
        }
        Kind::Type { kind } => {
            format!("{place} has the wrong type: expected {kind:?}").replace("Single(", "").replace(')', "")
        }
        Kind::Enum { options } => format!("{place} must be one of {options}"),
        Kind::Pattern { pattern } => format!("{place} does not match {pattern}"),
        Kind::MinLength { limit } => format!("{place} has fewer than {limit} characters"),
        Kind::MaxLength { limit } => format!("{place} has more than {limit} characters"),
        Kind::Minimum { limit } => format!("{place} is less than {limit}"),
        Kind::Maximum { limit } => format!("{place} is more than {limit}"),
        Kind::Format { format } => format!("{place} is not of the form {format}"),
        _ => format!("{place} does not fit the provider's schema"),
    }
}

/// Keeps a generation alive while it is called.
pub(crate) struct InFlight(Arc<Plugin>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Who serves, by provider id. Read without a lock on every call.
pub(crate) struct Registry {
    serving: ArcSwap<BTreeMap<String, Arc<Plugin>>>,
    changes: watch::Sender<u64>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self { serving: ArcSwap::default(), changes: watch::Sender::new(0) }
    }

    pub(crate) fn get(&self, provider: &str) -> Option<Arc<Plugin>> {
        self.serving.load().get(provider).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Plugin>> {
        self.serving.load().values().cloned().collect()
    }

    /// Replaces the whole picture at once. Only the watcher calls this.
    pub(crate) fn replace(&self, serving: BTreeMap<String, Arc<Plugin>>) {
        self.serving.store(Arc::new(serving));
        self.changes.send_modify(|count| *count += 1);
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
