//! [`Folder`]: the plugin folder and, beside it in the data folder, what its files were before.

use crate::config::Config;
use anyhow::Context as _;
use jixinda_runtime::folder::{is_plugin_name, marker_name};
use jixinda_runtime::gate::sha256;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Where files are put, and where the replaced ones are kept.
pub struct Folder {
    pub plugins: PathBuf,
    previous: PathBuf,
}

impl Folder {
    /// From the configuration; `folder` outranks it.
    pub fn find(config: Option<&Path>, folder: Option<&Path>) -> anyhow::Result<Self> {
        let config = Config::load(config)?;
        Ok(Self {
            plugins: folder.map_or_else(|| config.plugin_folder(), Path::to_owned),
            // Outside the plugin folder: a file in there would serve or stand by.
            previous: config.data.dir.join("plugins-previous"),
        })
    }

    /// Where the file of this name serves.
    pub fn file(&self, name: &str) -> PathBuf {
        self.plugins.join(format!("{name}.wasm"))
    }

    /// Where the file that it replaced is kept.
    pub fn previous(&self, name: &str) -> PathBuf {
        self.previous.join(format!("{name}.wasm"))
    }

    /// Writes a component so that it serves at once, without being tried. Its marker comes first, for the gateway may look at any time.
    pub fn write_now(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let marker = self.plugins.join(marker_name(name));
        Self::write(&marker, sha256(bytes).as_bytes())?;
        let file = self.file(name);
        if Self::read(&file)?.as_deref() == Some(bytes) {
            return Ok(());
        }
        Self::write(&file, bytes).inspect_err(|_| {
            // It would be there for a later file with this content; the error that matters is the other.
            let _ = std::fs::remove_file(&marker);
        })
    }

    /// The names of all files that the gateway would look at, without ".wasm".
    pub fn names(&self) -> anyhow::Result<Vec<String>> {
        let entries = std::fs::read_dir(&self.plugins)
            .with_context(|| format!("cannot read the plugin folder {}", self.plugins.display()))?;
        let files = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = files
            .filter(|name| is_plugin_name(name))
            .filter_map(|name| name.strip_suffix(".wasm").map(str::to_owned))
            .collect();
        names.sort();
        Ok(names)
    }

    /// The content of a file, where there is one.
    pub fn read(file: &Path) -> anyhow::Result<Option<Vec<u8>>> {
        match std::fs::read(file) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
    }

    /// Writes by way of a second file in the same folder, so that nobody ever sees half a component.
    pub fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
        let folder = file.parent().context("a file has a folder")?;
        let write = || {
            std::fs::create_dir_all(folder)?;
            // A name that the gateway ignores.
            let mut temporary = tempfile::Builder::new().prefix(".install-").suffix(".tmp").tempfile_in(folder)?;
            temporary.write_all(bytes)?;
            temporary.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
            temporary.as_file().sync_all()?;
            temporary.persist(file).map(|_| ()).map_err(|error| error.error)
        };
        write().with_context(|| format!("cannot write {}", file.display()))
    }
}

/// Refuses names that the gateway would ignore, and those that lead elsewhere.
pub fn check_name(name: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        is_plugin_name(&format!("{name}.wasm")),
        "{name:?} is not a plugin's name: lower-case letters, digits, dot, dash and underscore, 63 at most"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_alone() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = Folder { plugins: scratch.path().join("plugins"), previous: scratch.path().join("previous") };
        Folder::write(&folder.file("a"), b"one").expect("writes");
        Folder::write(&folder.file("a"), b"two").expect("writes");
        assert_eq!(Folder::read(&folder.file("a")).expect("reads"), Some(b"two".to_vec()));
        assert_eq!(Folder::read(&folder.previous("a")).expect("reads"), None);
        assert_eq!(folder.names().expect("a list"), ["a"]);
        assert_eq!(std::fs::read_dir(&folder.plugins).expect("a folder").count(), 1);
    }

    #[test]
    fn what_is_to_serve_at_once_has_a_marker() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = Folder { plugins: scratch.path().join("plugins"), previous: scratch.path().join("previous") };
        for bytes in [b"one", b"two", b"two"] {
            folder.write_now("a", bytes).expect("writes");
            assert_eq!(Folder::read(&folder.file("a")).expect("reads"), Some(bytes.to_vec()));
            let marker = Folder::read(&folder.plugins.join(".a.now")).expect("reads");
            assert_eq!(marker, Some(sha256(bytes).into_bytes()));
        }
        assert_eq!(folder.names().expect("a list"), ["a"]);
    }

    #[test]
    fn names_lead_nowhere_else() {
        assert!(check_name("aliyun").is_ok());
        for name in ["../aliyun", "a/b", "", "Aliyun", ".hidden"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
