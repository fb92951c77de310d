//! Turns components into machine code, in a child process with bounded memory and time, and keeps the result.
//!
//! Denial of service while *compiling* is not a security bug of wasmtime, and 48.0 keeps compiler memory in its engine for ever
//! (wasmtime#14314): hence the child. The cache is outside the plugin folder, each entry is authenticated with a key of this
//! installation, and it is read, never mapped: code that was changed on the disk is compiled again, not run.

use crate::engine::compiling_engine;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::Rng as _;
use sha2::Sha256;
use std::hash::{Hash as _, Hasher as _};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Semaphore;
use wasmtime::Engine;

const WALL: Duration = Duration::from_secs(180);
const CPU_SECONDS: u64 = 120;
const ADDRESS_SPACE: u64 = 3 << 30;
const MAC_BYTES: usize = 32;
/// Entries kept; the oldest go first.
const MAX_ENTRIES: usize = 64;

/// Why a component was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The compiler said no, or ran out of time or memory.
    #[error("{0}")]
    Refused(String),
    /// The compiler could not be started, or the cache not be used.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Compiles, one component at a time, and remembers.
pub struct Compiler {
    program: PathBuf,
    cache: Cache,
    one_at_a_time: Semaphore,
}

impl Compiler {
    /// `program` is run as `program compile-plugin`; `cache` is made where it does not exist, for this user only.
    ///
    /// # Errors
    /// Where the cache folder cannot be made or its key not be read.
    pub fn new(program: PathBuf, cache: &Path) -> std::io::Result<Self> {
        Ok(Self { program, cache: Cache::open(cache)?, one_at_a_time: Semaphore::new(1) })
    }

    /// Machine code for this component, for engines compatible with `engine`.
    ///
    /// # Errors
    /// Where it does not compile within its bounds.
    pub(crate) async fn compile(
        &self,
        engine: &Engine,
        sha256: &str,
        component: &[u8],
    ) -> Result<Vec<u8>, CompileError> {
        let name = entry_name(engine, sha256);
        if let Some(code) = self.cache.read(&name) {
            return Ok(code);
        }
        let _turn = self
            .one_at_a_time
            .acquire()
            .await
            .map_err(|_| CompileError::Refused("the gateway is stopping".to_owned()))?;
        let code = tokio::time::timeout(WALL, self.run_child(component))
            .await
            .map_err(|_| CompileError::Refused(format!("compiling took longer than {} s", WALL.as_secs())))??;
        if let Err(error) = self.cache.write(&name, &code) {
            tracing::warn!(%error, "a compiled plugin could not be kept; it will be compiled again at the next start");
        }
        Ok(code)
    }

    /// Forgets an entry that the engine would not load.
    pub(crate) fn forget(&self, engine: &Engine, sha256: &str) {
        self.cache.remove(&entry_name(engine, sha256));
    }

    async fn run_child(&self, component: &[u8]) -> Result<Vec<u8>, CompileError> {
        let mut child = tokio::process::Command::new(&self.program)
            .arg("compile-plugin")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin =
            child.stdin.take().ok_or_else(|| CompileError::Refused("the compiler has no input".to_owned()))?;
        let feed = async move {
            // A compiler that stops reading has failed; its exit says so.
            let _ = stdin.write_all(component).await;
            drop(stdin);
        };
        let (output, ()) = tokio::join!(child.wait_with_output(), feed);
        let output = output?;
        if output.status.success() && output.stdout.is_empty() {
            return Err(CompileError::Refused(format!("{} is no compiler of plugins", self.program.display())));
        }
        if output.status.success() {
            return Ok(output.stdout);
        }
        let words = String::from_utf8_lossy(&output.stderr);
        let words = words.trim();
        Err(CompileError::Refused(if words.is_empty() {
            format!(
                "the compiler ended with {} and no word: perhaps it ran out of its {CPU_SECONDS} s or {} GiB",
                output.status,
                ADDRESS_SPACE >> 30
            )
        } else {
            words.lines().next_back().unwrap_or(words).to_owned()
        }))
    }
}

/// The child's side: component on standard input, machine code on standard output.
///
/// # Errors
/// Where the input is no component, or the output cannot be written.
pub fn child_main() -> Result<(), String> {
    limit(rustix::process::Resource::As, ADDRESS_SPACE);
    limit(rustix::process::Resource::Cpu, CPU_SECONDS);
    let mut component = Vec::new();
    std::io::stdin().lock().read_to_end(&mut component).map_err(|error| error.to_string())?;
    let engine = compiling_engine().map_err(|error| error.to_string())?;
    let code = engine.precompile_component(&component).map_err(|error| format!("{error:#}").replace('\n', " "))?;
    std::io::stdout().lock().write_all(&code).map_err(|error| error.to_string())
}

fn limit(resource: rustix::process::Resource, value: u64) {
    let limit = rustix::process::Rlimit { current: Some(value), maximum: Some(value) };
    // A lower limit that is in force already is as good.
    let _ = rustix::process::setrlimit(resource, limit);
}

fn entry_name(engine: &Engine, sha256: &str) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{sha256}-{:016x}", hasher.finish())
}

/// Compiled components on the disk, each with a MAC over its name and content.
struct Cache {
    folder: PathBuf,
    key: [u8; 32],
}

impl Cache {
    fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(Self { folder: folder.to_owned(), key: cache_key(&folder.join("key"))? })
    }

    fn mac(&self, name: &str, code: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(name.as_bytes());
        mac.update(&[0]);
        mac.update(code);
        mac
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut entry = std::fs::read(self.path(name)).ok()?;
        let intact = entry.len() > MAC_BYTES && {
            let (mac, code) = entry.split_at(MAC_BYTES);
            self.mac(name, code).verify_slice(mac).is_ok()
        };
        if !intact {
            tracing::warn!(entry = name, "a kept compilation was changed on the disk; it is compiled again");
            self.remove(name);
            return None;
        }
        Some(entry.split_off(MAC_BYTES))
    }

    fn write(&self, name: &str, code: &[u8]) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&self.mac(name, code).finalize().into_bytes())?;
        file.write_all(code)?;
        file.persist(self.path(name)).map_err(|error| error.error)?;
        self.prune()
    }

    fn remove(&self, name: &str) {
        // Nothing to remove is what was wanted.
        let _ = std::fs::remove_file(self.path(name));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("cwasm")
    }

    fn prune(&self) -> std::io::Result<()> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == "cwasm") {
                entries.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        entries.sort();
        let surplus = entries.len().saturating_sub(MAX_ENTRIES);
        entries.iter().take(surplus).try_for_each(|(_, path)| std::fs::remove_file(path))
    }
}

fn cache_key(path: &Path) -> std::io::Result<[u8; 32]> {
    if let Some(key) = read_key(path) {
        return Ok(key);
    }
    let mut key = [0; 32];
    rand::rng().fill_bytes(&mut key);
    // Private by its making. Whole or not at all: of two that begin at once, one wins, and both use its key.
    let folder = path.parent().unwrap_or(path);
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&key)?;
    if path.exists() {
        // Damaged: without a usable key nothing that is kept can be trusted.
        file.persist(path).map_err(|error| error.error)?;
        return Ok(key);
    }
    match file.persist_noclobber(path) {
        Ok(_) => Ok(key),
        Err(lost) => read_key(path).ok_or(lost.error),
    }
}

fn read_key(path: &Path) -> Option<[u8; 32]> {
    std::fs::read(path).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_entry_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path()).expect("opens");
        cache.write("entry", b"machine code").expect("writes");
        assert_eq!(cache.read("entry").as_deref(), Some(b"machine code".as_slice()));

        let path = cache.path("entry");
        let mut bytes = std::fs::read(&path).expect("reads");
        *bytes.last_mut().expect("not empty") ^= 1;
        std::fs::write(&path, bytes).expect("writes");
        assert_eq!(cache.read("entry"), None);
        assert!(!path.exists(), "the poisoned entry is gone");
    }

    #[test]
    fn an_entry_under_another_name_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path()).expect("opens");
        cache.write("one", b"machine code").expect("writes");
        std::fs::copy(cache.path("one"), cache.path("two")).expect("copies");
        assert_eq!(cache.read("two"), None);
    }

    #[test]
    fn the_key_survives_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        Cache::open(folder.path()).expect("opens").write("entry", b"code").expect("writes");
        assert!(Cache::open(folder.path()).expect("opens again").read("entry").is_some());
    }
}
