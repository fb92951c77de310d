//! Forgets what is over: nonces whose requests are stale anyway, idempotency keys after their day. In small steps.

use crate::gateway::Gateway;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(10);
const AT_A_TIME: u32 = 2000;

pub(super) async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = gateway.store.forget_expired(gateway.clock.now(), AT_A_TIME).await {
            tracing::warn!(%error, "what is over could not be forgotten; it will be later");
        }
    }
}
