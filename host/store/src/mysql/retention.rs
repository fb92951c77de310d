//! Forgetting on MySQL. Ids sort by age, so what is old is the beginning of a primary key.

use super::MysqlStore;
use super::batch::{self, Value};
use crate::retention::{RetentionKind, RetentionStore};
use crate::{Result, StoreError};
use async_trait::async_trait;
use jixinda_domain::{CallId, InboundId, MessageId, ReceiptId, RoutingEventId, Timestamp};

/// "+8613800000000" → "+86138****0000": the last eight digits lose their first four.
const MASKED: &str = "CONCAT(SUBSTR(#, 1, CHAR_LENGTH(#) - 8), '****', SUBSTR(#, -4))";
/// Final, or sent and its receipt overdue since before that moment: nothing more is expected.
const OVER: &str = "(status IN ('delivered', 'undelivered', 'expired', 'rejected', 'cancelled')
     OR (status = 'sent' AND due_at < ?))
     AND updated_at < ?";

fn masked(column: &str) -> String {
    MASKED.replace('#', column)
}

impl MysqlStore {
    async fn delete_messages(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let mut tx = self.writer.begin().await?;
        let select = format!(
            "SELECT id
             FROM messages
             WHERE id < ? AND (({OVER}) OR (status = 'parked' AND updated_at < ?))
             ORDER BY id
             LIMIT ?"
        );
        let moment = before.as_millis();
        let ids: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(select))
            .bind(MessageId::new(before, 0).to_string())
            .bind(moment)
            .bind(moment)
            .bind(moment)
            .bind(limit)
            .fetch_all(&mut *tx)
            .await?;
        let rows: Vec<[Value<'_>; 1]> = ids.iter().map(|id| [id.as_str().into()]).collect();
        for (table, column) in [
            ("attempts", "message_id"),
            ("moves", "message_id"),
            ("receipts", "message_id"),
            ("awaited_receipts", "message_id"),
            ("messages", "id"),
        ] {
            batch::execute(&mut tx, &rows, &[], |shape| {
                format!("DELETE FROM {table} WHERE {column} IN ({})", shape.list())
            })
            .await?;
        }
        tx.commit().await?;
        Ok(ids.len() as u64)
    }

    async fn delete_webhooks(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let mut tx = self.writer.begin().await?;
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
        let rows: Vec<[Value<'_>; 2]> =
            old.iter().map(|(endpoint, event)| [endpoint.as_str().into(), event.as_str().into()]).collect();
        for table in ["webhook_tries", "webhook_deliveries"] {
            batch::execute(&mut tx, &rows, &[], |shape| {
                format!("DELETE FROM {table} WHERE (endpoint_id, event_id) IN ({})", shape.values())
            })
            .await?;
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
                    FROM (SELECT s.channel_id, s.version
                          FROM standings s
                          WHERE s.changed_at < ?
                            AND EXISTS (SELECT 1
                                        FROM standings later
                                        WHERE later.channel_id = s.channel_id
                                          AND later.version > s.version
                                          AND later.changed_at < ?)
                          LIMIT ?) old)",
        )
        .bind(before.as_millis())
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
impl RetentionStore for MysqlStore {
    async fn delete_before(&self, kind: RetentionKind, before: Timestamp, limit: u32) -> Result<u64> {
        match kind {
            RetentionKind::Messages => self.delete_messages(before, limit).await,
            RetentionKind::Calls => {
                let statement = "DELETE FROM calls WHERE id < ? AND finished_at IS NOT NULL ORDER BY id LIMIT ?";
                self.delete_some(statement, CallId::new(before, 0).to_string(), limit).await
            }
            RetentionKind::UnmatchedReceipts => {
                let statement = "DELETE FROM receipts WHERE message_id IS NULL AND id < ? LIMIT ?";
                self.delete_some(statement, ReceiptId::new(before, 0).to_string(), limit).await
            }
            RetentionKind::Inbound => {
                let statement = "DELETE FROM inbound_messages WHERE id < ? ORDER BY id LIMIT ?";
                self.delete_some(statement, InboundId::new(before, 0).to_string(), limit).await
            }
            RetentionKind::Webhooks => self.delete_webhooks(before, limit).await,
            RetentionKind::Standings => self.delete_standings(before, limit).await,
            RetentionKind::RoutingEvents => {
                let statement = "DELETE FROM routing_events WHERE id < ? ORDER BY id LIMIT ?";
                self.delete_some(statement, RoutingEventId::new(before, 0).to_string(), limit).await
            }
            RetentionKind::QuotaDays => {
                let statement = "DELETE FROM quota_days WHERE day < ? LIMIT ?";
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
        let mut tx = self.writer.begin().await?;
        let ids: Vec<String> =
            sqlx::query_scalar("SELECT id FROM messages WHERE id > ? AND id < ? ORDER BY id LIMIT ?")
                .bind(after.map_or_else(String::new, |id| id.to_string()))
                .bind(MessageId::new(before, 0).to_string())
                .bind(limit)
                .fetch_all(&mut *tx)
                .await?;
        let Some(last) = ids.last() else { return Ok(None) };
        let moment = before.as_millis();
        let rows: Vec<[Value<'_>; 1]> = ids.iter().map(|id| [id.as_str().into()]).collect();
        let over: Vec<(String,)> = batch::fetch(&mut tx, &rows, &[moment.into(), moment.into()], |shape| {
            format!(
                "SELECT id FROM messages WHERE id IN ({}) AND ({OVER}) AND INSTR(recipient, '*') = 0 ORDER BY id FOR UPDATE",
                shape.list()
            )
        })
        .await?;
        let rows: Vec<[Value<'_>; 1]> = over.into_iter().map(|(id,)| [id.into()]).collect();
        // A provider's words may repeat the number.
        let mask = format!("recipient = {}, params = '{{}}', text = '', cause_detail = NULL", masked("recipient"));
        for (table, changes, column) in [
            ("messages", mask.as_str(), "id"),
            ("receipts", "recipient = NULL, cause_detail = NULL", "message_id"),
            ("attempts", "cause_detail = NULL", "message_id"),
        ] {
            batch::execute(&mut tx, &rows, &[], |shape| {
                format!("UPDATE {table} SET {changes} WHERE {column} IN ({})", shape.list())
            })
            .await?;
        }
        tx.commit().await?;
        let corrupt = || StoreError::Corrupt { table: "messages", column: "id", id: last.clone() };
        last.parse().map(Some).map_err(|_| corrupt())
    }

    async fn mask_inbound(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let statement = format!(
            "UPDATE inbound_messages
             SET sender = {}, text = ''
             WHERE id < ? AND INSTR(sender, '*') = 0
             ORDER BY id
             LIMIT ?",
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
