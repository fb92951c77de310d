//! Dispatch: from a waiting id to a settled attempt, one stage a file.
//!
//! `feed` loads what waits and picks a channel; a `channel` gathers messages into calls; `attempt` makes one call, stage by
//! stage; `settle` decides what each outcome means; `unclear` finds out whether a claim was committed; `uncertain` and `awaited` `ask` after texts
//! whose fate is not known; `recover` cleans up
//! after a crash, `clock_jump` after a clock that was set back, `housekeeping` after time.

mod ask;
mod attempt;
mod awaited;
mod channel;
mod clock_jump;
mod fate;
mod feed;
mod housekeeping;
mod lane;
mod recover;
mod retry;
mod settle;
mod uncertain;
mod unclear;

use crate::gateway::Gateway;
use crate::queue;
use crate::receipts;
use crate::routing;
use channel::Channels;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The running dispatch.
pub struct Dispatch {
    stop: CancellationToken,
    /// Tasks that take on new work.
    loops: TaskTracker,
    /// Calls in flight.
    calls: TaskTracker,
}

/// What the stages share.
struct Shared {
    gateway: Arc<Gateway>,
    channels: Channels,
    calls: TaskTracker,
}

impl Dispatch {
    /// Cleans up after those that are gone, then starts.
    pub async fn start(gateway: Arc<Gateway>) -> anyhow::Result<Self> {
        recover::at_start(&gateway).await?;
        let (stop, loops, calls) = (CancellationToken::new(), TaskTracker::new(), TaskTracker::new());
        let shared = Arc::new(Shared { channels: Channels::default(), calls: calls.clone(), gateway: gateway.clone() });
        loops.spawn(recover::run(gateway.clone(), stop.clone()));
        loops.spawn(queue::run_refill(gateway.clone(), stop.clone()));
        loops.spawn(receipts::run_late(gateway.clone(), stop.clone()));
        loops.spawn(clock_jump::run(gateway.clone(), stop.clone()));
        loops.spawn(routing::run_keeper(gateway.clone(), stop.clone()));
        loops.spawn(housekeeping::run(gateway, stop.clone()));
        feed::start(&shared, &loops, &stop);
        loops.spawn(uncertain::run(shared.clone(), stop.clone()));
        loops.spawn(awaited::run(shared, stop.clone()));
        Ok(Self { stop, loops, calls })
    }

    /// Takes on nothing more and waits for the calls in flight, at most this long; answers whether all have ended. What remains is cleaned up
    /// by others, or at the next start.
    pub async fn drain(self, patience: Duration) -> bool {
        self.stop.cancel();
        self.loops.close();
        self.loops.wait().await;
        self.calls.close();
        let drained = tokio::time::timeout(patience, self.calls.wait()).await.is_ok();
        if !drained {
            tracing::warn!(
                calls = self.calls.len(),
                "stopping with calls in flight; their messages are uncertain until looked up"
            );
        }
        drained
    }
}
