//! Notices when the wall clock is set back, and calls in what would otherwise wait for a moment that has moved away.
//!
//! Times of tries are moments of the wall clock, because they outlive the process. A clock that jumps forward makes them due, which does
//! no harm; one that is set back an hour would have a text that was to be tried in a second wait for an hour and a second.

use crate::gateway::Gateway;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Clocks are corrected by less all the time.
const TOLERANCE: Duration = Duration::from_secs(2);

pub(super) async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    let mut last = gateway.clock.now();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return,
        }
        let now = gateway.clock.now();
        if last.since(now) < TOLERANCE {
            last = now;
            continue;
        }
        tracing::warn!(
            seconds = last.since(now).as_secs(),
            "the clock was set back; texts that wait for a try are called in"
        );
        // Whatever is due later than any pause of ours was put off by the other clock.
        let furthest = now + Duration::from_millis(gateway.config.dispatch.max_retry_ms);
        match gateway.writer.call_in(furthest).await {
            Ok(()) => {
                gateway.queue.forget_later();
                last = now;
            }
            Err(error) => tracing::warn!(%error, "they could not be called in; they will be at the next look"),
        }
    }
}
