//! Receipts that were recorded by one node while another wrote down the outcome that they belong to: neither saw the other's, so they are
//! matched a little later.

use crate::gateway::Gateway;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(2);
/// Older ones are looked for by what comes later for their messages, or are nobody's.
const LATEST: Duration = Duration::from_secs(600);
/// Who matches them.
const DUTY: &str = "receipts";

/// Runs until it is stopped.
pub async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    if !gateway.store.is_shared() {
        return;
    }
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
        if gateway.nodes.holds(DUTY).is_none() {
            continue;
        }
        match gateway.store.match_late_receipts(gateway.clock.now() - LATEST).await {
            Ok(effects) => gateway.writer.note_effects(effects),
            Err(error) => tracing::warn!(%error, "late receipts could not be matched; they will be at the next look"),
        }
    }
}
