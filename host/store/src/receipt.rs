//! Remembers receipts (回执), each once, matched or not.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{
    AccountId, ChannelId, DeliveryReceipt, Destination, MessageClass, MessageId, ReceiptId, Timestamp,
};
use std::time::Duration;

/// A receipt as it came in.
#[derive(Clone, Debug)]
pub struct NewReceipt {
    /// Its id.
    pub id: ReceiptId,
    /// The account that it came to; it can only match that account's messages.
    pub account_id: AccountId,
    /// What it says.
    pub receipt: DeliveryReceipt,
    /// When it came.
    pub received_at: Timestamp,
}

impl NewReceipt {
    /// The same text for the same news, however often a provider tells it.
    pub fn fingerprint(&self) -> String {
        let receipt = &self.receipt;
        let word = |text: &Option<String>| text.as_deref().unwrap_or("").to_owned();
        [
            word(&receipt.upstream_id),
            word(&receipt.message_id),
            word(&receipt.serial),
            word(&receipt.batch_id),
            word(&receipt.batch_serial),
            word(&receipt.recipient),
            receipt.part.map(|part| part.number.to_string()).unwrap_or_default(),
            receipt.status.as_str().to_owned(),
            receipt.cause.as_ref().map(|cause| cause.code.clone()).unwrap_or_default(),
        ]
        .join("\u{1f}")
    }
}

/// What a receipt that moved a message tells of the channel that carried it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptEffect {
    /// Which channel.
    pub channel_id: ChannelId,
    /// The message's class.
    pub class: MessageClass,
    /// Where it went.
    pub destination: Destination,
    /// Whether it arrived.
    pub delivered: bool,
    /// From the provider's acceptance to the receipt; `None` where the acceptance was not seen.
    pub delay: Option<Duration>,
}

/// A receipt as remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// What happened.
    pub status: String,
    /// Which piece of how many it speaks of.
    pub part: Option<(u32, u32)>,
    /// The provider's code.
    pub cause_code: Option<String>,
    /// The provider's words.
    pub cause_detail: Option<String>,
    /// When, as the provider says.
    pub occurred_at: Option<Timestamp>,
    /// When it came.
    pub received_at: Timestamp,
}

/// Receipts.
#[async_trait]
pub trait ReceiptStore: Send + Sync {
    /// Those of one message, oldest first.
    async fn receipts(&self, message: MessageId) -> Result<Vec<StoredReceipt>>;
    /// Matches receipts since a moment whose outcome another node wrote down while they were recorded, and moves their messages; answers
    /// what that tells of their channels. A store with one writer has none.
    async fn match_late_receipts(&self, since: Timestamp) -> Result<Vec<ReceiptEffect>>;

    /// How many match no message.
    async fn count_unmatched_receipts(&self) -> Result<u64>;
}
