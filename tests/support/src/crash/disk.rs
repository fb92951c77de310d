//! [`SmallDisk`]: a file system of its own for one data folder, small enough to be filled.

use anyhow::Context as _;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// Room for what a run stores, several times over; most of it is taken by the ballast.
const SIZE: &str = "256m";

/// A mounted tmpfs. Dropping it unmounts it; whoever uses it must be gone by then.
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one, which needs root.
    ///
    /// # Errors
    /// Where mounting is not allowed here.
    pub fn mount() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let told = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={SIZE},mode=0700"), "tmpfs"])
            .arg(folder.path())
            .output()
            .context("there is no mount")?;
        anyhow::ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr).trim());
        Ok(Self { folder })
    }

    /// Where the data folder is to be.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Takes all room that is left, to the last page. Again and again, where something was given back meanwhile.
    pub(super) fn fill(&self) -> std::io::Result<()> {
        let mut ballast = File::options().create(true).append(true).open(self.ballast())?;
        for chunk in [1 << 20, 4096] {
            let zeros = vec![0; chunk];
            while ballast.write_all(&zeros).is_ok() {}
        }
        Ok(())
    }

    /// Gives it back.
    pub(super) fn relieve(&self) -> std::io::Result<()> {
        std::fs::remove_file(self.ballast())
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A process that is being killed may hold it for a moment: then it goes when that has ended.
        let unmount = |lazy: &[&str]| Command::new("umount").args(lazy).arg(self.folder.path()).output();
        if !unmount(&[]).is_ok_and(|told| told.status.success()) {
            let _ = unmount(&["-l"]);
        }
    }
}
