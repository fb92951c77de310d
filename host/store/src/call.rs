//! Remembers provider calls: the intent before, the outcome after, and the attempts that they were.

use jixinda_domain::{AccountId, AfterCall, CallId, Cause, ChannelId, MessageId, NodeId, Outcome, Timestamp};
use std::sync::Arc;

/// The intent to call a provider, committed before the call.
#[derive(Clone, Debug)]
pub struct CallIntent {
    /// The call.
    pub id: CallId,
    /// Its digits-only id.
    pub serial: u64,
    /// Who makes it.
    pub node_id: NodeId,
    /// With which credentials.
    pub account_id: AccountId,
    /// Through which channel.
    pub channel_id: ChannelId,
    /// When.
    pub started_at: Timestamp,
    /// What it is to carry.
    pub claims: Vec<Claim>,
}

/// One message that a call wants. It is won only where the row still is `queued` in this epoch.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Which.
    pub message_id: MessageId,
    /// Its epoch as loaded.
    pub epoch: u32,
    /// Its number: receipts of a batch name the call and the number.
    pub recipient: String,
}

/// The end of a call.
#[derive(Clone, Debug)]
pub struct CallSettlement {
    /// Which call.
    pub call_id: CallId,
    /// When it ended.
    pub finished_at: Timestamp,
    /// What became of each of its messages.
    pub settlements: Vec<Settlement>,
}

/// What became of one message in a call, and where it stands now.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// Which message.
    pub message_id: MessageId,
    /// Its epoch since the claim.
    pub epoch: u32,
    /// Which try this was, from 1.
    pub no: u16,
    /// Through which channel.
    pub channel_id: ChannelId,
    /// With which credentials.
    pub account_id: AccountId,
    /// What the provider said.
    pub outcome: Outcome,
    /// Where the message stands now, unless a receipt was faster.
    pub after: AfterCall,
    /// Why it stands there, where the outcome alone does not say.
    pub verdict: Option<Cause>,
    /// When it is to be looked at next.
    pub due_at: Timestamp,
    /// When to ask after its receipt, where the provider tells none by itself.
    pub ask_at: Option<Timestamp>,
    /// When the call began.
    pub started_at: Timestamp,
    /// How long it took.
    pub duration_ms: u32,
    /// JSON: why this channel.
    pub explanation: Option<Arc<str>>,
}

/// A call that has no outcome: its node died, or is still at it.
#[derive(Clone, Debug)]
pub struct OpenCall {
    /// The call.
    pub id: CallId,
    /// Through which channel.
    pub channel_id: ChannelId,
    /// With which credentials.
    pub account_id: AccountId,
    /// When it began.
    pub started_at: Timestamp,
    /// What it carried.
    pub message_ids: Vec<MessageId>,
}

/// 发送尝试: one message through one channel once, as remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAttempt {
    /// From 1.
    pub no: u16,
    /// The call.
    pub call_id: String,
    /// Through which channel.
    pub channel_id: String,
    /// `accepted`, `rejected`, `deferred` or `uncertain`.
    pub outcome: String,
    /// Rejection or deferral word.
    pub reason: Option<String>,
    /// Whom a deferral concerned.
    pub scope: Option<String>,
    /// The provider's code.
    pub cause_code: Option<String>,
    /// The provider's words.
    pub cause_detail: Option<String>,
    /// What receipts carry.
    pub upstream_id: Option<String>,
    /// JSON: why this channel.
    pub explanation: Option<String>,
    /// When.
    pub started_at: Timestamp,
    /// How long.
    pub duration_ms: u32,
    /// Where the message stood after it; empty for what an earlier version recorded.
    pub after: Option<String>,
    /// When it was to be looked at next, where it was to be tried again.
    pub next_at: Option<Timestamp>,
}

/// What routing needs to know of an earlier attempt.
#[derive(Clone, Debug)]
pub struct Tries {
    /// Of which message.
    pub message_id: MessageId,
    /// From 1.
    pub no: u16,
    /// Through which channel.
    pub channel_id: ChannelId,
    /// It was refused for good there.
    pub rejected: bool,
    /// It was put off because of the whole account: that is no fault of the message.
    pub account_fault: bool,
    /// It may have spoilt a batch: it travels alone.
    pub spoilt_batch: bool,
    /// The provider's code.
    pub cause_code: Option<String>,
    /// The provider's words.
    pub cause_detail: Option<String>,
}

/// The names of a call.
#[derive(Clone, Debug)]
pub struct CallName {
    /// Its id.
    pub id: CallId,
    /// Its digits-only id.
    pub serial: u64,
    /// When it began.
    pub started_at: Timestamp,
}
