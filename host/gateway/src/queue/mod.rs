//! The queue: ids of messages that wait to be sent. It carries ids only; the store is the truth, and a claim there decides.
//!
//! Each node that sends holds a window of ids in memory ([`memory`]), shares it fairly between applications, and refills it from the
//! store ([`refill`]). Where nodes share a Redis, what becomes due anywhere goes through it to whichever of them takes it first
//! ([`redis`]).

mod in_hand;
mod lane;
mod memory;
mod recent;
mod redis;
mod refill;

pub use recent::Recent;
pub use redis::{leave, run as run_redis};
pub use refill::run as run_refill;

use crate::config::QueueConfig;
use crate::role::Role;
use jixinda_coordination::Redis;
use jixinda_domain::{MessageClass, MessageId, NodeId, Timestamp};
use jixinda_store::QueueItem;
use memory::MemoryQueue;
use redis::RedisQueue;

/// The queue as this node sees it.
pub struct Queue {
    local: MemoryQueue,
    shared: Option<RedisQueue>,
    /// Whether this node sends what it is given.
    sends: bool,
}

impl Queue {
    /// Redis need not be there yet.
    pub fn open(config: &QueueConfig, role: Role, node: NodeId) -> anyhow::Result<Self> {
        let shared = config.redis()?.map(|url| RedisQueue::connect(&url, config, node));
        Ok(Self { local: MemoryQueue::new(config.window), shared, sends: role.sends() })
    }

    /// Messages that any node may send. Answers whether some of them are left to the store, and the others have to be told of that.
    pub fn push(&self, items: &[QueueItem], now: Timestamp) -> bool {
        match &self.shared {
            Some(shared) if shared.offer(items) => false,
            _ if self.sends => self.local.push(items, now),
            _ => !items.is_empty(),
        }
    }

    /// Messages that this node goes on with.
    pub fn keep(&self, items: &[QueueItem], now: Timestamp) {
        // What is left to the store is found there by the refill: it was this node's before.
        self.local.push(items, now);
    }

    /// Up to `most` ids of a class, application by application. Waits until there is one.
    pub async fn pop(&self, class: MessageClass, most: usize) -> Vec<MessageId> {
        self.local.pop(class, most).await
    }

    /// Lets go of ids that were popped: they are claimed, finished, or to be kept anew.
    pub fn forget<'a>(&self, class: MessageClass, ids: impl IntoIterator<Item = &'a MessageId> + Clone) {
        if let Some(shared) = &self.shared {
            shared.settle(ids.clone());
        }
        self.local.forget(class, ids);
    }

    /// Makes everything that waits for its time due now.
    pub fn wake(&self) {
        self.local.wake();
    }

    /// Lets go of everything that waits for its time: the store is to be asked again when that is.
    pub fn forget_later(&self) {
        self.local.forget_later();
    }

    /// Forgets what is known of the store: it is read from its beginning again.
    pub fn doubt(&self) {
        self.local.doubt();
    }

    /// The Redis that nodes share.
    pub fn redis(&self) -> Option<&Redis> {
        self.shared.as_ref().map(RedisQueue::redis)
    }

    /// Whether the queue is all that it is meant to be; `None` where it is this node's alone. A queue in Redis that cannot be reached is
    /// degraded: texts go on by way of the store.
    pub fn is_up(&self) -> Option<bool> {
        self.shared.as_ref().map(RedisQueue::is_up)
    }
}
