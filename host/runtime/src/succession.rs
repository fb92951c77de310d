//! Which of the files that passed the gate serve: the highest version of each provider.

use crate::call::Runtime;
use crate::folder::Folder;
use crate::gate::Refusal;
use crate::registry::Plugin;
use crate::status::Step;
use jixinda_domain::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Folder {
    /// The highest version of each provider serves; where two files have the same, the one that came first.
    pub(crate) fn decide(&mut self, runtime: &Runtime, now: Timestamp) {
        let mut serving: BTreeMap<String, Arc<Plugin>> = BTreeMap::new();
        for plugin in self.files.values().filter_map(|file| file.plugin.clone()) {
            let outranked = serving.get(&plugin.descriptor().id).is_some_and(|other| !self.outranks(&plugin, other));
            if !outranked {
                serving.insert(plugin.descriptor().id.clone(), plugin);
            }
        }
        self.refuse_stolen_ids(&serving, now);
        let picture: BTreeMap<String, (String, u64)> =
            serving.iter().map(|(id, plugin)| (id.clone(), (plugin.file.clone(), plugin.generation))).collect();
        if picture != self.serving {
            for plugin in serving.values().filter(|plugin| !self.serves(plugin)) {
                tracing::info!(file = %plugin.file, plugin = %plugin.label, "now serving");
            }
            self.serving = picture;
            runtime.registry.replace(serving);
        }
    }

    pub(crate) fn serves(&self, plugin: &Plugin) -> bool {
        self.serving.get(&plugin.descriptor().id).is_some_and(|(_, generation)| *generation == plugin.generation)
    }

    /// Whether `plugin` serves rather than `other`. Of equal versions the file that serves already stays, whatever its new
    /// content: a thief does not come in by waiting for an update.
    fn outranks(&self, plugin: &Plugin, other: &Plugin) -> bool {
        let version = |plugin: &Plugin| semver::Version::parse(&plugin.descriptor().version).ok();
        let holder = self.serving.get(&plugin.descriptor().id).map(|(file, _)| file);
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
