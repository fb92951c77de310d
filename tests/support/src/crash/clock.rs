//! [`FakeClock`]: a wall clock that only one gateway sees, by libfaketime: no code of the gateway knows of it.

use anyhow::Context as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A file that says how far the clock is off. The monotonic clock is left alone, as it is when a person sets a machine's clock.
pub(super) struct FakeClock {
    library: PathBuf,
    folder: TempDir,
}

impl FakeClock {
    pub(super) fn new(library: &Path) -> anyhow::Result<Self> {
        anyhow::ensure!(library.is_file(), "there is no {}", library.display());
        let clock = Self { library: library.to_owned(), folder: tempfile::tempdir()? };
        clock.set(0)?;
        Ok(clock)
    }

    /// What the gateway is started with.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        let file = self.folder.path().join("offset").to_string_lossy().into_owned();
        [
            ("LD_PRELOAD", self.library.to_string_lossy().into_owned()),
            ("FAKETIME_TIMESTAMP_FILE", file),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Puts the clock so many seconds off, between two looks at it.
    pub(super) fn set(&self, seconds: i64) -> anyhow::Result<()> {
        let next = self.folder.path().join("next");
        std::fs::write(&next, format!("{seconds:+}\n"))?;
        std::fs::rename(next, self.folder.path().join("offset")).context("the clock cannot be set")
    }
}
