//! Reads what was sent: messages with their tries and receipts, in the order in which they were first tried.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{Amount, CallId, ChannelId, Message, Timestamp};

/// A message with everything that became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedMessage {
    /// The message as it stands now.
    pub message: Message,
    /// The call of its first try: those of one call were decided together.
    pub call_id: CallId,
    /// Its tries, first to last; at least one.
    pub attempts: Vec<RecordedAttempt>,
    /// When its last receipt came.
    pub told_at: Option<Timestamp>,
    /// When its code was used.
    pub converted_at: Option<Timestamp>,
}

/// One try, with what it cost and why it went where it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAttempt {
    /// Through which channel.
    pub channel_id: ChannelId,
    /// `accepted`, `rejected`, `deferred` or `uncertain`.
    pub outcome: String,
    /// Rejection or deferral word.
    pub reason: Option<String>,
    /// Whom a deferral concerned.
    pub scope: Option<String>,
    /// The provider's code.
    pub cause_code: Option<String>,
    /// Billed parts, where the provider counted them.
    pub segments: Option<u32>,
    /// What it cost, where the provider said so.
    pub price: Option<Amount>,
    /// JSON: why this channel.
    pub explanation: Option<String>,
    /// When.
    pub started_at: Timestamp,
    /// How long.
    pub duration_ms: u32,
    /// Where the message stood after it; empty for what an earlier version recorded.
    pub after: Option<String>,
}

/// Some of the traffic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrafficPage {
    /// In the order of their first tries. May be empty although there is more.
    pub messages: Vec<RecordedMessage>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<CallId>,
}

/// What was sent.
#[async_trait]
pub trait TrafficStore: Send + Sync {
    /// Messages whose first try began within `[from, to)`: those of at most `calls` calls, behind the call that the page before named.
    async fn recorded_traffic(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<CallId>,
        calls: u32,
    ) -> Result<TrafficPage>;
}
