//! The blocklist on SQLite. The number is the row's key, so pages and imports run along the table.

use super::{SqliteStore, json, revision, rows_as_json};
use crate::rows::{BlockedNumberRow, all};
use crate::{BlockedNumber, BlocklistChange, BlocklistStore, Result};
use async_trait::async_trait;
use jixinda_domain::Timestamp;

#[async_trait]
impl BlocklistStore for SqliteStore {
    async fn blocked_numbers(&self, after: u64, limit: u32) -> Result<Vec<BlockedNumber>> {
        let rows = sqlx::query_as::<_, BlockedNumberRow>(
            "SELECT * FROM blocked_numbers WHERE number > ? ORDER BY number LIMIT ?",
        );
        all(rows.bind(after.cast_signed()).bind(limit).fetch_all(&self.readers).await?)
    }

    async fn blocked_digits(&self, after: u64, limit: u32) -> Result<Vec<u64>> {
        let gathered = sqlx::query_scalar(
            "SELECT json_group_array(number)
             FROM (SELECT number FROM blocked_numbers WHERE number > ? ORDER BY number LIMIT ?)",
        );
        rows_as_json(gathered.bind(after.cast_signed()).bind(limit).fetch_one(&self.readers).await?)
    }

    async fn blocked_number(&self, number: u64) -> Result<Option<BlockedNumber>> {
        let row = sqlx::query_as::<_, BlockedNumberRow>("SELECT * FROM blocked_numbers WHERE number = ?")
            .bind(number.cast_signed())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(BlockedNumber::from))
    }

    async fn block_numbers(&self, numbers: &[(u64, &str)], now: Timestamp) -> Result<u64> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let rows = json(numbers)?;
        let known: i64 = sqlx::query_scalar(
            "SELECT count(*)
             FROM json_each(?) j
             CROSS JOIN blocked_numbers b ON b.number = j.value ->> 0",
        )
        .bind(&rows)
        .fetch_one(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO blocked_numbers (number, note, created_at)
             SELECT value ->> 0, value ->> 1, ?2
             FROM json_each(?1)
             WHERE true
             ON CONFLICT (number) DO UPDATE SET note = excluded.note WHERE excluded.note <> ''",
        )
        .bind(&rows)
        .bind(now.as_millis())
        .execute(&mut *tx)
        .await?;
        let blocked = BlocklistChange::Blocked(numbers.iter().map(|(number, _)| *number).collect());
        revision::note(&mut tx, &blocked, now).await?;
        tx.commit().await?;
        Ok((numbers.len() as u64).saturating_sub(u64::try_from(known).unwrap_or(0)))
    }

    async fn unblock_number(&self, number: u64, now: Timestamp) -> Result<bool> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query("DELETE FROM blocked_numbers WHERE number = ?")
            .bind(number.cast_signed())
            .execute(&mut *tx)
            .await?;
        let was_there = done.rows_affected() > 0;
        if was_there {
            revision::note(&mut tx, &BlocklistChange::Unblocked(vec![number]), now).await?;
        }
        tx.commit().await?;
        Ok(was_there)
    }
}
