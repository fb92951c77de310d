//! Rows of provider calls and of the attempts that they were.

use super::{parse, parse_json};
use crate::{CallName, OpenCall, Result, StoreError, StoredAttempt, Tries};
use jixinda_domain::Timestamp;
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct OpenCallRow {
    id: String,
    channel_id: String,
    account_id: String,
    messages: String,
    started_at: i64,
}

impl TryFrom<OpenCallRow> for OpenCall {
    type Error = StoreError;

    fn try_from(row: OpenCallRow) -> Result<Self> {
        let pairs: Vec<(String, String)> = parse_json("calls", "messages", &row.id, &row.messages)?;
        let message_ids = pairs.iter().map(|(id, _)| parse("calls", "messages", &row.id, id)).collect::<Result<_>>()?;
        Ok(Self {
            id: parse("calls", "id", &row.id, &row.id)?,
            channel_id: parse("calls", "channel_id", &row.id, &row.channel_id)?,
            account_id: parse("calls", "account_id", &row.id, &row.account_id)?,
            started_at: Timestamp::from_millis(row.started_at),
            message_ids,
        })
    }
}

#[derive(FromRow)]
pub(crate) struct AttemptRow {
    no: u16,
    call_id: String,
    channel_id: String,
    outcome: String,
    reason: Option<String>,
    scope: Option<String>,
    cause_code: Option<String>,
    cause_detail: Option<String>,
    upstream_id: Option<String>,
    explanation: Option<String>,
    started_at: i64,
    duration_ms: u32,
    after: Option<String>,
    next_at: Option<i64>,
}

impl From<AttemptRow> for StoredAttempt {
    fn from(row: AttemptRow) -> Self {
        Self {
            no: row.no,
            call_id: row.call_id,
            channel_id: row.channel_id,
            outcome: row.outcome,
            reason: row.reason,
            scope: row.scope,
            cause_code: row.cause_code,
            cause_detail: row.cause_detail,
            upstream_id: row.upstream_id,
            explanation: row.explanation,
            started_at: Timestamp::from_millis(row.started_at),
            duration_ms: row.duration_ms,
            after: row.after,
            next_at: row.next_at.map(Timestamp::from_millis),
        }
    }
}

#[derive(FromRow)]
pub(crate) struct TriesRow {
    message_id: String,
    no: u16,
    channel_id: String,
    outcome: String,
    scope: Option<String>,
    cause_code: Option<String>,
    cause_detail: Option<String>,
}

impl TryFrom<TriesRow> for Tries {
    type Error = StoreError;

    fn try_from(row: TriesRow) -> Result<Self> {
        Ok(Self {
            message_id: parse("attempts", "message_id", &row.message_id, &row.message_id)?,
            no: row.no,
            channel_id: parse("attempts", "channel_id", &row.message_id, &row.channel_id)?,
            rejected: row.outcome == "rejected",
            account_fault: row.outcome == "deferred" && row.scope.as_deref() == Some("account"),
            spoilt_batch: row.scope.as_deref() == Some("batch"),
            cause_code: row.cause_code,
            cause_detail: row.cause_detail,
        })
    }
}

#[derive(FromRow)]
pub(crate) struct CallNameRow {
    id: String,
    serial: i64,
    started_at: i64,
}

impl TryFrom<CallNameRow> for CallName {
    type Error = StoreError;

    fn try_from(row: CallNameRow) -> Result<Self> {
        Ok(Self {
            id: parse("calls", "id", &row.id, &row.id)?,
            serial: u64::try_from(row.serial).map_err(|_| StoreError::Corrupt {
                table: "calls",
                column: "serial",
                id: row.id,
            })?,
            started_at: Timestamp::from_millis(row.started_at),
        })
    }
}
