//! What is in the plugin folder: each file over time, what was read of it, and what it is shown as. Which of them serve is decided
//! in [`succession`](crate::succession).
//!
//! A file is read when two looks agree on it, checked by the [gate](crate::gate), and then the whole picture of who serves is
//! replaced at once. Whatever goes wrong with a file, what served before goes on serving.

use crate::call::Runtime;
use crate::gate::{self, Refusal};
use crate::limits::MAX_FILE_BYTES;
use crate::registry::Plugin;
use crate::status::{FileState, FileStatus, Step};
use jixinda_domain::Timestamp;
use std::collections::BTreeMap;
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
    pub(crate) plugin: Option<Arc<Plugin>>,
    refused: Option<(Refusal, Timestamp)>,
    /// It is there and cannot be read; every look tries again.
    unreadable: Option<(Refusal, Timestamp)>,
    /// Another file holds its provider id and version; it comes back when that one goes.
    pub(crate) stolen: Option<(Refusal, Timestamp)>,
    missing_since: Option<Instant>,
}

#[derive(Default)]
pub(crate) struct Folder {
    pub(crate) files: BTreeMap<String, Tracked>,
    ignored: BTreeMap<String, String>,
    generations: u64,
    /// By provider: which file, and which generation of it.
    pub(crate) serving: BTreeMap<String, (String, u64)>,
}

impl Folder {
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

    pub(crate) async fn look(&mut self, runtime: &Runtime, first: bool) {
        let now = runtime.clock.now();
        let present = self.list(runtime.folder());
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
        if tracked.plugin.as_ref().is_some_and(|plugin| plugin.admitted.sha256 == sha256) {
            // What serves has come back after something that was refused.
            tracked.read = Some(outline);
            tracked.sha256 = Some(sha256);
            tracked.refused = None;
            return;
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
        tracked.sha256 = Some(sha256);
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
        *runtime.files.lock().unwrap_or_else(PoisonError::into_inner) = files;
    }

    fn state(&self, file: &Tracked) -> FileState {
        let refused = file.unreadable.as_ref().or(file.refused.as_ref()).or(file.stolen.as_ref());
        match (refused, &file.plugin) {
            (Some((refusal, at)), plugin) => FileState::Refused {
                step: refusal.step,
                reason: refusal.reason.clone(),
                at: *at,
                still_serving: plugin
                    .as_ref()
                    .filter(|plugin| self.serves(plugin))
                    .map(|plugin| plugin.label.to_string()),
            },
            (None, Some(plugin)) => {
                let descriptor = plugin.descriptor();
                let (provider, version) = (descriptor.id.clone(), descriptor.version.clone());
                if self.serves(plugin) {
                    FileState::Serving { provider, version, generation: plugin.generation }
                } else {
                    FileState::Standby { provider, version }
                }
            }
            (None, None) => FileState::Settling,
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
