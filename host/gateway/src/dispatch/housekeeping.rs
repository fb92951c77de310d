//! Forgets what is over: nonces whose requests are stale anyway, idempotency keys after their day. In small steps.

use crate::gateway::Gateway;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(10);
const AT_A_TIME: u32 = 2000;
/// A node that heard nothing for this long reads the whole blocklist anew.
const CHANGES_ARE_KEPT: Duration = Duration::from_secs(3600);

pub(super) async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
        if gateway.nodes.holds("housekeeping").is_none() {
            continue;
        }
        if let Err(error) = forget(&gateway).await {
            tracing::warn!(%error, "what is over could not be forgotten; it will be later");
        }
    }
}

async fn forget(gateway: &Gateway) -> jixinda_store::Result<()> {
    let now = gateway.clock.now();
    gateway.store.forget_expired(now, AT_A_TIME).await?;
    gateway.store.forget_blocklist_changes(now - CHANGES_ARE_KEPT).await
}
