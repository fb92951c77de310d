//! Keeps the queue in step with the store: fills lanes that run low, wakes what has become due, and doubts itself now and then.

use super::memory::Want;
use crate::gateway::Gateway;
use jixinda_domain::ApplicationId;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the whole status index is compared with what is known here.
const DOUBT_EVERY: Duration = Duration::from_secs(30);
/// The longest sleep between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often scheduled messages are looked at.
const RELEASE_EVERY: Duration = Duration::from_millis(500);
/// How long takes are gathered before the lanes are looked at.
const GATHER: Duration = Duration::from_millis(5);
const RELEASE_AT_A_TIME: u32 = 2000;

/// Intervals are the machine's steady time: when the wall clock is set back, nothing here stands still.
pub async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    let mut doubts = interval(DOUBT_EVERY);
    let mut releases = interval(RELEASE_EVERY);
    loop {
        fill(&gateway).await;
        let next = gateway.queue.local.ripen(gateway.clock.now());
        let pause =
            next.map_or(LOOK_EVERY, |due| due.since(gateway.clock.now()).min(LOOK_EVERY)).max(Duration::from_millis(2));
        tokio::select! {
            () = stop.cancelled() => return,
            _ = releases.tick(), if gateway.nodes.holds("schedule").is_some() => release_scheduled(&gateway).await,
            _ = doubts.tick() => gateway.queue.doubt(),
            () = tokio::time::sleep(pause) => {}
            // Many takes, one look.
            () = gateway.queue.local.taken() => tokio::time::sleep(GATHER).await,
        }
    }
}

fn interval(period: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval
}

/// Until nothing is due: a campaign may be due at one second.
async fn release_scheduled(gateway: &Gateway) {
    loop {
        match gateway.writer.release_scheduled(RELEASE_AT_A_TIME).await {
            Ok(items) => {
                gateway.queue_up(&items);
                if items.len() < RELEASE_AT_A_TIME as usize {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "scheduled messages could not be released; they will be at the next look");
                return;
            }
        }
    }
}

async fn fill(gateway: &Gateway) {
    let applications: Vec<ApplicationId> = {
        let directory = gateway.directory();
        // Each round, so that a new weight is in force within one.
        gateway
            .queue
            .local
            .set_weights(directory.applications.values().map(|application| (application.id, application.weight)));
        directory.applications.keys().copied().collect()
    };
    for Want { class, application, cursor, room } in gateway.queue.local.wants(&applications) {
        let now = gateway.clock.now();
        match gateway.store.queued(class, application, cursor, now, gateway.nodes.part(), room).await {
            Ok(items) => {
                let last = items.len() < room as usize;
                gateway.queue.local.fill(class, application, &items, last, now);
            }
            Err(error) => {
                tracing::warn!(%error, "the queue could not be filled from the store; it will be at the next look");
                return;
            }
        }
    }
}
