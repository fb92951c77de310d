//! Forgetting on SQLite. Ids sort by age, so what is old is the beginning of a primary key.

use super::{SqliteStore, json};
use crate::retention::{RetentionKind, RetentionStore};
use crate::{Result, StoreError};
use async_trait::async_trait;
use jixinda_domain::{CallId, InboundId, MessageId, ReceiptId, RoutingEventId, Timestamp};

/// "+8613800000000" → "+86138****0000": the last eight digits lose their first four.
const MASKED: &str = "substr(#, 1, length(#) - 8) || '****' || substr(#, -4)";
/// Final, or sent and its receipt overdue since before that moment: nothing more is expected.
const OVER: &str = "(status IN ('delivered', 'undelivered', 'expired', 'rejected', 'cancelled')
     OR (status = 'sent' AND due_at < ?2))
     AND updated_at < ?2";

fn masked(column: &str) -> String {
    MASKED.replace('#', column)
}

impl SqliteStore {
    async fn delete_messages(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let select = format!(
            "SELECT id
             FROM messages
             WHERE id < ?1 AND (({OVER}) OR (status = 'parked' AND updated_at < ?2))
             ORDER BY id
             LIMIT ?3"
        );
        let ids: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(select))
            .bind(MessageId::new(before, 0).to_string())
            .bind(before.as_millis())
            .bind(limit)
            .fetch_all(&mut *tx)
            .await?;
        let list = json(&ids)?;
        for statement in [
            "DELETE FROM attempts WHERE message_id IN (SELECT value FROM json_each(?))",
            "DELETE FROM moves WHERE message_id IN (SELECT value FROM json_each(?))",
            "DELETE FROM receipts WHERE message_id IN (SELECT value FROM json_each(?))",
            "DELETE FROM awaited_receipts WHERE message_id IN (SELECT value FROM json_each(?))",
            "DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?))",
        ] {
            sqlx::query(statement).bind(&list).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(ids.len() as u64)
    }

    async fn delete_webhooks(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let old: Vec<(String, String)> = sqlx::query_as(
            "SELECT endpoint_id, event_id
             FROM webhook_deliveries
             WHERE occurred_at < ?
             ORDER BY occurred_at
             LIMIT ?",
        )
        .bind(before.as_millis())
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        let list = json(&old)?;
        for statement in [
            "DELETE FROM webhook_tries
             WHERE (endpoint_id, event_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
            "DELETE FROM webhook_deliveries
             WHERE (endpoint_id, event_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
        ] {
            sqlx::query(statement).bind(&list).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(old.len() as u64)
    }

    /// The one that was in force at that moment stays: later attempts were decided by it.
    async fn delete_standings(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let done = sqlx::query(
            "DELETE FROM standings
             WHERE (channel_id, version) IN
                   (SELECT channel_id, version
                    FROM standings s
                    WHERE changed_at < ?1
                      AND EXISTS (SELECT 1
                                  FROM standings later
                                  WHERE later.channel_id = s.channel_id
                                    AND later.version > s.version
                                    AND later.changed_at < ?1)
                    LIMIT ?2)",
        )
        .bind(before.as_millis())
        .bind(limit)
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected())
    }

    async fn delete_some(&self, statement: &'static str, first_kept: String, limit: u32) -> Result<u64> {
        let done = sqlx::query(statement).bind(first_kept).bind(limit).execute(&self.writer).await?;
        Ok(done.rows_affected())
    }
}

#[async_trait]
impl RetentionStore for SqliteStore {
    async fn delete_before(&self, kind: RetentionKind, before: Timestamp, limit: u32) -> Result<u64> {
        match kind {
            RetentionKind::Messages => self.delete_messages(before, limit).await,
            RetentionKind::Calls => {
                let statement = "DELETE FROM calls
                     WHERE id IN (SELECT id FROM calls WHERE id < ? AND finished_at IS NOT NULL ORDER BY id LIMIT ?)";
                self.delete_some(statement, CallId::new(before, 0).to_string(), limit).await
            }
            RetentionKind::UnmatchedReceipts => {
                let statement = "DELETE FROM receipts
                     WHERE id IN (SELECT id FROM receipts WHERE message_id IS NULL AND id < ? LIMIT ?)";
                self.delete_some(statement, ReceiptId::new(before, 0).to_string(), limit).await
            }
            RetentionKind::Inbound => {
                let statement = "DELETE FROM inbound_messages
                     WHERE id IN (SELECT id FROM inbound_messages WHERE id < ? ORDER BY id LIMIT ?)";
                self.delete_some(statement, InboundId::new(before, 0).to_string(), limit).await
            }
            RetentionKind::Webhooks => self.delete_webhooks(before, limit).await,
            RetentionKind::Standings => self.delete_standings(before, limit).await,
            RetentionKind::RoutingEvents => {
                let statement = "DELETE FROM routing_events
                     WHERE id IN (SELECT id FROM routing_events WHERE id < ? ORDER BY id LIMIT ?)";
                self.delete_some(statement, RoutingEventId::new(before, 0).to_string(), limit).await
            }
            RetentionKind::QuotaDays => {
                let statement = "DELETE FROM quota_days
                     WHERE (application_id, day) IN (SELECT application_id, day FROM quota_days WHERE day < ? LIMIT ?)";
                self.delete_some(statement, before.to_string().chars().take(10).collect(), limit).await
            }
        }
    }

    async fn mask_messages(
        &self,
        after: Option<MessageId>,
        before: Timestamp,
        limit: u32,
    ) -> Result<Option<MessageId>> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let ids: Vec<String> =
            sqlx::query_scalar("SELECT id FROM messages WHERE id > ? AND id < ? ORDER BY id LIMIT ?")
                .bind(after.map_or_else(String::new, |id| id.to_string()))
                .bind(MessageId::new(before, 0).to_string())
                .bind(limit)
                .fetch_all(&mut *tx)
                .await?;
        let Some(last) = ids.last() else { return Ok(None) };
        let list = json(&ids)?;
        let mask = format!(
            "UPDATE messages
             SET recipient = {}, params = '{{}}', text = '', cause_detail = NULL
             WHERE id IN (SELECT value FROM json_each(?1)) AND ({OVER}) AND instr(recipient, '*') = 0
             RETURNING id",
            masked("recipient")
        );
        let masked: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(mask))
            .bind(&list)
            .bind(before.as_millis())
            .fetch_all(&mut *tx)
            .await?;
        // A provider's words may repeat the number.
        let masked = json(&masked)?;
        for statement in [
            "UPDATE receipts
             SET recipient = NULL, cause_detail = NULL
             WHERE message_id IN (SELECT value FROM json_each(?))",
            "UPDATE attempts SET cause_detail = NULL WHERE message_id IN (SELECT value FROM json_each(?))",
        ] {
            sqlx::query(statement).bind(&masked).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        let corrupt = || StoreError::Corrupt { table: "messages", column: "id", id: last.clone() };
        last.parse().map(Some).map_err(|_| corrupt())
    }

    async fn mask_inbound(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let statement = format!(
            "UPDATE inbound_messages
             SET sender = {}, text = ''
             WHERE id IN (SELECT id FROM inbound_messages WHERE id < ? AND instr(sender, '*') = 0 ORDER BY id LIMIT ?)",
            masked("sender")
        );
        let done = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(InboundId::new(before, 0).to_string())
            .bind(limit)
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected())
    }
}
