//! Taking over what dead nodes left behind.
//!
//! `XAUTOCLAIM` cannot choose by consumer, and a live node may hold entries long while its channels are busy.

use super::answer::{RawEntry, entries};
use super::{GROUP, Streams};
use crate::entry::{Entry, EntryKey};
use crate::error::RedisError;
use jixinda_domain::{MessageClass, NodeId};
use redis::Value;
use std::collections::HashMap;

/// What was just taken is left alone: its owner may be so new that the list of the living lacks it. Milliseconds.
const IDLE: u64 = 1000;
/// Deletes a consumer only where it holds nothing in that very moment.
const DELETE_SCRIPT: &str = "local pending = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if #pending == 0 then return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2]) end
return 0";

impl Streams {
    /// Takes up to `most` entries that are pending with consumers not in `alive` and were not touched for a second.
    /// Consumers that hold nothing and are not alive are deleted.
    ///
    /// # Errors
    /// Where Redis is away or did not answer.
    pub async fn take_over(
        &self,
        class: MessageClass,
        alive: &[NodeId],
        most: usize,
    ) -> Result<Vec<Entry>, RedisError> {
        let mut taken = Vec::new();
        for (consumer, pending) in self.dead(class, alive).await? {
            if pending == 0 {
                self.delete(class, &consumer).await?;
            } else if taken.len() < most {
                taken.extend(self.take_from(class, &consumer, most - taken.len()).await?);
            }
        }
        Ok(taken)
    }

    /// The consumers that are not alive, and how many entries each holds.
    async fn dead(&self, class: MessageClass, alive: &[NodeId]) -> Result<Vec<(String, u64)>, RedisError> {
        let question = redis::cmd("XINFO").arg("CONSUMERS").arg(self.queue(class)).arg(GROUP).take();
        let consumers: Vec<HashMap<String, Value>> = match self.redis.ask(&question).await {
            // No group, or not even a stream ("ERR no such key").
            Err(error) if error.is("NOGROUP") || error.is("ERR") => Vec::new(),
            consumers => consumers?,
        };
        let mut living: Vec<String> = alive.iter().map(ToString::to_string).collect();
        living.push(self.consumer.to_string());
        let read = |mut consumer: HashMap<String, Value>| {
            let name: String = redis::from_redis_value(consumer.remove("name")?).ok()?;
            let pending = redis::from_redis_value(consumer.remove("pending")?).ok()?;
            (!living.contains(&name)).then_some((name, pending))
        };
        Ok(consumers.into_iter().filter_map(read).collect())
    }

    async fn take_from(&self, class: MessageClass, consumer: &str, most: usize) -> Result<Vec<Entry>, RedisError> {
        let mut question = redis::cmd("XPENDING");
        question.arg(self.queue(class)).arg(GROUP).arg("IDLE").arg(IDLE).arg("-").arg("+").arg(most).arg(consumer);
        let pending: Vec<(String, String, u64, u64)> = self.redis.ask(&question).await?;
        let keys = pending.iter().filter_map(|(stamp, ..)| Some(EntryKey { class, stamp: stamp.parse().ok()? }));
        let mut claim = Claim { streams: self, class, keys: keys.filter(|key| self.held.take(*key)).collect() };
        if claim.keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("XCLAIM");
        command.arg(self.queue(class)).arg(GROUP).arg(self.consumer.to_string()).arg(IDLE);
        for key in &claim.keys {
            command.arg(key.stamp.to_string());
        }
        let raw: Vec<Option<RawEntry>> = self.redis.ask(&command).await?;
        let (entries, hollow) = entries(class, raw.into_iter().flatten().collect());
        self.held.settle(&hollow);
        // Another node was faster with the rest.
        for key in std::mem::take(&mut claim.keys) {
            if entries.iter().all(|entry| entry.key != key) {
                self.held.drop(key);
            }
        }
        Ok(entries)
    }

    async fn delete(&self, class: MessageClass, consumer: &str) -> Result<(), RedisError> {
        let mut command = redis::cmd("EVAL");
        command.arg(DELETE_SCRIPT).arg(1).arg(self.queue(class)).arg(GROUP).arg(consumer);
        match self.redis.ask::<()>(&command).await {
            // Without the right to scripts dead consumers stay on the list, which costs a few bytes each.
            Err(error) if error.is("NOPERM") || error.is("NOGROUP") || error.is("ERR") => Ok(()),
            deleted => deleted,
        }
    }
}

/// Entries that are being claimed count as held, so that a doubtful reader does not hand them out as well. Where the
/// claim breaks off, its answer may be lost, and the reader shall look.
struct Claim<'a> {
    streams: &'a Streams,
    class: MessageClass,
    keys: Vec<EntryKey>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        for key in &self.keys {
            self.streams.held.drop(*key);
        }
        if !self.keys.is_empty() {
            self.streams.doubts[self.class as usize].store(true, std::sync::atomic::Ordering::SeqCst);
        }
    }
}
