//! Waiting for conditions instead of sleeping.

use std::future::Future;
use std::time::{Duration, Instant};

/// Looks again and again until `look` answers something.
///
/// # Errors
/// Where the patience ends first; `what` says what was waited for.
pub async fn until<T, F: Future<Output = Option<T>>>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> F,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return Ok(found);
        }
        anyhow::ensure!(Instant::now() < deadline, "waited {patience:?} in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
