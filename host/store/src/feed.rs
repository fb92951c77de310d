//! Remembers where polling stands: one cursor for each feed of each account.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{AccountId, Timestamp};

/// How far a feed has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedPosition {
    /// Whose feed.
    pub account_id: AccountId,
    /// Which one, for example `receipts`.
    pub feed: String,
    /// What the provider is given back at the next poll.
    pub cursor: Option<String>,
    /// When it was last read.
    pub polled_at: Timestamp,
    /// The fence of the lease under which it was read: a position of an earlier holder changes nothing. 0 where nodes do not share.
    pub fence: u64,
}

/// Positions of feeds.
#[async_trait]
pub trait FeedStore: Send + Sync {
    /// Every feed that was ever read.
    async fn feed_positions(&self) -> Result<Vec<FeedPosition>>;
}
