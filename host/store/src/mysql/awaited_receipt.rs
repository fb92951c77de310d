//! Messages that wait to be asked after, on MySQL.

use super::MysqlStore;
use super::batch::{self, Value, id};
use crate::rows::{MessageRow, all};
use crate::{AwaitedReceipt, AwaitedReceiptStore, Part, Result};
use async_trait::async_trait;
use jixinda_domain::{Message, Timestamp};
use sqlx::MySqlConnection;

/// Sets when messages are to be asked after; those without a time are forgotten.
pub(super) async fn save(tx: &mut MySqlConnection, group: &[AwaitedReceipt]) -> Result<()> {
    let (mut waiting, mut over): (Vec<[Value<'_>; 2]>, Vec<[Value<'_>; 1]>) = (Vec::new(), Vec::new());
    for awaited in group {
        match awaited.due_at {
            Some(due_at) => waiting.push([id(awaited.message_id), due_at.as_millis().into()]),
            None => over.push([id(awaited.message_id)]),
        }
    }
    batch::execute(tx, &waiting, &[], |shape| {
        format!(
            "INSERT INTO awaited_receipts (message_id, due_at) VALUES {} ON DUPLICATE KEY UPDATE due_at = VALUES(due_at)",
            shape.values()
        )
    })
    .await?;
    batch::execute(tx, &over, &[], |shape| {
        format!("DELETE FROM awaited_receipts WHERE message_id IN ({})", shape.list())
    })
    .await?;
    Ok(())
}

#[async_trait]
impl AwaitedReceiptStore for MysqlStore {
    async fn awaited_receipts_due(&self, now: Timestamp, part: Part, limit: u32) -> Result<Vec<Message>> {
        let rows = sqlx::query_as::<_, MessageRow>(
            "SELECT m.*
             FROM (SELECT message_id
                   FROM awaited_receipts
                   WHERE due_at <= ? AND MOD(CRC32(message_id), ?) = ?
                   ORDER BY due_at, message_id
                   LIMIT ?) a
             JOIN messages m ON m.id = a.message_id",
        )
        .bind(now.as_millis())
        .bind(part.count)
        .bind(part.index)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }
}
