//! Which of the files that passed the gate serve: the highest version of each provider. One that is new where another serves is tried
//! first ([`canary`](crate::canary)).

use crate::call::Runtime;
use crate::canary::{Ending, Trial};
use crate::folder::{Folder, Tracked};
use crate::gate::Refusal;
use crate::kept::{RolledBack, Served};
use crate::registry::{Plugin, Serving};
use crate::status::Step;
use jixinda_domain::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Which generation of each provider serves, and which is tried.
pub(crate) type Picture = BTreeMap<String, (u64, Option<u64>)>;

impl Folder {
    /// Who serves, and who is tried: one picture, in force at once.
    pub(crate) fn decide(&mut self, runtime: &Runtime, now: Timestamp) {
        self.judge_canaries(runtime, now);
        let winners = self.winners();
        self.refuse_stolen_ids(&winners, now);
        for (provider, lead) in &self.leads {
            if !winners.contains_key(provider) {
                end(runtime, lead, Ending::Withdrawn, "the files of its provider are gone", now);
            }
        }
        self.leads = winners
            .into_iter()
            .map(|(provider, winner)| {
                let lead = self.lead(runtime, winner, now);
                (provider, lead)
            })
            .collect();
        let picture: Picture =
            self.leads.iter().map(|(provider, lead)| (provider.clone(), lead.generations())).collect();
        if picture != self.shown {
            let served = |plugin: &Plugin| self.shown.values().any(|(generation, _)| *generation == plugin.generation);
            for plugin in self.leads.values().map(|lead| &lead.plugin).filter(|plugin| !served(plugin)) {
                tracing::info!(file = %plugin.file, plugin = %plugin.label, "now serving");
            }
            runtime.registry.replace(self.leads.clone());
            self.shown = picture;
        }
        let served = |plugin: &Plugin| Served { file: plugin.file.clone(), sha256: plugin.admitted.sha256.clone() };
        let serving = self.leads.iter().map(|(provider, lead)| (provider.clone(), served(&lead.plugin))).collect();
        let needed = self.needed();
        self.kept.settle(serving, &needed);
    }

    /// How long until a canary's step ends by its time.
    pub(crate) fn next_step(&self, now: Timestamp) -> Option<Duration> {
        let trials = self.leads.values().filter_map(|lead| lead.trial.as_ref());
        trials.map(|trial| trial.tally.step_ends_at().since(now)).min()
    }

    /// Lets time pass for the canaries, and draws the conclusion of those that have ended.
    fn judge_canaries(&mut self, runtime: &Runtime, now: Timestamp) {
        for lead in self.leads.values_mut() {
            let Some(trial) = lead.trial.clone() else { continue };
            if let Some(event) = trial.tally.look(now) {
                runtime.tell_canary(event);
            }
            match trial.tally.ending() {
                None => {}
                Some(Ending::Promoted) => *lead = Serving::new(trial.new.clone(), None),
                Some(Ending::Withdrawn) => *lead = Serving::new(lead.plugin.clone(), None),
                Some(Ending::RolledBack { cause, at }) => {
                    let (descriptor, sha256) = (trial.new.descriptor(), &trial.new.admitted.sha256);
                    let (provider, version) = (descriptor.id.clone(), descriptor.version.clone());
                    self.kept.roll_back(sha256, RolledBack { provider, version, at, reason: cause });
                    *lead = Serving::new(lead.plugin.clone(), None);
                    if let Some(file) = self.files.get_mut(&trial.new.file)
                        && file.plugin.as_ref().is_some_and(|plugin| plugin.generation == trial.new.generation)
                    {
                        file.plugin = Some(lead.plugin.clone()).filter(|plugin| plugin.file == trial.new.file);
                    }
                }
            }
        }
    }

    /// The highest version of each provider; where two files have the same, the one that came first.
    fn winners(&self) -> BTreeMap<String, Arc<Plugin>> {
        let mut winners: BTreeMap<String, Arc<Plugin>> = BTreeMap::new();
        for plugin in self.files.iter().filter_map(|(name, file)| self.offer(name, file)) {
            let outranked = winners.get(&plugin.descriptor().id).is_some_and(|other| !self.outranks(&plugin, other));
            if !outranked {
                winners.insert(plugin.descriptor().id.clone(), plugin);
            }
        }
        winners
    }

    /// What a file stands for: its last content that passed. Where that was rolled back, or none has passed since the start, it
    /// stands for the earlier content that serves.
    fn offer(&self, name: &str, file: &Tracked) -> Option<Arc<Plugin>> {
        let usable = |plugin: &&Arc<Plugin>| self.kept.rolled_back(&plugin.admitted.sha256).is_none();
        let serving = || self.leads.values().map(|lead| &lead.plugin).find(|plugin| plugin.file == name);
        file.plugin.as_ref().filter(usable).or_else(serving).cloned()
    }

    /// Who serves a provider, and who is tried, where this is the plugin that should serve.
    fn lead(&self, runtime: &Runtime, winner: Arc<Plugin>, now: Timestamp) -> Serving {
        let Some(lead) = self.leads.get(&winner.descriptor().id) else { return Serving::new(winner, None) };
        if winner.generation == lead.plugin.generation {
            end(runtime, lead, Ending::Withdrawn, "its file is gone, or holds again what serves", now);
            return Serving::new(winner, None);
        }
        let is_tried = lead.trial.as_ref().is_some_and(|trial| trial.new.generation == winner.generation);
        if let Some(cause) = self.at_once(runtime, lead, &winner) {
            let ending = if is_tried { Ending::Promoted } else { Ending::Withdrawn };
            let is_late = !end(runtime, lead, ending, cause, now);
            // It has been rolled back a moment ago: the next look knows.
            return if is_tried && is_late { lead.clone() } else { Serving::new(winner, None) };
        }
        if is_tried {
            return lead.clone();
        }
        end(runtime, lead, Ending::Withdrawn, "a newer file took its place", now);
        let trial = Trial::begin(&lead.plugin, winner, &runtime.options.canary, now);
        runtime.tell_canary(trial.tally.started(now));
        Serving::new(lead.plugin.clone(), Some(trial))
    }

    /// Why this plugin is not tried, or no longer, before it serves.
    fn at_once(&self, runtime: &Runtime, lead: &Serving, winner: &Plugin) -> Option<&'static str> {
        if !runtime.options.canary.enabled {
            return Some("canaries are switched off");
        }
        if self.is_marked(winner) {
            return Some("it was installed to serve at once");
        }
        if winner.admitted.sha256 == lead.plugin.admitted.sha256 {
            return Some("it is what serves already");
        }
        (!self.is_backed(&lead.plugin)).then_some("the file of the generation that served is gone")
    }

    /// Whether the file of a plugin that serves is still there, and is its provider's, whatever it holds by now.
    fn is_backed(&self, plugin: &Plugin) -> bool {
        self.files.get(&plugin.file).is_some_and(|file| {
            file.plugin.as_ref().is_none_or(|content| content.descriptor().id == plugin.descriptor().id)
        })
    }

    /// Whether `plugin` serves rather than `other`. Of equal versions the file that serves already stays, whatever its new
    /// content: a thief does not come in by waiting for an update.
    fn outranks(&self, plugin: &Plugin, other: &Plugin) -> bool {
        let version = |plugin: &Plugin| semver::Version::parse(&plugin.descriptor().version).ok();
        let holder = self.leads.get(&plugin.descriptor().id).map(|lead| &lead.plugin.file);
        let seniority = |plugin: &Plugin| (holder != Some(&plugin.file), plugin.generation);
        match version(plugin).cmp(&version(other)) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => seniority(plugin) < seniority(other),
        }
    }

    /// Two files with one id and one version, but not one content: the second is no other version, so it cannot stand by.
    fn refuse_stolen_ids(&mut self, serving: &BTreeMap<String, Arc<Plugin>>, now: Timestamp) {
        for tracked in self.files.values_mut() {
            let Some(plugin) = &tracked.plugin else { continue };
            let Some(holder) = serving.get(&plugin.descriptor().id) else { continue };
            let stolen = holder.file != plugin.file
                && holder.descriptor().version == plugin.descriptor().version
                && holder.admitted.sha256 != plugin.admitted.sha256;
            if !stolen {
                tracked.stolen = None;
                continue;
            }
            let reason = format!(
                "the provider id {} in version {} is taken by {}: raise the version, or remove one of the files",
                plugin.descriptor().id,
                plugin.descriptor().version,
                holder.file
            );
            if tracked.stolen.as_ref().is_none_or(|(refusal, _)| refusal.reason != reason) {
                tracing::warn!(file = %plugin.file, reason, "a plugin was refused");
                tracked.stolen = Some((Refusal::new(Step::Identity, reason), now));
            }
        }
    }
}

/// Ends the canary of a provider, where one runs; false where one runs that has ended already, another way.
fn end(runtime: &Runtime, lead: &Serving, ending: Ending, cause: &str, now: Timestamp) -> bool {
    let Some(trial) = &lead.trial else { return true };
    let event = trial.tally.end(ending.clone(), cause.to_owned(), now);
    let ended = event.is_some();
    if let Some(event) = event {
        runtime.tell_canary(event);
    }
    ended || trial.tally.ending() == Some(ending)
}
