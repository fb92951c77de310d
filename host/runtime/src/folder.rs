//! What is in the plugin folder: each file over time, what was read of it, and what it is shown as. Which of them serve is decided
//! in [`succession`](crate::succession).
//!
//! A file is read when two looks agree on it, checked by the [gate](crate::gate), and then the whole picture of who serves is
//! replaced at once. Whatever goes wrong with a file, what served before goes on serving.

use crate::call::Runtime;
use crate::gate::{self, Refusal};
use crate::kept::{Kept, RolledBack};
use crate::limits::MAX_FILE_BYTES;
use crate::registry::{Plugin, Serving};
use crate::status::{FileState, FileStatus, Step};
use crate::succession::Picture;
use jixinda_domain::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A file that is missing must be missed this long: editors delete and write anew.
const GONE_AFTER: Duration = Duration::from_secs(2);
/// So long a file may end too early before that is held against it: a slow copy pauses.
const COPYING: Duration = Duration::from_secs(5);
/// At the start, files older than this are taken at the first look.
const OLD: Duration = Duration::from_secs(2);
/// Calls in flight of one plugin at most, as a share of all.
const PLUGIN_SHARE: usize = 2;
/// A marker that fits no file is deleted after this time.
const MARKER_AGE: Duration = Duration::from_secs(24 * 3600);
/// The longest marker that is read.
const MARKER_BYTES: u64 = 128;

/// What a look sees of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outline {
    dev: u64,
    ino: u64,
    size: u64,
    modified: Option<SystemTime>,
}

/// One file over time.
#[derive(Default)]
pub(crate) struct Tracked {
    seen: Option<Outline>,
    /// Since when it looks like that.
    seen_since: Option<Instant>,
    /// The outline whose content was last read.
    read: Option<Outline>,
    sha256: Option<String>,
    /// The last content that passed; while it is tried or where it was refused, that which serves may be an earlier one.
    pub(crate) plugin: Option<Arc<Plugin>>,
    refused: Option<(Refusal, Timestamp)>,
    /// It is there and cannot be read; every look tries again.
    unreadable: Option<(Refusal, Timestamp)>,
    /// Another file holds its provider id and version; it comes back when that one goes.
    pub(crate) stolen: Option<(Refusal, Timestamp)>,
    missing_since: Option<Instant>,
}

pub(crate) struct Folder {
    pub(crate) files: BTreeMap<String, Tracked>,
    ignored: BTreeMap<String, String>,
    generations: u64,
    /// Who serves, by provider.
    pub(crate) leads: BTreeMap<String, Serving>,
    /// What the registry shows of it.
    pub(crate) shown: Picture,
    pub(crate) kept: Kept,
    /// SHA-256 by marker file: an operator wants these contents to serve without being tried.
    markers: BTreeMap<String, String>,
}

impl Folder {
    /// Knows nothing of the files yet; what served before goes on where its file is still there, whatever is in it by now.
    pub(crate) async fn open(runtime: &Runtime) -> Self {
        let kept = Kept::open(&runtime.options.kept, runtime.options.canary.enabled);
        let (files, ignored, leads, shown, markers) = Default::default();
        let mut folder = Self { files, ignored, generations: 0, leads, shown, kept, markers };
        for (provider, served) in folder.kept.served() {
            if !runtime.folder().join(&served.file).is_file() {
                continue;
            }
            let Some(bytes) = folder.kept.bytes(&served.sha256) else { continue };
            let admitted = gate::admit(runtime, &bytes).await.and_then(|admitted| check_accounts(runtime, admitted));
            match admitted {
                Ok(admitted) if admitted.descriptor.id == provider => {
                    let plugin = folder.generation(runtime, admitted, &served.file);
                    folder.leads.insert(provider, Serving::new(plugin, None));
                }
                Ok(_) => {}
                Err(refusal) => {
                    tracing::warn!(provider, reason = %refusal.reason, "the plugin that served before the restart is refused now");
                }
            }
        }
        folder
    }

    fn generation(&mut self, runtime: &Runtime, admitted: gate::Admitted, file: &str) -> Arc<Plugin> {
        self.generations += 1;
        let calls = (runtime.options.max_calls as usize / PLUGIN_SHARE).max(1);
        Arc::new(Plugin::new(admitted, self.generations, file.to_owned(), runtime.clock.now(), calls))
    }

    /// Whether the next look should come soon.
    pub(crate) fn unsettled(&self) -> bool {
        let settled = |file: &Tracked| file.seen == file.read || file.unreadable.is_some();
        self.files.values().any(|file| !settled(file) || file.missing_since.is_some())
    }

    pub(crate) fn reconsider_refused(&mut self) {
        for file in self.files.values_mut().filter(|file| file.refused.is_some()) {
            (file.read, file.sha256) = (None, None);
        }
    }

    /// One look, and what follows from it.
    pub(crate) async fn look(&mut self, runtime: &Runtime) {
        self.scan(runtime, false).await;
        self.conclude(runtime);
    }

    /// Decides who serves, by what was seen.
    pub(crate) fn conclude(&mut self, runtime: &Runtime) {
        self.decide(runtime, runtime.clock.now());
        self.spend_markers(runtime.folder());
        self.publish(runtime);
    }

    /// Looks at every file, and reads what is new.
    pub(crate) async fn scan(&mut self, runtime: &Runtime, first: bool) {
        let now = runtime.clock.now();
        let present = self.list(runtime.folder(), now);
        self.reconsider_marked();
        for (name, outline) in &present {
            let tracked = self.files.entry(name.clone()).or_default();
            tracked.missing_since = None;
            let agreed = tracked.seen == Some(*outline) || (first && is_old(outline, now));
            if tracked.seen != Some(*outline) {
                tracked.seen_since = Some(Instant::now());
            }
            tracked.seen = Some(*outline);
            if agreed && tracked.read != Some(*outline) {
                self.read(runtime, name, *outline).await;
            }
        }
        self.forget_missing(&present);
    }

    /// Names and outlines of what could be a plugin; the rest is listed as ignored.
    fn list(&mut self, folder: &Path, now: Timestamp) -> BTreeMap<String, Outline> {
        self.ignored.clear();
        self.markers.clear();
        let mut present = BTreeMap::new();
        let Ok(entries) = std::fs::read_dir(folder) else { return present };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            if is_marker(&name) {
                if let Some(sha256) = read_marker(&entry.path(), now) {
                    self.markers.insert(name, sha256);
                }
                continue;
            }
            match outline(&entry.path(), &name) {
                Ok(outline) => {
                    present.insert(name, outline);
                }
                Err(reason) => {
                    self.ignored.insert(name, reason);
                }
            }
        }
        present
    }

    async fn read(&mut self, runtime: &Runtime, name: &str, outline: Outline) {
        let Some(tracked) = self.files.get_mut(name) else { return };
        let now = runtime.clock.now();
        // Read once; all later steps use these bytes.
        let bytes = match tokio::fs::read(runtime.folder().join(name)).await {
            Ok(bytes) => bytes,
            // Gone between the look and the reading: the next look says so.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                if tracked.unreadable.is_none() {
                    let refusal = Refusal::new(Step::Read, format!("it cannot be read: {error}"));
                    tracing::warn!(file = name, reason = %refusal.reason, "a plugin was refused");
                    tracked.unreadable = Some((refusal, now));
                }
                return;
            }
        };
        tracked.unreadable = None;
        let sha256 = gate::sha256(&bytes);
        if tracked.sha256.as_ref() == Some(&sha256) {
            tracked.read = Some(outline);
            return;
        }
        let mut alive = self.leads.values().flat_map(Serving::plugins).chain(&tracked.plugin);
        let back = alive.find(|plugin| plugin.file == name && plugin.admitted.sha256 == sha256).cloned();
        drop(alive);
        if let Some(plugin) = back {
            // What serves or is tried has come back, after something that was refused or tried.
            tracked.plugin = Some(plugin);
            tracked.read = Some(outline);
            tracked.sha256 = Some(sha256);
            tracked.refused = None;
            return;
        }
        if self.kept.rolled_back(&sha256).is_some() {
            if !self.markers.values().any(|marked| *marked == sha256) {
                tracked.read = Some(outline);
                tracked.sha256 = Some(sha256);
                tracked.refused = None;
                return;
            }
            self.kept.forgive(&sha256);
        }
        let admitted = gate::admit(runtime, &bytes).await;
        let verdict = admitted.and_then(|admitted| check_accounts(runtime, admitted));
        if let Err(refusal) = &verdict
            && refusal.step == Step::Incomplete
            && tracked.seen_since.is_some_and(|since| since.elapsed() < COPYING)
        {
            tracing::debug!(file = name, "a plugin is incomplete; it is looked at again");
            return;
        }
        tracked.read = Some(outline);
        tracked.sha256 = Some(sha256.clone());
        match verdict {
            Ok(admitted) => {
                tracked.refused = None;
                self.kept.keep(&sha256, bytes.into()).await;
                let plugin = self.generation(runtime, admitted, name);
                self.files.entry(name.to_owned()).or_default().plugin = Some(plugin);
            }
            Err(refusal) => {
                tracing::warn!(file = name, step = ?refusal.step, reason = %refusal.reason, "a plugin was refused");
                tracked.refused = Some((refusal, now));
            }
        }
    }

    fn forget_missing(&mut self, present: &BTreeMap<String, Outline>) {
        self.files.retain(|name, tracked| {
            if present.contains_key(name) {
                return true;
            }
            let gone = tracked.missing_since.get_or_insert_with(Instant::now).elapsed() >= GONE_AFTER;
            if gone && let Some(plugin) = &tracked.plugin {
                tracing::info!(file = name, plugin = %plugin.label, "the file is gone; its plugin finishes its calls");
            }
            !gone
        });
    }

    /// Files of contents that an operator wants although they were rolled back are read anew.
    fn reconsider_marked(&mut self) {
        for file in self.files.values_mut() {
            let Some(sha256) = &file.sha256 else { continue };
            let marked = self.markers.values().any(|marked| marked == sha256);
            if marked && self.kept.rolled_back(sha256).is_some() {
                (file.read, file.sha256) = (None, None);
            }
        }
    }

    /// Whether an operator wants this content to serve at once.
    pub(crate) fn is_marked(&self, plugin: &Plugin) -> bool {
        self.markers.values().any(|sha256| *sha256 == plugin.admitted.sha256)
    }

    /// A marker is good for one time.
    fn spend_markers(&self, folder: &Path) {
        let serves = |sha256: &str| self.leads.values().any(|lead| lead.plugin.admitted.sha256 == sha256);
        for (marker, _) in self.markers.iter().filter(|(_, sha256)| serves(sha256)) {
            if let Err(error) = std::fs::remove_file(folder.join(marker)) {
                tracing::warn!(%error, file = marker, "the marker of an installed plugin could not be removed");
            }
        }
    }

    /// What must be kept: the bytes of all that serves, is tried, or may come to serve.
    pub(crate) fn needed(&self) -> BTreeSet<String> {
        let files = self.files.values().filter_map(|file| file.plugin.as_ref());
        let plugins = files.chain(self.leads.values().flat_map(Serving::plugins));
        plugins.map(|plugin| plugin.admitted.sha256.clone()).collect()
    }

    fn publish(&self, runtime: &Runtime) {
        let tracked = self.files.iter().map(|(name, file)| FileStatus {
            file: name.clone(),
            sha256: file.sha256.clone(),
            state: self.state(name, file),
        });
        let ignored = self.ignored.iter().map(|(name, reason)| FileStatus {
            file: name.clone(),
            sha256: None,
            state: FileState::Ignored { reason: reason.clone() },
        });
        let mut files: Vec<FileStatus> = tracked.chain(ignored).collect();
        files.sort_by(|one, other| one.file.cmp(&other.file));
        *runtime.files.lock().unwrap_or_else(PoisonError::into_inner) = files;
    }

    fn state(&self, name: &str, file: &Tracked) -> FileState {
        let still_serving = || {
            let serving = self.leads.values().map(|lead| &lead.plugin).find(|plugin| plugin.file == name);
            serving.map(|plugin| plugin.label.to_string())
        };
        if let Some((refusal, at)) = file.unreadable.as_ref().or(file.refused.as_ref()).or(file.stolen.as_ref()) {
            let (step, reason) = (refusal.step, refusal.reason.clone());
            return FileState::Refused { step, reason, at: *at, still_serving: still_serving() };
        }
        if let Some(story) = file.sha256.as_deref().and_then(|sha256| self.kept.rolled_back(sha256)) {
            let RolledBack { provider, version, at, reason } = story.clone();
            return FileState::RolledBack { provider, version, reason, at, still_serving: still_serving() };
        }
        let Some(plugin) = &file.plugin else { return FileState::Settling };
        let (provider, version) = (plugin.descriptor().id.clone(), plugin.descriptor().version.clone());
        let Some(lead) = self.leads.get(&provider) else { return FileState::Standby { provider, version } };
        let generation = plugin.generation;
        match &lead.trial {
            _ if lead.plugin.generation == generation => FileState::Serving { provider, version, generation },
            Some(trial) if trial.new.generation == generation => {
                FileState::Canary { provider, version, generation, share: trial.tally.share() }
            }
            _ => FileState::Standby { provider, version },
        }
    }
}

fn check_accounts(runtime: &Runtime, admitted: gate::Admitted) -> Result<gate::Admitted, Refusal> {
    for (account, config) in (runtime.accounts)(&admitted.descriptor.id) {
        if !admitted.schema.is_valid(&config) {
            let reason = format!("the settings of account {account} would no longer fit its config-schema");
            return Err(Refusal::new(Step::Accounts, reason));
        }
    }
    Ok(admitted)
}

fn is_old(outline: &Outline, now: Timestamp) -> bool {
    modified(outline.modified).is_some_and(|modified| now.since(modified) >= OLD)
}

/// The outline of a file, or why it cannot be a plugin.
fn outline(path: &Path, name: &str) -> Result<Outline, String> {
    if !is_plugin_name(name) {
        return Err("the name is not of the form name.wasm in lower case".to_owned());
    }
    // Follows a symbolic link: what it points to is the file.
    let metadata = std::fs::metadata(path).map_err(|error| format!("it cannot be read: {}", error.kind()))?;
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(format!("it is larger than {} MiB", MAX_FILE_BYTES >> 20));
    }
    Ok(Outline { dev: metadata.dev(), ino: metadata.ino(), size: metadata.len(), modified: metadata.modified().ok() })
}

/// The marker beside a file of this name, without ".wasm": it holds the SHA-256 of a content that shall serve without being tried.
pub fn marker_name(name: &str) -> String {
    format!(".{name}.now")
}

fn is_marker(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".now")
}

/// The SHA-256 that a marker holds. One that fitted no file for long is deleted: it must not surprise anybody later.
fn read_marker(path: &Path, now: Timestamp) -> Option<String> {
    let metadata = std::fs::metadata(path).ok()?;
    if modified(metadata.modified().ok()).is_some_and(|modified| now.since(modified) >= MARKER_AGE) {
        // Where it cannot be deleted it is passed over.
        let _ = std::fs::remove_file(path);
        return None;
    }
    let words = if metadata.len() <= MARKER_BYTES { std::fs::read_to_string(path).ok()? } else { return None };
    let sha256 = words.trim();
    (sha256.len() == 64).then(|| sha256.to_owned())
}

fn modified(time: Option<SystemTime>) -> Option<Timestamp> {
    let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_millis()).ok()).map(Timestamp::from_millis)
}

/// `^[a-z0-9][a-z0-9._-]{0,62}\.wasm$`
pub fn is_plugin_name(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".wasm") else { return false };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut bytes = stem.bytes();
    stem.len() <= 63 && bytes.next().is_some_and(plain) && bytes.all(|byte| plain(byte) || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_no_plugin_and_is_read_whole() {
        assert!(is_marker(&marker_name("aliyun")) && !is_plugin_name(&marker_name("aliyun")));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(marker_name("aliyun"));
        let sha256 = gate::sha256(b"one");
        let now = Timestamp::from_millis(0);
        std::fs::write(&path, format!("{sha256}\n")).expect("writes");
        assert_eq!(read_marker(&path, now), Some(sha256));
        std::fs::write(&path, "x".repeat(200)).expect("writes");
        assert_eq!(read_marker(&path, now), None);
        let written = modified(std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok()).expect("a time");
        assert_eq!(read_marker(&path, written + MARKER_AGE), None);
        assert!(!path.exists(), "it is deleted when it is old");
    }

    #[test]
    fn only_plain_names_count() {
        for name in ["aliyun.wasm", "a.wasm", "my-provider_2.1.wasm"] {
            assert!(is_plugin_name(name), "{name}");
        }
        for name in [
            ".aliyun.wasm",
            "aliyun.wasm.tmp",
            "aliyun.wasm~",
            ".x.wasm.swp",
            "Aliyun.wasm",
            ".wasm",
            "-a.wasm",
            "a b.wasm",
        ] {
            assert!(!is_plugin_name(name), "{name}");
        }
        assert!(!is_plugin_name(&format!("{}.wasm", "a".repeat(64))));
    }
}
