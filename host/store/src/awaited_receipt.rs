//! Remembers which accepted messages have to be asked after, because their provider tells receipts only then.

use crate::{Part, Result};
use async_trait::async_trait;
use jixinda_domain::{Message, MessageId, Timestamp};

/// When a message is to be asked after next; `None` where its story is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwaitedReceipt {
    /// Which message.
    pub message_id: MessageId,
    /// When.
    pub due_at: Option<Timestamp>,
}

/// Messages that wait to be asked after.
#[async_trait]
pub trait AwaitedReceiptStore: Send + Sync {
    /// Those that are due, the longest overdue first.
    async fn awaited_receipts_due(&self, now: Timestamp, part: Part, limit: u32) -> Result<Vec<Message>>;
}
