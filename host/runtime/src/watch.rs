//! Watches the plugin folder. Events only say "look again"; a look compares contents, and only contents decide.
//!
//! A file is read when two looks agree on it, checked by the [gate](crate::gate), and then the whole picture of who serves is
//! replaced at once. Whatever goes wrong with a file, what served before goes on serving.

use crate::call::Runtime;
use crate::gate::{self, Refusal};
use crate::limits::MAX_FILE_BYTES;
use crate::registry::Plugin;
use crate::status::{FileState, FileStatus, Step};
use jixinda_domain::Timestamp;
use notify::{RecursiveMode, Watcher as _};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

/// How the folder is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchMode {
    /// By the kernel's events, with a look now and then in case one was lost.
    Events,
    /// By looking only: for network file systems, which tell no events.
    Poll(Duration),
}

/// Time between two looks that must agree, and after an event before the first of them.
const SETTLE: Duration = Duration::from_millis(300);
/// A look without an event.
const SCAN_EVERY: Duration = Duration::from_secs(10);
/// A file that is missing must be missed this long: editors delete and write anew.
const GONE_AFTER: Duration = Duration::from_secs(2);
/// At the start, files older than this are taken at the first look.
const OLD: Duration = Duration::from_secs(2);
/// Calls in flight of one plugin at most, as a share of all.
const PLUGIN_SHARE: usize = 2;

/// Loads what is there, and starts the task that goes on looking. The task ends with the runtime.
pub(crate) async fn start(runtime: &Arc<Runtime>) {
    let mut folder = Folder::default();
    folder.look(runtime, true).await;
    let runtime = Arc::downgrade(runtime);
    tokio::spawn(go_on(runtime, folder));
}

async fn go_on(runtime: Weak<Runtime>, mut folder: Folder) {
    let events = Arc::new(tokio::sync::Notify::new());
    let mut watcher: Option<notify::RecommendedWatcher> = None;
    let mut watched_inode = None;
    loop {
        let Some(strong) = runtime.upgrade() else { return };
        if strong.options.watch == WatchMode::Events {
            // A folder that was removed and made again is another inode: its events would go unheard.
            let inode = std::fs::metadata(strong.folder()).map(|folder| (folder.dev(), folder.ino())).ok();
            if watcher.is_none() || inode != watched_inode {
                watcher = inode.and_then(|_| listen(strong.folder(), events.clone()));
                watched_inode = inode;
            }
        }
        let pause = match strong.options.watch {
            _ if folder.unsettled() => SETTLE,
            WatchMode::Events => SCAN_EVERY,
            WatchMode::Poll(pause) => pause,
        };
        {
            let asked = strong.rescan.notified();
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = events.notified() => tokio::time::sleep(SETTLE).await,
                () = asked => {}
            }
        }
        folder.look(&strong, false).await;
    }
}

fn listen(folder: &Path, events: Arc<tokio::sync::Notify>) -> Option<notify::RecommendedWatcher> {
    // Every event counts, a lost one too (an overflow comes without a path): the look finds out what it was.
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if !matches!(&event, Ok(event) if event.kind.is_access() && !closed_after_writing(event)) {
            events.notify_one();
        }
    });
    let armed = watcher.and_then(|mut watcher| watcher.watch(folder, RecursiveMode::NonRecursive).map(|()| watcher));
    match armed {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            tracing::warn!(%error, folder = %folder.display(), "the plugin folder gives no events; it is looked at every ten seconds");
            None
        }
    }
}

fn closed_after_writing(event: &notify::Event) -> bool {
    use notify::event::{AccessKind, AccessMode, EventKind};
    matches!(event.kind, EventKind::Access(AccessKind::Close(AccessMode::Write)))
}

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
struct Tracked {
    seen: Option<Outline>,
    /// The outline whose content was last read.
    read: Option<Outline>,
    sha256: Option<String>,
    plugin: Option<Arc<Plugin>>,
    refused: Option<(Refusal, Timestamp)>,
    missing_since: Option<Timestamp>,
}

#[derive(Default)]
struct Folder {
    files: BTreeMap<String, Tracked>,
    ignored: BTreeMap<String, String>,
    generations: u64,
    serving: BTreeMap<String, u64>,
}

impl Folder {
    /// Whether the next look should come soon.
    fn unsettled(&self) -> bool {
        self.files.values().any(|file| file.seen != file.read || file.missing_since.is_some())
    }

    async fn look(&mut self, runtime: &Runtime, first: bool) {
        let now = runtime.clock.now();
        let present = self.list(runtime.folder());
        for (name, outline) in &present {
            let tracked = self.files.entry(name.clone()).or_default();
            tracked.missing_since = None;
            let agreed = tracked.seen == Some(*outline) || (first && is_old(outline, now));
            tracked.seen = Some(*outline);
            if agreed && tracked.read != Some(*outline) {
                self.read(runtime, name, *outline).await;
            }
        }
        self.forget_missing(&present, now);
        self.decide(runtime, now);
        self.publish(runtime);
    }

    /// Names and outlines of what could be a plugin; the rest is listed as ignored.
    fn list(&mut self, folder: &Path) -> BTreeMap<String, Outline> {
        self.ignored.clear();
        let mut present = BTreeMap::new();
        let Ok(entries) = std::fs::read_dir(folder) else { return present };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
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
        // Read once; all later steps use these bytes.
        let Ok(bytes) = tokio::fs::read(runtime.folder().join(name)).await else {
            tracked.seen = None;
            return;
        };
        tracked.read = Some(outline);
        let sha256 = gate::sha256(&bytes);
        if tracked.sha256.as_ref() == Some(&sha256) {
            return;
        }
        tracked.sha256 = Some(sha256);
        let admitted =
            gate::admit(&runtime.engine, &runtime.linker, &runtime.compiler, &bytes, runtime.no_reach()).await;
        let verdict = admitted.and_then(|admitted| check_accounts(runtime, admitted));
        let now = runtime.clock.now();
        match verdict {
            Ok(admitted) => {
                self.generations += 1;
                let calls = (runtime.options.max_calls as usize / PLUGIN_SHARE).max(1);
                let plugin = Arc::new(Plugin::new(admitted, self.generations, name.to_owned(), now, calls));
                tracked.refused = None;
                tracked.plugin = Some(plugin);
            }
            Err(refusal) => {
                tracing::warn!(file = name, step = ?refusal.step, reason = %refusal.reason, "a plugin was refused");
                tracked.refused = Some((refusal, now));
            }
        }
    }

    fn forget_missing(&mut self, present: &BTreeMap<String, Outline>, now: Timestamp) {
        self.files.retain(|name, tracked| {
            if present.contains_key(name) {
                return true;
            }
            let since = *tracked.missing_since.get_or_insert(now);
            let gone = now.since(since) >= GONE_AFTER;
            if gone && let Some(plugin) = &tracked.plugin {
                tracing::info!(file = name, plugin = %plugin.label, "the file is gone; its plugin finishes its calls");
            }
            !gone
        });
    }

    /// The highest version of each provider serves; where two files have the same, the one that came first.
    fn decide(&mut self, runtime: &Runtime, now: Timestamp) {
        let mut serving: BTreeMap<String, Arc<Plugin>> = BTreeMap::new();
        for plugin in self.files.values().filter_map(|file| file.plugin.clone()) {
            let outranked = serving.get(&plugin.descriptor().id).is_some_and(|other| !outranks(&plugin, other));
            if !outranked {
                serving.insert(plugin.descriptor().id.clone(), plugin);
            }
        }
        self.refuse_stolen_ids(&serving, now);
        let picture: BTreeMap<String, u64> =
            serving.iter().map(|(id, plugin)| (id.clone(), plugin.generation)).collect();
        if picture != self.serving {
            for plugin in
                serving.values().filter(|plugin| self.serving.get(&plugin.descriptor().id) != Some(&plugin.generation))
            {
                tracing::info!(file = %plugin.file, plugin = %plugin.label, "now serving");
            }
            self.serving = picture;
            runtime.registry.replace(serving);
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
            if stolen {
                let reason = format!(
                    "the provider id {} in version {} is taken by {}: raise the version, or remove one of the files",
                    plugin.descriptor().id,
                    plugin.descriptor().version,
                    holder.file
                );
                tracing::warn!(file = %plugin.file, reason, "a plugin was refused");
                tracked.refused = Some((Refusal { step: Step::Identity, reason }, now));
                tracked.plugin = None;
            }
        }
    }

    fn publish(&self, runtime: &Runtime) {
        let tracked = self.files.iter().map(|(name, file)| FileStatus {
            file: name.clone(),
            sha256: file.sha256.clone(),
            state: self.state(file),
        });
        let ignored = self.ignored.iter().map(|(name, reason)| FileStatus {
            file: name.clone(),
            sha256: None,
            state: FileState::Ignored { reason: reason.clone() },
        });
        let mut files: Vec<FileStatus> = tracked.chain(ignored).collect();
        files.sort_by(|one, other| one.file.cmp(&other.file));
        *runtime.files.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = files;
    }

    fn state(&self, file: &Tracked) -> FileState {
        match (&file.refused, &file.plugin) {
            (Some((refusal, at)), plugin) => FileState::Refused {
                step: refusal.step,
                reason: refusal.reason.clone(),
                at: *at,
                still_serving: plugin.as_ref().map(|plugin| plugin.label.to_string()),
            },
            (None, Some(plugin)) => {
                let descriptor = plugin.descriptor();
                let (provider, version) = (descriptor.id.clone(), descriptor.version.clone());
                if self.serving.get(&provider) == Some(&plugin.generation) {
                    FileState::Serving { provider, version, generation: plugin.generation }
                } else {
                    FileState::Standby { provider, version }
                }
            }
            (None, None) => FileState::Settling,
        }
    }
}

/// Whether `plugin` serves rather than `other`.
fn outranks(plugin: &Plugin, other: &Plugin) -> bool {
    let version = |plugin: &Plugin| semver::Version::parse(&plugin.descriptor().version).ok();
    match version(plugin).cmp(&version(other)) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => plugin.generation < other.generation,
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
    let modified = outline.modified.and_then(|modified| modified.duration_since(SystemTime::UNIX_EPOCH).ok());
    let modified = modified.and_then(|modified| i64::try_from(modified.as_millis()).ok()).map(Timestamp::from_millis);
    modified.is_some_and(|modified| now.since(modified) >= OLD)
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
