//! [`Streams`]: one stream a class, read by all nodes as one consumer group, so that each entry goes to one of them.
//!
//! The streams only hint at what is in the store. An entry may come twice or never; the store's claim decides.

mod answer;
mod held;
mod leave;
mod server;
mod take;
mod take_over;

use crate::client::Redis;
use crate::connect::link::Link;
use crate::entry::{EntryKey, IDS_AN_ENTRY, QueuedId, pack};
use crate::error::RedisError;
use held::Held;
use jixinda_domain::{MessageClass, NodeId};
use redis::Cmd;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Interval;

pub use take::Taken;

/// The consumer group that all nodes read as.
const GROUP: &str = "workers";
/// The one field of an entry.
const FIELD: &str = "ids";
/// How many entries are acknowledged, or looked through, by one command.
const ENTRIES_A_COMMAND: usize = 256;

/// The queues of this node's gateway fleet, seen as one of their consumers.
pub struct Streams {
    redis: Redis,
    consumer: NodeId,
    max_entries: u64,
    readers: [Mutex<Reader>; MessageClass::ALL.len()],
    held: Held,
    /// For a reader, where somebody else lost an answer that made entries ours.
    doubts: [AtomicBool; MessageClass::ALL.len()],
}

/// Who waits for a class's entries; one at a time.
struct Reader {
    /// A connection of its own, since a read that waits holds up whatever comes after it. With its generation.
    link: Option<(u64, Link)>,
    /// An answer may have got lost: what it held is pending with us and must be asked for.
    doubt: bool,
    /// The stream was made anew or changed its server, and nobody was told yet.
    rebuilt: bool,
    /// When to ask again which server holds the stream.
    server_check: Option<Interval>,
}

/// How much a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Entries in the stream, taken or not.
    pub entries: u64,
    /// Those of them that some consumer has taken and not done.
    pub pending: u64,
}

impl Streams {
    /// Reads as `consumer`. A stream is cut to about `max_entries` when something is added, so that it stays bounded
    /// when nobody reads; what is cut off, the store brings again.
    pub fn new(redis: Redis, consumer: NodeId, max_entries: u64) -> Self {
        let reader = || Mutex::new(Reader { link: None, doubt: false, rebuilt: false, server_check: None });
        Self {
            redis,
            consumer,
            max_entries,
            readers: MessageClass::ALL.map(|_| reader()),
            held: Held::default(),
            doubts: MessageClass::ALL.map(|_| AtomicBool::new(false)),
        }
    }

    /// Adds messages to a class's queue, many to an entry.
    ///
    /// # Errors
    /// Where Redis is away or did not answer; some may have been added then.
    pub async fn push(&self, class: MessageClass, ids: &[QueuedId]) -> Result<(), RedisError> {
        for many in ids.chunks(IDS_AN_ENTRY * ENTRIES_A_COMMAND) {
            let mut commands = redis::pipe();
            for few in many.chunks(IDS_AN_ENTRY) {
                commands.add_command(self.add(class, &pack(few))).ignore();
            }
            self.redis.ask_all::<()>(&commands).await?;
        }
        Ok(())
    }

    /// Gives entries back as settled: they leave the queue. Those that Redis did not hear of are given back with the next
    /// call or [take](Self::take), so an error needs no answer.
    ///
    /// # Errors
    /// Where Redis is away or did not answer.
    pub async fn done(&self, keys: &[EntryKey]) -> Result<(), RedisError> {
        self.held.settle(keys);
        self.pay().await
    }

    /// How much a class's queue holds.
    ///
    /// # Errors
    /// Where Redis is away or did not answer.
    pub async fn depth(&self, class: MessageClass) -> Result<Depth, RedisError> {
        let entries = self.redis.ask(redis::cmd("XLEN").arg(self.queue(class))).await?;
        // The first of four parts; the others name the consumers.
        let summary =
            self.redis.ask::<Vec<redis::Value>>(redis::cmd("XPENDING").arg(self.queue(class)).arg(GROUP)).await;
        let pending = match summary {
            Ok(parts) => parts.into_iter().next().and_then(|count| redis::from_redis_value(count).ok()).unwrap_or(0),
            Err(error) if error.is("NOGROUP") => 0,
            Err(error) => return Err(error),
        };
        Ok(Depth { entries, pending })
    }

    /// Acknowledges and deletes what was settled and not yet told.
    async fn pay(&self) -> Result<(), RedisError> {
        for class in MessageClass::ALL {
            let owed = self.held.owed(class);
            for keys in owed.chunks(ENTRIES_A_COMMAND) {
                let mut commands = redis::pipe();
                for command in self.removal(class, keys) {
                    commands.add_command(command).ignore();
                }
                match self.redis.ask_all::<()>(&commands).await {
                    // Without its stream or group an entry is gone as well.
                    Err(error) if !error.is("NOGROUP") => return Err(error),
                    _ => self.held.paid(keys),
                }
            }
        }
        Ok(())
    }

    fn add(&self, class: MessageClass, packed: &str) -> Cmd {
        let mut command = redis::cmd("XADD");
        command.arg(self.queue(class)).arg("MAXLEN").arg("~").arg(self.max_entries).arg("*").arg(FIELD).arg(packed);
        command
    }

    /// The group forgets the entries, and the stream loses them.
    fn removal(&self, class: MessageClass, keys: &[EntryKey]) -> [Cmd; 2] {
        let (mut acknowledge, mut delete) = (redis::cmd("XACK"), redis::cmd("XDEL"));
        acknowledge.arg(self.queue(class)).arg(GROUP);
        delete.arg(self.queue(class));
        for key in keys {
            acknowledge.arg(key.stamp.to_string());
            delete.arg(key.stamp.to_string());
        }
        [acknowledge, delete]
    }

    fn queue(&self, class: MessageClass) -> String {
        self.redis.shared.keys.queue(class)
    }
}

/// For `BLOCK`, where zero would mean for ever.
fn block_millis(patience: Duration) -> u64 {
    u64::try_from(patience.as_millis()).unwrap_or(u64::MAX).max(1)
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").field("redis", &self.redis).field("consumer", &self.consumer).finish_non_exhaustive()
    }
}
