//! Messages that wait to be asked after, on SQLite.

use super::{SqliteStore, json};
use crate::rows::{MessageRow, all};
use crate::{AwaitedReceipt, AwaitedReceiptStore, Part, Result};
use async_trait::async_trait;
use jixinda_domain::{Message, MessageId, Timestamp};
use sqlx::SqliteConnection;

/// Sets when messages are to be asked after; those without a time are forgotten.
pub(super) async fn save(tx: &mut SqliteConnection, group: &[AwaitedReceipt]) -> Result<()> {
    let (mut waiting, mut over): (Vec<(MessageId, i64)>, Vec<MessageId>) = (Vec::new(), Vec::new());
    for awaited in group {
        match awaited.due_at {
            Some(due_at) => waiting.push((awaited.message_id, due_at.as_millis())),
            None => over.push(awaited.message_id),
        }
    }
    if !waiting.is_empty() {
        sqlx::query(
            "INSERT INTO awaited_receipts (message_id, due_at)
             SELECT value ->> 0, value ->> 1
             FROM json_each(?)
             WHERE true
             ON CONFLICT (message_id) DO UPDATE SET due_at = excluded.due_at",
        )
        .bind(json(&waiting)?)
        .execute(&mut *tx)
        .await?;
    }
    if !over.is_empty() {
        sqlx::query("DELETE FROM awaited_receipts WHERE message_id IN (SELECT value FROM json_each(?))")
            .bind(json(&over)?)
            .execute(tx)
            .await?;
    }
    Ok(())
}

#[async_trait]
impl AwaitedReceiptStore for SqliteStore {
    async fn awaited_receipts_due(&self, now: Timestamp, _part: Part, limit: u32) -> Result<Vec<Message>> {
        let rows = sqlx::query_as::<_, MessageRow>(
            "SELECT m.*
             FROM (SELECT message_id FROM awaited_receipts WHERE due_at <= ? ORDER BY due_at, message_id LIMIT ?) a
             CROSS JOIN messages m ON m.id = a.message_id",
        )
        .bind(now.as_millis())
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }
}
