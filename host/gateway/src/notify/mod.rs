//! Webhooks (通知): tells applications what became of their messages, by Standard Webhooks.
//!
//! Events are written by the store in the transaction that makes them. Here one worker for each active endpoint takes what is due, so
//! that a dead endpoint delays nobody else. A crash between an answer and its record makes an event come twice, with the same id.

mod payload;
mod push;
mod schedule;
mod worker;

pub use push::test;

use crate::gateway::Gateway;
use jixinda_domain::WebhookEndpointId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use worker::Worker;

/// How soon a changed endpoint, a retry that is due or an event whose nudge was lost is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Looks are not closer than this, however often something is committed.
const BREATH: Duration = Duration::from_millis(20);

/// The running deliveries.
pub struct Notify {
    stop: CancellationToken,
    workers: TaskTracker,
}

impl Notify {
    /// Delivers whatever waits, and what comes.
    pub fn start(gateway: Arc<Gateway>) -> Self {
        let (stop, workers) = (CancellationToken::new(), TaskTracker::new());
        workers.spawn(supervise(gateway, workers.clone(), stop.clone()));
        Self { stop, workers }
    }

    /// Begins no further try and waits for those under way.
    pub async fn drain(self, patience: Duration) {
        self.stop.cancel();
        self.workers.close();
        if tokio::time::timeout(patience, self.workers.wait()).await.is_err() {
            tracing::warn!(workers = self.workers.len(), "stopping while webhooks are under way; they are told again");
        }
    }
}

struct Running {
    stop: CancellationToken,
    wake: Arc<tokio::sync::Notify>,
    task: JoinHandle<()>,
}

/// Keeps a worker for each active endpoint, and wakes those for which something is due.
async fn supervise(gateway: Arc<Gateway>, workers: TaskTracker, stop: CancellationToken) {
    let mut running: BTreeMap<WebhookEndpointId, Running> = BTreeMap::new();
    let mut news = gateway.writer.news();
    loop {
        tend(&gateway, &workers, &stop, &mut running);
        if !running.is_empty() {
            wake(&gateway, &running).await;
        }
        tokio::select! {
            changed = news.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return,
        }
        tokio::time::sleep(BREATH).await;
        news.borrow_and_update();
    }
}

fn tend(
    gateway: &Arc<Gateway>,
    workers: &TaskTracker,
    stop: &CancellationToken,
    running: &mut BTreeMap<WebhookEndpointId, Running>,
) {
    let directory = gateway.directory();
    let is_active = |id: &WebhookEndpointId| {
        let active = directory.webhooks.get(id).is_some_and(|entry| entry.endpoint.active);
        active && gateway.nodes.holds(&format!("webhook:{id}")).is_some()
    };
    for (_, worker) in running.iter().filter(|(id, _)| !is_active(id)) {
        worker.stop.cancel();
    }
    // One that still waits for its last tries holds the place: two would tell the same events.
    running.retain(|_, worker| !worker.task.is_finished());
    for id in directory.webhooks.keys().filter(|id| is_active(id)) {
        if !running.contains_key(id) {
            let (stop, wake) = (stop.child_token(), Arc::new(tokio::sync::Notify::new()));
            let task = workers.spawn(Worker::new(gateway.clone(), *id, wake.clone()).run(stop.clone()));
            running.insert(*id, Running { stop, wake, task });
        }
    }
}

async fn wake(gateway: &Gateway, running: &BTreeMap<WebhookEndpointId, Running>) {
    match gateway.store.due_webhook_endpoints(gateway.clock.now()).await {
        Ok(due) => {
            for worker in due.iter().filter_map(|id| running.get(id)) {
                worker.wake.notify_one();
            }
        }
        Err(error) => tracing::warn!(%error, "what webhooks are due could not be read; trying again"),
    }
}
