//! The queue in Redis: what becomes due on any node goes to whichever of those that send takes it first.
//!
//! An entry is done with when each of its ids is claimed here, finished, or somebody else's by now; until then Redis keeps it, and if
//! this node dies another takes it over. Whatever goes wrong with Redis, the ids are in the store, where the refills find them.

use super::in_hand::InHand;
use super::memory::MemoryQueue;
use crate::config::QueueConfig;
use crate::gateway::Gateway;
use jixinda_coordination::{Entry, EntryKey, QueuedId, Redis, RedisUrl, Streams};
use jixinda_domain::{MessageClass, MessageId, NodeId, Timestamp};
use jixinda_store::QueueItem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Groups of ids on their way to Redis; beyond this they are left to the store.
const ON_THE_WAY: usize = 4096;
/// Entries of the streams at most, whoever reads them.
const ENTRIES: u64 = 100_000;
/// Entries taken at a time: few, so that nodes share what there is.
const TAKEN: usize = 16;
/// Entries taken over from dead nodes at a time.
const TAKEN_OVER: usize = 256;
/// How long a node waits for entries before it looks around.
const PATIENCE: Duration = Duration::from_secs(1);
/// Pause after Redis could not be asked.
const PAUSE: Duration = Duration::from_millis(250);
/// How often the entries of dead nodes are looked for.
const TAKE_OVER_EVERY: Duration = Duration::from_secs(2);
/// Groups that go to Redis in one round trip.
const GATHERED: usize = 256;

pub struct RedisQueue {
    redis: Redis,
    streams: Streams,
    offered_tx: mpsc::Sender<Vec<QueueItem>>,
    offered_rx: tokio::sync::Mutex<mpsc::Receiver<Vec<QueueItem>>>,
    in_hand: Mutex<InHand<EntryKey>>,
    done_tx: mpsc::UnboundedSender<EntryKey>,
    done_rx: tokio::sync::Mutex<mpsc::UnboundedReceiver<EntryKey>>,
}

impl RedisQueue {
    pub fn connect(url: &RedisUrl, config: &QueueConfig, node: NodeId) -> Self {
        let redis = Redis::connect(url, &config.prefix);
        let (offered_tx, offered_rx) = mpsc::channel(ON_THE_WAY);
        let (done_tx, done_rx) = mpsc::unbounded_channel();
        Self {
            streams: Streams::new(redis.clone(), node, ENTRIES),
            redis,
            offered_tx,
            offered_rx: offered_rx.into(),
            in_hand: Mutex::default(),
            done_tx,
            done_rx: done_rx.into(),
        }
    }

    pub fn redis(&self) -> &Redis {
        &self.redis
    }

    pub fn is_up(&self) -> bool {
        self.redis.is_up()
    }

    /// Hands ids over to all nodes; false where that cannot be done now.
    pub fn offer(&self, items: &[QueueItem]) -> bool {
        items.is_empty() || (self.redis.is_up() && self.offered_tx.try_send(items.to_vec()).is_ok())
    }

    /// This node is done with these ids, or another is.
    pub fn settle<'a>(&self, ids: impl IntoIterator<Item = &'a MessageId>) {
        let mut in_hand = self.lock();
        for key in ids.into_iter().filter_map(|id| in_hand.settle(id)) {
            // The receiver lives as long as the sender.
            let _ = self.done_tx.send(key);
        }
    }

    /// Takes entries into the window of this node; answers whether some ids found no room and are left to the store.
    fn receive(&self, local: &MemoryQueue, entries: Vec<Entry>, now: Timestamp) -> bool {
        let mut missed = false;
        for Entry { key, class, ids } in entries {
            let items: Vec<QueueItem> = ids.iter().map(|id| item(class, id)).collect();
            let mut refused = Vec::new();
            // Held until the window has them: an id that is let go of in between would keep its entry for ever.
            let mut in_hand = self.lock();
            missed |= local.take_in(&items, now, |item| refused.push(item.id));
            let taken = items.iter().map(|item| item.id).filter(|id| !refused.contains(id));
            if !in_hand.keep(key, taken) {
                // The receiver lives as long as the sender.
                let _ = self.done_tx.send(key);
            }
        }
        missed
    }

    fn lock(&self) -> MutexGuard<'_, InHand<EntryKey>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moves ids to and from Redis until it is stopped; then what this node has not begun with goes back to the others.
pub async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    let Some(shared) = &gateway.queue.shared else { return };
    let work = async {
        if gateway.queue.sends {
            let [otp, notice, marketing] = MessageClass::ALL.map(|class| take(&gateway, shared, class));
            tokio::join!(
                hand_over(&gateway, shared),
                otp,
                notice,
                marketing,
                finish(shared),
                take_over(&gateway, shared),
                heal(&gateway, shared)
            );
        } else {
            tokio::join!(hand_over(&gateway, shared), heal(&gateway, shared));
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}

/// Gives back to the others what this node has taken and not claimed.
pub async fn leave(gateway: &Gateway) {
    let Some(shared) = gateway.queue.shared.as_ref().filter(|_| gateway.queue.sends) else { return };
    let mut done_rx = shared.done_rx.lock().await;
    let mut done = Vec::new();
    while let Ok(key) = done_rx.try_recv() {
        done.push(key);
    }
    let left = async {
        shared.streams.done(&done).await?;
        shared.streams.leave().await
    };
    if let Err(error) = left.await {
        tracing::info!(%error, "this node could not leave the queue; the others take over what it had");
    }
}

/// Tells Redis what became due here.
async fn hand_over(gateway: &Gateway, shared: &RedisQueue) {
    let mut offered_rx = shared.offered_rx.lock().await;
    let mut groups = Vec::new();
    while offered_rx.recv_many(&mut groups, GATHERED).await > 0 {
        let items: Vec<QueueItem> = groups.drain(..).flatten().collect();
        for class in MessageClass::ALL {
            let of_class: Vec<QueueItem> = items.iter().filter(|item| item.class == class).copied().collect();
            if of_class.is_empty() {
                continue;
            }
            let ids: Vec<QueuedId> = of_class.iter().map(queued_id).collect();
            if let Err(error) = shared.streams.push(class, &ids).await {
                tracing::debug!(%error, "ids could not be queued in Redis");
                // A node that sends goes on with them itself.
                if !gateway.queue.sends || gateway.queue.local.push(&of_class, gateway.clock.now()) {
                    missed_some(gateway);
                }
            }
        }
    }
}

/// Takes what is for anyone, as long as there is room and this node stays.
async fn take(gateway: &Gateway, shared: &RedisQueue, class: MessageClass) {
    loop {
        let leaves = gateway.leaving.load(Ordering::Acquire);
        if leaves || !gateway.queue.local.has_room(class) || !gateway.nodes.is_current() {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        match shared.streams.take(class, TAKEN, PATIENCE).await {
            Ok(taken) => {
                let missed = shared.receive(&gateway.queue.local, taken.entries, gateway.clock.now());
                if missed || taken.rebuilt {
                    missed_some(gateway);
                }
            }
            Err(error) => {
                tracing::debug!(%error, class = class.as_str(), "the queue in Redis could not be read");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Tells Redis what is done with.
async fn finish(shared: &RedisQueue) {
    let mut done_rx = shared.done_rx.lock().await;
    let mut done = Vec::new();
    while done_rx.recv_many(&mut done, 1024).await > 0 {
        // What Redis does not hear now, it is told with the next.
        if let Err(error) = shared.streams.done(&done).await {
            tracing::debug!(%error, "what is done with could not be told to Redis");
        }
        done.clear();
    }
}

/// One node looks for what dead ones had taken.
async fn take_over(gateway: &Gateway, shared: &RedisQueue) {
    loop {
        tokio::time::sleep(TAKE_OVER_EVERY).await;
        if gateway.nodes.holds("queue").is_none() {
            continue;
        }
        let mut alive = gateway.nodes.view().workers.clone();
        alive.push(gateway.nodes.id);
        for class in MessageClass::ALL {
            match shared.streams.take_over(class, &alive, TAKEN_OVER).await {
                Ok(entries) => {
                    if shared.receive(&gateway.queue.local, entries, gateway.clock.now()) {
                        missed_some(gateway);
                    }
                }
                Err(error) => tracing::debug!(%error, "what dead nodes had could not be taken over"),
            }
        }
    }
}

/// Ids are left to the store, and nobody knows of them: everyone who sends is to read it anew.
fn missed_some(gateway: &Gateway) {
    if gateway.store.is_shared() {
        gateway.nodes.note_missed();
    } else {
        gateway.queue.local.doubt();
    }
}

/// While Redis was away, ids went by way of the store, and some that it had may be gone.
async fn heal(gateway: &Gateway, shared: &RedisQueue) {
    let mut state = shared.redis.state();
    while state.changed().await.is_ok() {
        if *state.borrow_and_update() {
            missed_some(gateway);
        }
    }
}

fn item(class: MessageClass, id: &QueuedId) -> QueueItem {
    QueueItem { id: id.id, application_id: id.application_id, class, due_at: id.due_at }
}

fn queued_id(item: &QueueItem) -> QueuedId {
    QueuedId { id: item.id, application_id: item.application_id, due_at: item.due_at }
}
