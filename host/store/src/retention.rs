//! Forgets what is old, a few rows at a time: whoever deletes a million rows at once stops everybody else.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{MessageId, Timestamp};

/// What can grow old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionKind {
    /// Messages whose story is over or that wait for a person, with their attempts, steps and receipts.
    Messages,
    /// Provider calls: they are needed only until no receipt comes any more.
    Calls,
    /// Receipts that match no message.
    UnmatchedReceipts,
    /// Texts from people.
    Inbound,
    /// Used quotas of days that are over.
    QuotaDays,
    /// Webhooks with their tries. What waits that long stands behind an endpoint that is dead.
    Webhooks,
    /// Standings that later ones replaced: attempts are explained by them.
    Standings,
    /// Changes of health and ranking.
    RoutingEvents,
}

impl RetentionKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Messages,
        Self::Calls,
        Self::UnmatchedReceipts,
        Self::Inbound,
        Self::QuotaDays,
        Self::Webhooks,
        Self::Standings,
        Self::RoutingEvents,
    ];
}

/// Growing old.
#[async_trait]
pub trait RetentionStore: Send + Sync {
    /// Deletes at most `limit` of what was made before a moment; answers how many that were.
    async fn delete_before(&self, kind: RetentionKind, before: Timestamp, limit: u32) -> Result<u64>;

    /// Masks the numbers of at most `limit` messages and erases their texts and parameters, from `after` on, of those made before a
    /// moment whose story is over. Answers the last that was looked at; `None` where there is none left.
    async fn mask_messages(&self, after: Option<MessageId>, before: Timestamp, limit: u32)
    -> Result<Option<MessageId>>;

    /// The same for texts from people; answers how many that were.
    async fn mask_inbound(&self, before: Timestamp, limit: u32) -> Result<u64>;
}
