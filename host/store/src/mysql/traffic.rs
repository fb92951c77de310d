//! What was sent, on MySQL. Ids of calls sort by age, so a window is a range of the calls' primary key, and needs no index of its own.

use super::MysqlStore;
use super::batch::{self, Value, id};
use crate::rows::{RecordedAttemptRow, RecordedMessageRow, all};
use crate::traffic::{RecordedMessage, TrafficPage, TrafficStore};
use crate::{RecordedAttempt, Result, StoreError};
use async_trait::async_trait;
use jixinda_domain::{CallId, Timestamp};
use std::collections::HashMap;

#[async_trait]
impl TrafficStore for MysqlStore {
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
        let (last, found): (Option<String>, i64) = sqlx::query_as(
            "SELECT max(id), count(*)
             FROM (SELECT id FROM calls WHERE id > ? AND id < ? ORDER BY id LIMIT ?) page",
        )
        .bind(&after)
        .bind(&to)
        .bind(calls)
        .fetch_one(&self.readers)
        .await?;
        let Some(last) = last else { return Ok(TrafficPage::default()) };
        let made: Vec<(String, String)> =
            sqlx::query_as("SELECT id, messages FROM calls WHERE id > ? AND id <= ? ORDER BY id")
                .bind(&after)
                .bind(&last)
                .fetch_all(&self.readers)
                .await?;
        // In the order in which each call carried them.
        let mut carried: Vec<(String, String)> = Vec::new();
        for (call, messages) in made {
            let corrupt = || StoreError::Corrupt { table: "calls", column: "messages", id: call.clone() };
            let pairs: Vec<(String, String)> = serde_json::from_str(&messages).map_err(|_| corrupt())?;
            carried.extend(pairs.into_iter().map(|(message, _)| (call.clone(), message)));
        }
        let pairs: Vec<[Value<'_>; 2]> =
            carried.iter().map(|(call, message)| [call.as_str().into(), message.as_str().into()]).collect();
        let mut connection = self.readers.acquire().await?;
        let rows: Vec<RecordedMessageRow> = batch::fetch(&mut connection, &pairs, &[], |shape| {
            format!(
                "SELECT j.call_id AS first_call, m.*,
                        (SELECT MAX(r.received_at) FROM receipts r WHERE r.message_id = m.id) AS told_at
                 FROM {} STRAIGHT_JOIN attempts a ON a.message_id = j.message AND a.no = 1 AND a.call_id = j.call_id
                 STRAIGHT_JOIN messages m ON m.id = a.message_id",
                shape.table(&["call_id", "message"])
            )
        })
        .await?;
        drop(connection);
        let places: HashMap<&str, usize> =
            carried.iter().enumerate().map(|(place, (_, message))| (message.as_str(), place)).collect();
        let mut messages: Vec<RecordedMessage> = all(rows)?;
        messages.sort_by_key(|recorded| places.get(recorded.message.id.to_string().as_str()).copied());
        let mut attempts = self.recorded_attempts(&messages).await?;
        for recorded in &mut messages {
            recorded.attempts = attempts.remove(&recorded.message.id.to_string()).unwrap_or_default();
        }
        // Deleted between the two statements.
        messages.retain(|recorded| !recorded.attempts.is_empty());
        let next = if found < i64::from(calls) { None } else { last.parse().ok() };
        Ok(TrafficPage { messages, next })
    }
}

impl MysqlStore {
    async fn recorded_attempts(&self, messages: &[RecordedMessage]) -> Result<HashMap<String, Vec<RecordedAttempt>>> {
        let ids: Vec<[Value<'_>; 1]> = messages.iter().map(|recorded| [id(recorded.message.id)]).collect();
        let mut connection = self.readers.acquire().await?;
        let rows: Vec<RecordedAttemptRow> = batch::fetch(&mut connection, &ids, &[], |shape| {
            format!(
                "SELECT message_id, channel_id, outcome, reason, scope, cause_code, segments, price, explanation, started_at,
                        duration_ms, `after`
                 FROM attempts
                 WHERE message_id IN ({})
                 ORDER BY message_id, no",
                shape.list()
            )
        })
        .await?;
        let mut attempts: HashMap<String, Vec<RecordedAttempt>> = HashMap::new();
        for row in rows {
            attempts.entry(row.message_id.clone()).or_default().push(row.try_into()?);
        }
        Ok(attempts)
    }
}
