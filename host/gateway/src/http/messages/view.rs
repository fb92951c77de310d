//! A message as its application sees it.

use super::explanation;
use super::history::{self, HistoryView, Record};
use crate::gateway::Gateway;
use jixinda_domain::{BatchId, Message, MessageId, MessageStatus, Timestamp};
use jixinda_store::{StoredAttempt, StoredReceipt};
use serde::Serialize;

/// A message in a list.
#[derive(Serialize)]
pub struct MessageView {
    id: MessageId,
    status: &'static str,
    to: String,
    class: &'static str,
    template: String,
    sign_name: String,
    segments: u16,
    test: bool,
    reference: Option<String>,
    batch_id: Option<BatchId>,
    cause: Option<CauseView>,
    /// Sent, and its receipt should have come long ago.
    receipt_overdue: bool,
    /// How often it was sent again without an answer to the try before.
    resends: u16,
    send_at: Option<Timestamp>,
    /// When the gateway looks at it next, where it waits.
    next_look_at: Option<Timestamp>,
    expires_at: Timestamp,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A message with what happened to it.
#[derive(Serialize)]
pub struct StoryView {
    #[serde(flatten)]
    message: MessageView,
    history: Vec<HistoryView>,
    attempts: Vec<AttemptView>,
    receipts: Vec<ReceiptView>,
}

#[derive(Serialize)]
pub struct CauseView {
    code: String,
    detail: String,
}

impl CauseView {
    pub fn of(code: Option<String>, detail: Option<String>) -> Option<Self> {
        code.map(|code| Self { code, detail: detail.unwrap_or_default() })
    }
}

#[derive(Serialize)]
struct AttemptView {
    no: u16,
    channel: String,
    outcome: String,
    reason: Option<String>,
    cause: Option<CauseView>,
    started_at: Timestamp,
    duration_ms: u32,
    /// Why this channel: for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct ReceiptView {
    status: String,
    cause: Option<CauseView>,
    occurred_at: Option<Timestamp>,
    received_at: Timestamp,
}

impl MessageView {
    pub fn new(message: Message, now: Timestamp) -> Self {
        let waits =
            matches!(message.status, MessageStatus::Scheduled | MessageStatus::Queued | MessageStatus::Uncertain);
        Self {
            receipt_overdue: message.status == MessageStatus::Sent && message.due_at <= now,
            resends: message.resends,
            next_look_at: waits.then_some(message.due_at),
            id: message.id,
            status: message.status.as_str(),
            to: message.recipient.e164().to_owned(),
            class: message.class.as_str(),
            template: message.template_id.to_string(),
            sign_name: message.sign_name_id.to_string(),
            segments: message.segments,
            test: message.test,
            reference: message.reference,
            batch_id: message.batch_id,
            cause: CauseView::of(message.cause_code, message.cause_detail),
            send_at: message.send_at,
            expires_at: message.expires_at,
            created_at: message.created_at,
            updated_at: message.updated_at,
        }
    }
}

impl StoryView {
    /// Reads what happened to a message.
    pub async fn load(gateway: &Gateway, message: Message) -> jixinda_store::Result<Self> {
        let attempts = gateway.store.attempts(message.id).await?;
        let receipts = gateway.store.receipts(message.id).await?;
        let moves = gateway.store.moves(message.id).await?;
        let directory = gateway.directory();
        let channel_name = |id: &str| {
            let entry = id.parse().ok().and_then(|id| directory.channels.get(&id));
            entry.map_or_else(|| id.to_owned(), |entry| entry.channel.name.clone())
        };
        let record = Record { message: &message, attempts: &attempts, receipts: &receipts, moves: &moves };
        let history = history::tell(&record, &channel_name);
        Ok(Self::new(MessageView::new(message, gateway.clock.now()), history, attempts, receipts))
    }

    /// The same, with the reason of each choice.
    pub async fn load_explained(gateway: &Gateway, message: Message) -> jixinda_store::Result<Self> {
        let (id, class) = (message.id, message.class);
        let mut story = Self::load(gateway, message).await?;
        for attempt in gateway.store.attempts(id).await? {
            if let Some(view) = story.attempts.iter_mut().find(|view| view.no == attempt.no) {
                view.explanation = explanation::of_attempt(gateway, &attempt, class).await?;
            }
        }
        Ok(story)
    }

    fn new(
        message: MessageView,
        history: Vec<HistoryView>,
        attempts: Vec<StoredAttempt>,
        receipts: Vec<StoredReceipt>,
    ) -> Self {
        let attempts = attempts.into_iter().map(|attempt| AttemptView {
            no: attempt.no,
            channel: attempt.channel_id,
            outcome: attempt.outcome,
            reason: attempt.reason,
            cause: CauseView::of(attempt.cause_code, attempt.cause_detail),
            started_at: attempt.started_at,
            duration_ms: attempt.duration_ms,
            explanation: None,
        });
        let receipts = receipts.into_iter().map(|receipt| ReceiptView {
            status: receipt.status,
            cause: CauseView::of(receipt.cause_code, receipt.cause_detail),
            occurred_at: receipt.occurred_at,
            received_at: receipt.received_at,
        });
        Self { message, history, attempts: attempts.collect(), receipts: receipts.collect() }
    }
}
