//! What must outlive a restart so that canaries mean something: which content serves each provider, with its bytes, and which contents
//! were rolled back.
//!
//! A folder beside the compile cache: that may be deleted at any time, this is what a rollback rests on. The bytes are no machine code
//! and go through the gate like any file.

use crate::gate;
use jixinda_domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BOOK: &str = "canary.json";
/// Contents that are remembered as rolled back; the oldest are forgotten first.
const MOST_ROLLED_BACK: usize = 100;

/// The folder, and what its book says.
pub(crate) struct Kept {
    /// `None` where nothing is kept: canaries are switched off.
    folder: Option<PathBuf>,
    book: Book,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Book {
    /// By provider.
    serving: BTreeMap<String, Served>,
    /// By SHA-256.
    rolled_back: BTreeMap<String, RolledBack>,
}

/// A content that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Served {
    pub(crate) file: String,
    pub(crate) sha256: String,
}

/// A content that was rolled back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RolledBack {
    pub(crate) provider: String,
    pub(crate) version: String,
    pub(crate) at: Timestamp,
    pub(crate) reason: String,
}

impl Kept {
    /// Reads what an earlier run left. Switched off, it forgets that: what it says would be out of date when it is wanted again.
    pub(crate) fn open(folder: &Path, enabled: bool) -> Self {
        if !enabled {
            match std::fs::remove_dir_all(folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(%error, folder = %folder.display(), "kept plugins could not be removed");
                }
                _ => {}
            }
            return Self { folder: None, book: Book::default() };
        }
        let book = match std::fs::read(folder.join(BOOK)) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "what was rolled back cannot be read and is forgotten");
                Book::default()
            }),
            Err(_) => Book::default(),
        };
        Self { folder: Some(folder.to_owned()), book }
    }

    /// What served at the end of the last run, by provider.
    pub(crate) fn served(&self) -> BTreeMap<String, Served> {
        self.book.serving.clone()
    }

    /// Whether this content was rolled back.
    pub(crate) fn rolled_back(&self, sha256: &str) -> Option<&RolledBack> {
        self.book.rolled_back.get(sha256)
    }

    /// Remembers that a content was rolled back.
    pub(crate) fn roll_back(&mut self, sha256: &str, story: RolledBack) {
        if self.folder.is_none() {
            return;
        }
        self.book.rolled_back.insert(sha256.to_owned(), story);
        while self.book.rolled_back.len() > MOST_ROLLED_BACK {
            let oldest =
                self.book.rolled_back.iter().min_by_key(|(_, story)| story.at).map(|(sha256, _)| sha256.clone());
            oldest.and_then(|sha256| self.book.rolled_back.remove(&sha256));
        }
        self.write_book();
    }

    /// Lets a content start anew.
    pub(crate) fn forgive(&mut self, sha256: &str) {
        if self.book.rolled_back.remove(sha256).is_some() {
            self.write_book();
        }
    }

    /// Writes down the bytes of a component that may come to serve.
    pub(crate) async fn keep(&self, sha256: &str, bytes: Arc<[u8]>) {
        let Some(folder) = self.folder.clone() else { return };
        let file = folder.join(component(sha256));
        if file.exists() {
            return;
        }
        let written = tokio::task::spawn_blocking(move || write(&folder, &file, &bytes)).await;
        if let Err(error) = written.unwrap_or_else(|lost| Err(std::io::Error::other(lost))) {
            tracing::warn!(%error, sha256, "the bytes of a plugin could not be kept; a restart cannot go back to it");
        }
    }

    /// The bytes of a content, where they are there and whole.
    pub(crate) fn bytes(&self, sha256: &str) -> Option<Vec<u8>> {
        let bytes = std::fs::read(self.folder.as_ref()?.join(component(sha256))).ok()?;
        (gate::sha256(&bytes) == sha256).then_some(bytes)
    }

    /// Writes down who serves now, and deletes what nobody needs: other bytes, and what a crash left half written.
    pub(crate) fn settle(&mut self, serving: BTreeMap<String, Served>, needed: &BTreeSet<String>) {
        let Some(folder) = &self.folder else { return };
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let wanted = name == BOOK || name.strip_suffix(".wasm").is_some_and(|sha256| needed.contains(sha256));
            if !wanted && let Err(error) = std::fs::remove_file(entry.path()) {
                tracing::warn!(%error, file = %entry.path().display(), "a kept plugin could not be removed");
            }
        }
        if self.book.serving != serving {
            self.book.serving = serving;
            self.write_book();
        }
    }

    fn write_book(&self) {
        let Some(folder) = &self.folder else { return };
        let bytes = serde_json::to_vec_pretty(&self.book).unwrap_or_default();
        if let Err(error) = write(folder, &folder.join(BOOK), &bytes) {
            tracing::warn!(%error, "which plugins serve and were rolled back could not be written; a restart does not know it");
        }
    }
}

fn component(sha256: &str) -> String {
    format!("{sha256}.wasm")
}

/// Whole or not at all, also after a power cut.
fn write(folder: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file).map(|_| ()).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(at: i64) -> RolledBack {
        let (provider, version) = ("aliyun".to_owned(), "0.2.0".to_owned());
        RolledBack { provider, version, at: Timestamp::from_millis(at), reason: "3 of 3 calls failed".to_owned() }
    }

    #[tokio::test]
    async fn what_serves_and_what_was_rolled_back_survive() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path().join("kept");
        let mut kept = Kept::open(&folder, true);
        let (one, two) = (gate::sha256(b"one"), gate::sha256(b"two"));
        kept.keep(&one, Arc::from(*b"one")).await;
        kept.keep(&two, Arc::from(*b"two")).await;
        std::fs::write(folder.join(".tmp1234"), b"half").expect("writes");
        let served = Served { file: "aliyun.wasm".to_owned(), sha256: one.clone() };
        let serving = BTreeMap::from([("aliyun".to_owned(), served)]);
        kept.settle(serving.clone(), &BTreeSet::from([one.clone()]));
        kept.roll_back(&two, story(1));

        let mut again = Kept::open(&folder, true);
        assert_eq!(again.served(), serving);
        assert_eq!(again.rolled_back(&two), Some(&story(1)));
        assert_eq!(again.bytes(&one).as_deref(), Some(b"one".as_slice()));
        assert_eq!(again.bytes(&two), None, "nobody needs it");
        assert!(!folder.join(".tmp1234").exists());
        again.forgive(&two);
        assert_eq!(Kept::open(&folder, true).rolled_back(&two), None);
    }

    #[tokio::test]
    async fn changed_bytes_are_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Kept::open(folder.path(), true);
        let sha256 = gate::sha256(b"one");
        kept.keep(&sha256, Arc::from(*b"one")).await;
        std::fs::write(folder.path().join(component(&sha256)), b"two").expect("writes");
        assert_eq!(kept.bytes(&sha256), None);
    }

    #[test]
    fn the_oldest_rollbacks_are_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut kept = Kept::open(folder.path(), true);
        for at in 0..=100 {
            kept.roll_back(&gate::sha256(&[at]), story(at.into()));
        }
        assert_eq!(kept.rolled_back(&gate::sha256(&[0])), None);
        assert!(kept.rolled_back(&gate::sha256(&[1])).is_some() && kept.rolled_back(&gate::sha256(&[100])).is_some());
    }

    #[test]
    fn switched_off_it_forgets() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path().join("kept");
        Kept::open(&folder, true).roll_back("sha", story(1));
        Kept::open(&folder, false);
        assert!(!folder.exists());
    }
}
