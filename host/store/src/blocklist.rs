//! Remembers the blocklist (黑名单): millions of numbers, read page by page.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::Timestamp;

/// A number that nothing is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedNumber {
    /// Which: the digits of its E.164 form.
    pub number: u64,
    /// Why, for people.
    pub note: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// The blocklist.
#[async_trait]
pub trait BlocklistStore: Send + Sync {
    /// A page of it, by number, beyond `after`.
    async fn blocked_numbers(&self, after: u64, limit: u32) -> Result<Vec<BlockedNumber>>;
    /// A page of the numbers alone, in order.
    async fn blocked_digits(&self, after: u64, limit: u32) -> Result<Vec<u64>>;
    /// One of them.
    async fn blocked_number(&self, number: u64) -> Result<Option<BlockedNumber>>;
    /// Adds numbers with their notes; one that is there keeps its age and takes the new note, unless that is empty. Answers how many
    /// were not there.
    async fn block_numbers(&self, numbers: &[(u64, &str)], now: Timestamp) -> Result<u64>;
    /// Removes a number; false where it was not there.
    async fn unblock_number(&self, number: u64, now: Timestamp) -> Result<bool>;
}
