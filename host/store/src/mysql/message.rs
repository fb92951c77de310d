//! Messages on MySQL: the reads that queues and people need. They are written by `acceptance`, `call`, `receipt` and `transition`.

use super::MysqlStore;
use super::batch::{self, Value, id};
use crate::rows::{AttemptRow, CallNameRow, MessageRow, MoveRow, OpenCallRow, QueueRow, TriesRow, all};
use crate::{
    CallName, MessageFilter, MessageStore, OpenCall, Part, QueueItem, Result, StoreError, StoredAttempt, StoredMove,
    Tries,
};
use async_trait::async_trait;
use jixinda_domain::{ApplicationId, CallId, Message, MessageClass, MessageId, MessageStatus, NodeId, Timestamp};
use sqlx::{MySql, QueryBuilder};
use std::collections::HashMap;
use std::time::Duration;

#[async_trait]
impl MessageStore for MysqlStore {
    async fn message(&self, id: MessageId) -> Result<Option<Message>> {
        let row = sqlx::query_as::<_, MessageRow>("SELECT * FROM messages WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.map(Message::try_from).transpose()
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>> {
        let keys: Vec<[Value<'_>; 1]> = ids.iter().map(|message| [id(message)]).collect();
        let mut connection = self.readers.acquire().await?;
        let rows: Vec<MessageRow> = batch::fetch(&mut connection, &keys, &[], |shape| {
            format!("SELECT * FROM messages WHERE id IN ({})", shape.list())
        })
        .await?;
        // As they were asked for.
        let mut messages: HashMap<MessageId, Message> =
            all::<_, Message>(rows)?.into_iter().map(|message| (message.id, message)).collect();
        Ok(ids.iter().filter_map(|id| messages.remove(id)).collect())
    }

    async fn list_messages(&self, filter: &MessageFilter, limit: u32) -> Result<Vec<Message>> {
        let mut query = QueryBuilder::<MySql>::new("SELECT * FROM messages WHERE true");
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
            query.push(" AND status = ").push_bind(status.as_str());
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
                    started_at, duration_ms, `after`, next_at
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
        part: Part,
        limit: u32,
    ) -> Result<Vec<QueueItem>> {
        let (after_due, after_id) =
            after.map_or((i64::MIN, String::new()), |(due, id)| (due.as_millis(), id.to_string()));
        // A range of the index messages_by_status, which covers the statement. Written out, because a comparison of pairs is no range here.
        let rows = sqlx::query_as::<_, QueueRow>(
            "SELECT id, application_id, class, due_at
             FROM messages
             WHERE status = 'queued' AND class = ? AND application_id = ?
               AND due_at <= ? AND due_at >= ? AND (due_at > ? OR id > ?)
               AND MOD(CRC32(id), ?) = ?
             ORDER BY due_at, id
             LIMIT ?",
        )
        .bind(class.as_str())
        .bind(application.to_string())
        .bind(now.as_millis())
        .bind(after_due)
        .bind(after_due)
        .bind(after_id)
        .bind(part.count)
        .bind(part.index)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn uncertain_due(&self, now: Timestamp, part: Part, limit: u32) -> Result<Vec<Message>> {
        let rows = sqlx::query_as::<_, MessageRow>(
            "SELECT *
             FROM messages
             WHERE status = 'uncertain' AND due_at <= ? AND MOD(CRC32(id), ?) = ?
             ORDER BY due_at, id
             LIMIT ?",
        )
        .bind(now.as_millis())
        .bind(part.count)
        .bind(part.index)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn tries(&self, ids: &[MessageId]) -> Result<Vec<Tries>> {
        let keys: Vec<[Value<'_>; 1]> = ids.iter().map(|message| [id(message)]).collect();
        let mut connection = self.readers.acquire().await?;
        let rows: Vec<TriesRow> = batch::fetch(&mut connection, &keys, &[], |shape| {
            format!(
                "SELECT message_id, no, channel_id, outcome, scope, cause_code, cause_detail
                 FROM attempts
                 WHERE message_id IN ({})
                 ORDER BY message_id, no",
                shape.list()
            )
        })
        .await?;
        all(rows)
    }

    async fn call_names(&self, ids: &[CallId]) -> Result<Vec<CallName>> {
        let keys: Vec<[Value<'_>; 1]> = ids.iter().map(|call| [id(call)]).collect();
        let mut connection = self.readers.acquire().await?;
        let rows: Vec<CallNameRow> = batch::fetch(&mut connection, &keys, &[], |shape| {
            format!("SELECT id, serial, started_at FROM calls WHERE id IN ({})", shape.list())
        })
        .await?;
        all(rows)
    }

    async fn open_calls(&self, nodes: &[NodeId], limit: u32) -> Result<Vec<OpenCall>> {
        let keys: Vec<[Value<'_>; 1]> = nodes.iter().map(|node| [id(node)]).collect();
        let mut connection = self.readers.acquire().await?;
        let rows: Vec<OpenCallRow> = batch::fetch(&mut connection, &keys, &[limit.into()], |shape| {
            format!(
                "SELECT id, channel_id, account_id, messages, started_at
                 FROM calls
                 WHERE finished_at IS NULL AND node_id IN ({})
                 ORDER BY id
                 LIMIT ?",
                shape.list()
            )
        })
        .await?;
        all(rows)
    }

    async fn parked_reasons(&self) -> Result<Vec<(String, u64)>> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT COALESCE(cause_code, ''), COUNT(*)
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
            "SELECT body_hash, answer FROM idempotency_keys WHERE application_id = ? AND `key` = ? AND expires_at > ?",
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
        for statement in [
            "DELETE FROM nonces WHERE expires_at <= ? LIMIT ?",
            "DELETE FROM idempotency_keys WHERE expires_at <= ? LIMIT ?",
        ] {
            sqlx::query(statement).bind(now.as_millis()).bind(limit).execute(&self.writer).await?;
        }
        let yesterday = now - Duration::from_secs(24 * 3600);
        sqlx::query("DELETE FROM limit_locks WHERE used_at <= ? LIMIT ?")
            .bind(yesterday.as_millis())
            .bind(limit)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
