//! Remembers messages (短信): accepting them, finding them, and the status index that a queue is filled from.

use crate::{Exceeded, Limits, Result};
use async_trait::async_trait;
use jixinda_domain::{
    Actor, ApplicationId, BatchId, Cause, ChannelId, Message, MessageClass, MessageId, MessageStatus, Move, TemplateId,
    Timestamp,
};
use std::sync::Arc;

/// A part of the waiting messages, so that several nodes each take theirs: of `count` parts the one with this `index`, by a hash of the id.
/// A store that is not shared has one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 0.
    pub index: u32,
    /// At least 1.
    pub count: u32,
}

impl Part {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, count: 1 };
}

/// What one request wants stored, all or nothing.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// The messages, checked and rendered.
    pub messages: Vec<Arc<Message>>,
    /// The request's idempotency key, where it brought one.
    pub idempotency: Option<IdempotencyClaim>,
    /// The request's nonce, where it was signed.
    pub nonce: Option<NonceClaim>,
    /// What it may not exceed.
    pub limits: Limits,
}

/// An idempotency key and the answer that it stands for from now on.
#[derive(Clone, Debug)]
pub struct IdempotencyClaim {
    /// Keys are each application's own.
    pub application_id: ApplicationId,
    /// The key as sent.
    pub key: String,
    /// Lower hex SHA-256 of the request's body.
    pub body_hash: String,
    /// The body of the answer.
    pub answer: String,
    /// When the key is forgotten.
    pub expires_at: Timestamp,
}

/// A nonce that must not have been used.
#[derive(Clone, Copy, Debug)]
pub struct NonceClaim {
    /// 64 bits of the hash of key id and nonce.
    pub hash: u64,
    /// When the request's timestamp alone refuses a replay.
    pub expires_at: Timestamp,
}

/// What became of an [`Acceptance`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Stored.
    Stored,
    /// The key was used before with the same body: this was the answer; nothing was stored.
    Replayed {
        /// The body of the first answer.
        answer: String,
    },
    /// The key was used before with another body; nothing was stored.
    Conflict,
    /// The nonce was used before; nothing was stored.
    NonceUsed,
    /// These of its messages exceed a limit. Nothing was stored, and neither nonce nor key is used up: it may come again without
    /// them.
    Exceeded(Vec<Exceeded>),
}

/// What a queue holds of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueItem {
    /// Which message.
    pub id: MessageId,
    /// Whose, for fairness.
    pub application_id: ApplicationId,
    /// How urgent.
    pub class: MessageClass,
    /// Not before.
    pub due_at: Timestamp,
}

/// A step that needs no provider call. It takes place only where the message still stands where the step begins, in this epoch.
#[derive(Clone, Debug)]
pub struct Transition {
    /// Which message.
    pub message_id: MessageId,
    /// From where to where.
    pub step: Move,
    /// Its epoch as last seen.
    pub epoch: u32,
    /// When it is to be looked at next.
    pub due_at: Timestamp,
    /// Why.
    pub cause: Option<Cause>,
    /// Who wants it.
    pub by: Actor,
    /// What else changes with it.
    pub changes: Changes,
    /// When.
    pub now: Timestamp,
}

/// What a step changes of a message beside its status.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes {
    /// It is sent again although nobody knows what became of the last try: counted.
    pub resent: bool,
    /// The provider of the last try never had it: that try is in doubt no more. Earlier ones may be.
    pub certainly_unsent: bool,
    /// Earlier attempts no longer count when a channel is picked.
    pub fresh_start: bool,
    /// With a fresh start: the channel that a person chose, or any.
    pub pinned_channel_id: Option<ChannelId>,
    /// A new end of what it is worth.
    pub expires_at: Option<Timestamp>,
}

/// A later look at a message that stays where it is. It takes place only where the message still stands so.
#[derive(Clone, Copy, Debug)]
pub struct Postponement {
    /// Which message.
    pub message_id: MessageId,
    /// Its status as last seen.
    pub status: MessageStatus,
    /// Its epoch as last seen.
    pub epoch: u32,
    /// When it is to be looked at next.
    pub due_at: Timestamp,
}

/// A step that was neither a provider call nor a receipt, as remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMove {
    /// From where.
    pub from: MessageStatus,
    /// To where.
    pub to: MessageStatus,
    /// When.
    pub at: Timestamp,
    /// When the message was to be looked at next.
    pub due_at: Timestamp,
    /// Who.
    pub by: Actor,
    /// Why.
    pub cause: Option<Cause>,
}

/// Which messages a list shows. Everything given must hold.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// Whose.
    pub application_id: Option<ApplicationId>,
    /// The application's own word.
    pub reference: Option<String>,
    /// One batch.
    pub batch_id: Option<BatchId>,
    /// The number, E.164.
    pub recipient: Option<String>,
    /// Where they stand.
    pub status: Option<MessageStatus>,
    /// The code of why they stand there.
    pub cause_code: Option<String>,
    /// Their template.
    pub template_id: Option<TemplateId>,
    /// Accepted at or after.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub until: Option<Timestamp>,
    /// Older than this one: the cursor.
    pub before: Option<MessageId>,
}

/// Reading messages.
#[async_trait]
pub trait MessageStore: Send + Sync {
    /// One message.
    async fn message(&self, id: MessageId) -> Result<Option<Message>>;
    /// Those of `ids` that exist, in any order.
    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>>;
    /// Newest first.
    async fn list_messages(&self, filter: &MessageFilter, limit: u32) -> Result<Vec<Message>>;
    /// Its steps that were neither attempts nor receipts, in order.
    async fn moves(&self, id: MessageId) -> Result<Vec<StoredMove>>;
    /// The attempts of a message, in order.
    async fn attempts(&self, id: MessageId) -> Result<Vec<crate::StoredAttempt>>;
    /// Due `queued` messages of one lane beyond `(due_at, id)`, in that order.
    async fn queued(
        &self,
        class: MessageClass,
        application: ApplicationId,
        after: Option<(Timestamp, MessageId)>,
        now: Timestamp,
        part: Part,
        limit: u32,
    ) -> Result<Vec<QueueItem>>;
    /// Uncertain messages whose next look is due, oldest first.
    async fn uncertain_due(&self, now: Timestamp, part: Part, limit: u32) -> Result<Vec<Message>>;
    /// The earlier attempts of several messages, in order.
    async fn tries(&self, ids: &[MessageId]) -> Result<Vec<crate::Tries>>;
    /// The names of those calls that exist.
    async fn call_names(&self, ids: &[jixinda_domain::CallId]) -> Result<Vec<crate::CallName>>;
    /// Calls of these nodes that have no outcome yet.
    async fn open_calls(&self, nodes: &[jixinda_domain::NodeId], limit: u32) -> Result<Vec<crate::OpenCall>>;
    /// How many parked messages there are for each code of a reason, most first.
    async fn parked_reasons(&self) -> Result<Vec<(String, u64)>>;
    /// How many messages stand where, for people and tests.
    async fn count_by_status(&self) -> Result<Vec<(MessageStatus, u64)>>;
    /// What an idempotency key stands for: the hash of the body it came with, and the answer.
    async fn remembered_answer(
        &self,
        application: ApplicationId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<(String, String)>>;
    /// Nonce hashes that are still to be remembered.
    async fn nonces(&self, now: Timestamp) -> Result<Vec<u64>>;
    /// Forgets nonces and idempotency keys that are over, at most `limit` of each.
    async fn forget_expired(&self, now: Timestamp, limit: u32) -> Result<()>;
}
