//! Which plugin serves which provider, which one is tried beside it, and the generations before them that still finish their calls.

use crate::canary::{Tally, Trial};
use crate::gate::Admitted;
use crate::guest_log::LogBucket;
use crate::status::PluginStatus;
use arc_swap::ArcSwap;
use jixinda_domain::Timestamp;
use jixinda_domain::provider::{BatchLimits, Descriptor};
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
    /// When it passed the gate.
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
            canary: None,
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

/// What may share one `send`, as [`Descriptor::limits`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathering {
    /// Messages in one call at most.
    pub max_batch: u32,
    /// What must be the same in all of them.
    pub same: Vec<String>,
}

impl Gathering {
    /// Whoever of the two gets a call, it must be able to take it.
    fn of(serving: &BatchLimits, tried: Option<&BatchLimits>) -> Self {
        let mut gathering = Self { max_batch: serving.max_batch, same: serving.same.clone() };
        if let Some(tried) = tried {
            gathering.max_batch = gathering.max_batch.min(tried.max_batch);
            gathering.same.extend(tried.same.iter().filter(|field| !serving.same.contains(field)).cloned());
        }
        gathering
    }
}

/// Who serves one provider.
#[derive(Clone)]
pub(crate) struct Serving {
    pub(crate) plugin: Arc<Plugin>,
    /// The generation that is tried.
    pub(crate) trial: Option<Arc<Trial>>,
    gathering: Arc<Gathering>,
}

impl Serving {
    pub(crate) fn new(plugin: Arc<Plugin>, trial: Option<Trial>) -> Self {
        let tried = trial.as_ref().map(|trial| &trial.new.descriptor().limits);
        let gathering = Gathering::of(&plugin.descriptor().limits, tried);
        Self { plugin, trial: trial.map(Arc::new), gathering: Arc::new(gathering) }
    }

    /// That which serves, and that which is tried.
    pub(crate) fn plugins(&self) -> impl Iterator<Item = &Arc<Plugin>> {
        std::iter::once(&self.plugin).chain(self.trial.as_ref().map(|trial| &trial.new))
    }

    /// Which generations these are.
    pub(crate) fn generations(&self) -> (u64, Option<u64>) {
        (self.plugin.generation, self.trial.as_ref().map(|trial| trial.new.generation))
    }

    fn status(&self) -> PluginStatus {
        PluginStatus { canary: self.trial.as_ref().map(|trial| trial.status()), ..self.plugin.status() }
    }
}

/// Who serves, by provider id. Read without a lock on every call.
pub(crate) struct Registry {
    serving: ArcSwap<BTreeMap<String, Serving>>,
    changes: watch::Sender<u64>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self { serving: ArcSwap::default(), changes: watch::Sender::new(0) }
    }

    pub(crate) fn get(&self, provider: &str) -> Option<Arc<Plugin>> {
        self.serving.load().get(provider).map(|serving| serving.plugin.clone())
    }

    /// Who takes the `send` for which this number was drawn.
    pub(crate) fn for_send(&self, provider: &str, random: f64) -> Option<Arc<Plugin>> {
        let picture = self.serving.load();
        let serving = picture.get(provider)?;
        match &serving.trial {
            Some(trial) if trial.tally.takes(random) => Some(trial.new.clone()),
            _ => Some(serving.plugin.clone()),
        }
    }

    /// Where a call of this generation is counted, while a canary runs that concerns it.
    pub(crate) fn tally(&self, plugin: &Plugin) -> Option<Arc<Tally>> {
        let picture = self.serving.load();
        let trial = picture.get(&plugin.descriptor().id)?.trial.as_ref()?;
        trial.tally.concerns(plugin.generation).then(|| trial.tally.clone())
    }

    pub(crate) fn trial(&self, provider: &str) -> Option<Arc<Trial>> {
        self.serving.load().get(provider)?.trial.clone()
    }

    pub(crate) fn gathering(&self, provider: &str) -> Option<Arc<Gathering>> {
        self.serving.load().get(provider).map(|serving| serving.gathering.clone())
    }

    pub(crate) fn status(&self, provider: &str) -> Option<PluginStatus> {
        self.serving.load().get(provider).map(Serving::status)
    }

    pub(crate) fn all(&self) -> Vec<PluginStatus> {
        self.serving.load().values().map(Serving::status).collect()
    }

    /// Replaces the whole picture at once. Only the watcher calls this.
    pub(crate) fn replace(&self, serving: BTreeMap<String, Serving>) {
        self.serving.store(Arc::new(serving));
        self.changes.send_modify(|count| *count += 1);
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_fits_whoever_takes_it() {
        let limits = |max_batch, same: &[&str]| BatchLimits {
            max_batch,
            same: same.iter().map(|field| (*field).to_owned()).collect(),
            max_text_chars: None,
            rules: String::new(),
        };
        let (old, new) = (limits(100, &["text"]), limits(50, &["sign-name", "text"]));
        assert_eq!(Gathering::of(&old, None), Gathering { max_batch: 100, same: vec!["text".to_owned()] });
        let both = Gathering::of(&old, Some(&new));
        assert_eq!(both, Gathering { max_batch: 50, same: vec!["text".to_owned(), "sign-name".to_owned()] });
    }
}
