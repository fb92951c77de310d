//! Rows of what was sent.

use super::{MessageRow, parse, parse_json};
use crate::{RecordedAttempt, RecordedMessage, Result, StoreError};
use jixinda_domain::Timestamp;
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct RecordedMessageRow {
    #[sqlx(flatten)]
    message: MessageRow,
    first_call: String,
    told_at: Option<i64>,
    converted_at: Option<i64>,
}

impl TryFrom<RecordedMessageRow> for RecordedMessage {
    type Error = StoreError;

    fn try_from(row: RecordedMessageRow) -> Result<Self> {
        Ok(Self {
            call_id: parse("calls", "id", &row.first_call, &row.first_call)?,
            message: row.message.try_into()?,
            attempts: Vec::new(),
            told_at: row.told_at.map(Timestamp::from_millis),
            converted_at: row.converted_at.map(Timestamp::from_millis),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct RecordedAttemptRow {
    pub(crate) message_id: String,
    channel_id: String,
    outcome: String,
    reason: Option<String>,
    scope: Option<String>,
    cause_code: Option<String>,
    segments: Option<u32>,
    price: Option<String>,
    explanation: Option<String>,
    started_at: i64,
    duration_ms: u32,
    after: Option<String>,
}

impl TryFrom<RecordedAttemptRow> for RecordedAttempt {
    type Error = StoreError;

    fn try_from(row: RecordedAttemptRow) -> Result<Self> {
        let id = &row.message_id;
        Ok(Self {
            channel_id: parse("attempts", "channel_id", id, &row.channel_id)?,
            price: row.price.as_deref().map(|price| parse_json("attempts", "price", id, price)).transpose()?,
            outcome: row.outcome,
            reason: row.reason,
            scope: row.scope,
            cause_code: row.cause_code,
            segments: row.segments,
            explanation: row.explanation,
            started_at: Timestamp::from_millis(row.started_at),
            duration_ms: row.duration_ms,
            after: row.after,
        })
    }
}
