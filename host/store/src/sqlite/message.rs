//! Messages on SQLite: the reads that queues and people need. They are written by `acceptance`, `call`, `receipt` and `transition`.

use super::{SqliteStore, json, rows_as_json};
use crate::rows::{AttemptRow, CallNameRow, MessageRow, MoveRow, OpenCallRow, QueueRow, TriesRow, all};
use crate::{
    CallName, MessageFilter, MessageStore, OpenCall, Part, QueueItem, Result, StoreError, StoredAttempt, StoredMove,
    Tries,
};
use async_trait::async_trait;
use jixinda_domain::{ApplicationId, CallId, Message, MessageClass, MessageId, MessageStatus, NodeId, Timestamp};
use sqlx::{QueryBuilder, Sqlite};

#[async_trait]
impl MessageStore for SqliteStore {
    async fn message(&self, id: MessageId) -> Result<Option<Message>> {
        let row = sqlx::query_as::<_, MessageRow>("SELECT * FROM messages WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.map(Message::try_from).transpose()
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>> {
        let rows =
            sqlx::query_as::<_, MessageRow>("SELECT m.* FROM json_each(?) j CROSS JOIN messages m ON m.id = j.value")
                .bind(json(ids)?)
                .fetch_all(&self.readers)
                .await?;
        all(rows)
    }

    async fn list_messages(&self, filter: &MessageFilter, limit: u32) -> Result<Vec<Message>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM messages WHERE true");
        if let Some(application) = filter.application_id {
            query.push(" AND application_id = ").push_bind(application.to_string());
        }
        if let Some(reference) = &filter.reference {
            query.push(" AND reference = ").push_bind(reference.clone());
        }
        if let Some(batch) = filter.batch_id {
            query.push(" AND batch_id = ").push_bind(batch.to_string());
        }
        if let Some(recipient) = &filter.recipient {
            query.push(" AND recipient = ").push_bind(recipient.clone());
        }
        if let Some(status) = filter.status {
            // A word of ours, written out so that the partial indexes can be used.
            query.push(" AND status = '").push(status.as_str()).push("'");
        }
        if let Some(cause) = &filter.cause_code {
            query.push(" AND cause_code = ").push_bind(cause.clone());
        }
        if let Some(template) = filter.template_id {
            query.push(" AND template_id = ").push_bind(template.to_string());
        }
        // Ids sort by age, so a time is a range of ids.
        if let Some(from) = filter.from {
            query.push(" AND id >= ").push_bind(MessageId::new(from, 0).to_string());
        }
        if let Some(until) = filter.until {
            query.push(" AND id < ").push_bind(MessageId::new(until, 0).to_string());
        }
        if let Some(before) = filter.before {
            query.push(" AND id < ").push_bind(before.to_string());
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
        all(query.build_query_as::<MessageRow>().fetch_all(&self.readers).await?)
    }

    async fn moves(&self, id: MessageId) -> Result<Vec<StoredMove>> {
        let rows = sqlx::query_as::<_, MoveRow>("SELECT * FROM moves WHERE message_id = ? ORDER BY epoch")
            .bind(id.to_string())
            .fetch_all(&self.readers)
            .await?;
        all(rows)
    }

    async fn attempts(&self, id: MessageId) -> Result<Vec<StoredAttempt>> {
        let rows = sqlx::query_as::<_, AttemptRow>(
            "SELECT no, call_id, channel_id, outcome, reason, scope, cause_code, cause_detail, upstream_id, explanation,
                    started_at, duration_ms, after, next_at
             FROM attempts
             WHERE message_id = ?
             ORDER BY no",
        )
        .bind(id.to_string())
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(StoredAttempt::from).collect())
    }

    async fn queued(
        &self,
        class: MessageClass,
        application: ApplicationId,
        after: Option<(Timestamp, MessageId)>,
        now: Timestamp,
        _part: Part,
        limit: u32,
    ) -> Result<Vec<QueueItem>> {
        let (after_due, after_id) =
            after.map_or((i64::MIN, String::new()), |(due, id)| (due.as_millis(), id.to_string()));
        // A range of the index messages_queued, which covers the statement.
        let gathered = sqlx::query_scalar(
            "SELECT json_group_array(json_array(id, application_id, class, due_at))
             FROM (SELECT id, application_id, class, due_at
                   FROM messages
                   WHERE status = 'queued' AND class = ? AND application_id = ?
                     AND due_at <= ? AND (due_at, id) > (?, ?)
                   ORDER BY due_at, id
                   LIMIT ?)",
        )
        .bind(class.as_str())
        .bind(application.to_string())
        .bind(now.as_millis())
        .bind(after_due)
        .bind(after_id)
        .bind(limit)
        .fetch_one(&self.readers)
        .await?;
        all(rows_as_json::<QueueRow>(gathered)?)
    }

    async fn uncertain_due(&self, now: Timestamp, _part: Part, limit: u32) -> Result<Vec<Message>> {
        let rows = sqlx::query_as::<_, MessageRow>(
            "SELECT * FROM messages WHERE status = 'uncertain' AND due_at <= ? ORDER BY due_at, id LIMIT ?",
        )
        .bind(now.as_millis())
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn tries(&self, ids: &[MessageId]) -> Result<Vec<Tries>> {
        let rows = sqlx::query_as::<_, TriesRow>(
            "SELECT a.message_id, a.no, a.channel_id, a.outcome, a.scope, a.cause_code, a.cause_detail
             FROM json_each(?) j
             CROSS JOIN attempts a ON a.message_id = j.value
             ORDER BY a.message_id, a.no",
        )
        .bind(json(ids)?)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn call_names(&self, ids: &[CallId]) -> Result<Vec<CallName>> {
        let rows = sqlx::query_as::<_, CallNameRow>(
            "SELECT c.id, c.serial, c.started_at
             FROM json_each(?) j
             CROSS JOIN calls c ON c.id = j.value",
        )
        .bind(json(ids)?)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn open_calls(&self, nodes: &[NodeId], limit: u32) -> Result<Vec<OpenCall>> {
        let rows = sqlx::query_as::<_, OpenCallRow>(
            "SELECT id, channel_id, account_id, messages, started_at
             FROM calls
             WHERE finished_at IS NULL AND node_id IN (SELECT value FROM json_each(?))
             ORDER BY id
             LIMIT ?",
        )
        .bind(json(nodes)?)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn parked_reasons(&self) -> Result<Vec<(String, u64)>> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT coalesce(cause_code, ''), count(*)
             FROM messages
             WHERE status = 'parked'
             GROUP BY cause_code
             ORDER BY count(*) DESC",
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|(code, count)| (code, u64::try_from(count).unwrap_or(0))).collect())
    }

    async fn count_by_status(&self) -> Result<Vec<(MessageStatus, u64)>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT status, count(*) FROM messages GROUP BY status").fetch_all(&self.readers).await?;
        rows.into_iter()
            .map(|(word, count)| {
                let status =
                    word.parse().map_err(|_| StoreError::Corrupt { table: "messages", column: "status", id: word })?;
                Ok((status, u64::try_from(count).unwrap_or(0)))
            })
            .collect()
    }

    async fn remembered_answer(
        &self,
        application: ApplicationId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<(String, String)>> {
        let remembered = sqlx::query_as(
            "SELECT body_hash, answer FROM idempotency_keys WHERE application_id = ? AND key = ? AND expires_at > ?",
        )
        .bind(application.to_string())
        .bind(key)
        .bind(now.as_millis())
        .fetch_optional(&self.readers)
        .await?;
        Ok(remembered)
    }

    async fn nonces(&self, now: Timestamp) -> Result<Vec<u64>> {
        let rows: Vec<i64> = sqlx::query_scalar("SELECT hash FROM nonces WHERE expires_at > ?")
            .bind(now.as_millis())
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.into_iter().map(i64::cast_unsigned).collect())
    }

    async fn forget_expired(&self, now: Timestamp, limit: u32) -> Result<()> {
        sqlx::query("DELETE FROM nonces WHERE hash IN (SELECT hash FROM nonces WHERE expires_at <= ? LIMIT ?)")
            .bind(now.as_millis())
            .bind(limit)
            .execute(&self.writer)
            .await?;
        sqlx::query(
            "DELETE FROM idempotency_keys
             WHERE (application_id, key) IN (SELECT application_id, key
                                             FROM idempotency_keys
                                             WHERE expires_at <= ?
                                             LIMIT ?)",
        )
        .bind(now.as_millis())
        .bind(limit)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
