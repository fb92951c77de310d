//! The blocklist on SQLite.

use super::SqliteStore;
use crate::rows::{BlockedNumberRow, all};
use crate::{BlockedNumber, BlocklistStore, Result};
use async_trait::async_trait;
use jixinda_domain::{PhoneNumber, Timestamp};

#[async_trait]
impl BlocklistStore for SqliteStore {
    async fn blocked_numbers(&self) -> Result<Vec<BlockedNumber>> {
        let rows = sqlx::query_as::<_, BlockedNumberRow>("SELECT * FROM blocked_numbers ORDER BY number");
        all(rows.fetch_all(&self.readers).await?)
    }

    async fn block_number(&self, number: &PhoneNumber, note: &str, now: Timestamp) -> Result<()> {
        sqlx::query(
            "INSERT INTO blocked_numbers (number, note, created_at) VALUES (?, ?, ?)
             ON CONFLICT (number) DO UPDATE SET note = excluded.note",
        )
        .bind(number.e164())
        .bind(note)
        .bind(now.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn unblock_number(&self, number: &PhoneNumber) -> Result<bool> {
        let done = sqlx::query("DELETE FROM blocked_numbers WHERE number = ?")
            .bind(number.e164())
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() > 0)
    }
}
