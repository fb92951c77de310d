//! Where ids of waiting messages are kept.

use jixinda_coordination::RedisUrl;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct QueueConfig {
    pub url: String,
    pub prefix: String,
    pub window: usize,
}

impl QueueConfig {
    pub fn is_memory(&self) -> bool {
        self.url == "memory"
    }

    /// The Redis that nodes share; `None` where this node keeps the queue to itself.
    pub fn redis(&self) -> anyhow::Result<Option<RedisUrl>> {
        if self.is_memory() {
            return Ok(None);
        }
        self.url.parse().map(Some).map_err(|error| anyhow::anyhow!("queue.url: \"memory\", or {error}"))
    }

    pub(super) fn check(&self) -> anyhow::Result<()> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        anyhow::ensure!(
            (1..=64).contains(&self.prefix.len()) && self.prefix.chars().all(is_plain),
            "queue.prefix: 1 to 64 letters, digits, dots, dashes and underscores"
        );
        self.redis().map(|_| ())
    }
}
