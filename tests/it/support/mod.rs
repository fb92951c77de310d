//! What tests start from.

pub mod components;
pub mod log;
pub mod sandbox;
pub mod upstream;

use std::time::{Duration, Instant};

/// Long enough for a loaded machine; no test waits so long unless it fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Looks until there is something, and fails with `what` where nothing ever comes.
pub async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The program `jixinda`, built beside the tests.
pub fn program() -> std::path::PathBuf {
    let tests = std::env::current_exe().expect("a program");
    tests.ancestors().nth(2).expect("a target folder").join("jixinda")
}
