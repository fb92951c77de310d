//! What was sent, on SQLite. Ids of calls sort by age, so a window is a range of the calls' primary key, and needs no index of its own.

use super::{SqliteStore, json};
use crate::rows::{RecordedAttemptRow, RecordedMessageRow, all};
use crate::traffic::{RecordedMessage, TrafficPage, TrafficStore};
use crate::{RecordedAttempt, Result};
use async_trait::async_trait;
use jixinda_domain::{CallId, Timestamp};
use std::collections::HashMap;

#[async_trait]
impl TrafficStore for SqliteStore {
    async fn recorded_traffic(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<CallId>,
        calls: u32,
    ) -> Result<TrafficPage> {
        // Just before the first id of that moment; no id is without its random end.
        let after = after.map_or_else(|| CallId::new(from, 0).to_string(), |call| call.to_string());
        let to = CallId::new(to, 0).to_string();
        let (last, found): (Option<String>, u32) = sqlx::query_as(
            "SELECT max(id), count(*)
             FROM (SELECT id FROM calls WHERE id > ? AND id < ? ORDER BY id LIMIT ?)",
        )
        .bind(&after)
        .bind(&to)
        .bind(calls)
        .fetch_one(&self.readers)
        .await?;
        let Some(last) = last else { return Ok(TrafficPage::default()) };
        let rows: Vec<RecordedMessageRow> = sqlx::query_as(
            "SELECT c.id AS first_call, m.*,
                    (SELECT max(r.received_at) FROM receipts r WHERE r.message_id = m.id) AS told_at
             FROM (SELECT id, messages FROM calls WHERE id > ? AND id <= ?) c
             CROSS JOIN json_each(c.messages) j
             CROSS JOIN attempts a ON a.message_id = j.value ->> 0 AND a.no = 1 AND a.call_id = c.id
             CROSS JOIN messages m ON m.id = a.message_id
             ORDER BY c.id, j.key",
        )
        .bind(&after)
        .bind(&last)
        .fetch_all(&self.readers)
        .await?;
        let mut messages: Vec<RecordedMessage> = all(rows)?;
        let mut attempts = self.recorded_attempts(&messages).await?;
        for recorded in &mut messages {
            recorded.attempts = attempts.remove(&recorded.message.id.to_string()).unwrap_or_default();
        }
        // Deleted between the two statements.
        messages.retain(|recorded| !recorded.attempts.is_empty());
        let next = if found < calls { None } else { last.parse().ok() };
        Ok(TrafficPage { messages, next })
    }
}

impl SqliteStore {
    async fn recorded_attempts(&self, messages: &[RecordedMessage]) -> Result<HashMap<String, Vec<RecordedAttempt>>> {
        let ids: Vec<String> = messages.iter().map(|recorded| recorded.message.id.to_string()).collect();
        let rows: Vec<RecordedAttemptRow> = sqlx::query_as(
            "SELECT a.message_id, a.channel_id, a.outcome, a.reason, a.scope, a.cause_code, a.segments, a.price,
                    a.explanation, a.started_at, a.duration_ms, a.after
             FROM json_each(?) j
             CROSS JOIN attempts a ON a.message_id = j.value
             ORDER BY a.message_id, a.no",
        )
        .bind(json(&ids)?)
        .fetch_all(&self.readers)
        .await?;
        let mut attempts: HashMap<String, Vec<RecordedAttempt>> = HashMap::new();
        for row in rows {
            attempts.entry(row.message_id.clone()).or_default().push(row.try_into()?);
        }
        Ok(attempts)
    }
}
