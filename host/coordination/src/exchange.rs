//! [`Exchange`]: small news to all other nodes, by pub/sub. Best effort: who is away hears nothing, now or later.

mod listen;
mod tell;

use crate::client::Redis;
use jixinda_domain::NodeId;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;

/// What waits to be told, and what each subscriber may be behind.
const CAPACITY: usize = 1024;

/// What a piece of news is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// How attempts on channels went.
    Evidence,
    /// What was sent, for limits that all nodes share.
    Sent,
    /// What a provider asked to be left alone with, or takes again.
    Paused,
}

/// A piece of news from another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who told it.
    pub from: NodeId,
    /// What it is about.
    pub topic: Topic,
    /// The bytes as they were told.
    pub body: Arc<[u8]>,
}

/// Tells and hears; stops when dropped.
pub struct Exchange {
    outbox: mpsc::Sender<(Topic, Vec<u8>)>,
    heard: broadcast::Sender<Told>,
    tasks: [JoinHandle<()>; 2],
}

impl Exchange {
    /// Starts to listen as `node`. Needs a tokio runtime around it.
    pub fn start(redis: Redis, node: NodeId) -> Self {
        let (outbox, letters) = mpsc::channel(CAPACITY);
        let heard = broadcast::Sender::new(CAPACITY);
        let tasks = [
            tokio::spawn(tell::tell(redis.clone(), node, letters)),
            tokio::spawn(listen::listen(redis, node, heard.clone())),
        ];
        Self { outbox, heard, tasks }
    }

    /// Tells all other nodes, soon. Does not wait: what does not fit, or meets a Redis that is away, is dropped.
    pub fn tell(&self, topic: Topic, body: Vec<u8>) {
        let _ = self.outbox.try_send((topic, body));
    }

    /// Everything the other nodes tell from now on. A subscriber that is slow loses the oldest and learns how many.
    pub fn subscribe(&self) -> broadcast::Receiver<Told> {
        self.heard.subscribe()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Topic {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Sent => "sent",
            Self::Paused => "paused",
        }
    }
}

impl FromStr for Topic {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Evidence, Self::Sent, Self::Paused].into_iter().find(|topic| topic.as_str() == text).ok_or(())
    }
}

/// On the wire: the node, the topic and the body, with a line break between.
fn encode(node: NodeId, topic: Topic, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{node}\n{}\n", topic.as_str()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The reverse; nothing where the topic is not known, as with news of a later version.
fn decode(bytes: &[u8]) -> Option<Told> {
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let from = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    let topic = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    Some(Told { from, topic, body: parts.next()?.into() })
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::Timestamp;

    #[test]
    fn news_survive_the_wire() {
        let node = NodeId::new(Timestamp::from_millis(1), 7);
        let told = decode(&encode(node, Topic::Sent, b"two\nlines")).unwrap();
        assert_eq!(told, Told { from: node, topic: Topic::Sent, body: Arc::from(*b"two\nlines") });
        assert_eq!(decode(format!("{node}\nweather\nrain").as_bytes()), None);
        assert_eq!(decode(b"\xff\n\n"), None);
    }
}
