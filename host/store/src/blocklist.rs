//! Remembers the blocklist (黑名单).

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{PhoneNumber, Timestamp};

/// A number that nothing is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedNumber {
    /// Which, E.164.
    pub number: String,
    /// Why, for people.
    pub note: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// The blocklist.
#[async_trait]
pub trait BlocklistStore: Send + Sync {
    /// All of it, by number.
    async fn blocked_numbers(&self) -> Result<Vec<BlockedNumber>>;
    /// Adds a number; one that is there keeps its age and takes the new note.
    async fn block_number(&self, number: &PhoneNumber, note: &str, now: Timestamp) -> Result<()>;
    /// Removes a number; false where it was not there.
    async fn unblock_number(&self, number: &PhoneNumber) -> Result<bool>;
}
