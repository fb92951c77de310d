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

pub async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    let mut last_doubt = gateway.clock.now();
    let mut last_release = last_doubt - RELEASE_EVERY;
    loop {
        let now = gateway.clock.now();
        if now.since(last_doubt) >= DOUBT_EVERY {
            last_doubt = now;
            gateway.queue.doubt();
        }
        if now.since(last_release) >= RELEASE_EVERY {
            last_release = now;
            release_scheduled(&gateway).await;
        }
        fill(&gateway).await;
        let next = gateway.queue.ripen(gateway.clock.now());
        let pause =
            next.map_or(LOOK_EVERY, |due| due.since(gateway.clock.now()).min(LOOK_EVERY)).max(Duration::from_millis(2));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            // Many takes, one look.
            () = gateway.queue.taken() => tokio::time::sleep(GATHER).await,
            () = stop.cancelled() => return,
        }
    }
}

async fn release_scheduled(gateway: &Gateway) {
    match gateway.writer.release_scheduled(RELEASE_AT_A_TIME).await {
        Ok(items) => gateway.queue.push(&items, gateway.clock.now()),
        Err(error) => tracing::warn!(%error, "scheduled messages could not be released; they will be at the next look"),
    }
}

async fn fill(gateway: &Gateway) {
    let applications: Vec<ApplicationId> = gateway.directory().applications.keys().copied().collect();
    for Want { class, application, cursor, room } in gateway.queue.wants(&applications) {
        let now = gateway.clock.now();
        match gateway.store.queued(class, application, cursor, now, room).await {
            Ok(items) => {
                let last = items.len() < room as usize;
                gateway.queue.fill(class, application, &items, last, now);
            }
            Err(error) => {
                tracing::warn!(%error, "the queue could not be filled from the store; it will be at the next look");
                return;
            }
        }
    }
}
