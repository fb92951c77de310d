//! The blocklist on MySQL. The number is the row's key, so pages and imports run along the table.

use super::batch::{self, Value};
use super::{MysqlStore, revision};
use crate::rows::{BlockedNumberRow, all};
use crate::{BlockedNumber, BlocklistChange, BlocklistStore, Result};
use async_trait::async_trait;
use jixinda_domain::Timestamp;

#[async_trait]
impl BlocklistStore for MysqlStore {
    async fn blocked_numbers(&self, after: u64, limit: u32) -> Result<Vec<BlockedNumber>> {
        let rows = sqlx::query_as::<_, BlockedNumberRow>(
            "SELECT * FROM blocked_numbers WHERE number > ? ORDER BY number LIMIT ?",
        );
        all(rows.bind(after.cast_signed()).bind(limit).fetch_all(&self.readers).await?)
    }

    async fn blocked_digits(&self, after: u64, limit: u32) -> Result<Vec<u64>> {
        let numbers: Vec<i64> =
            sqlx::query_scalar("SELECT number FROM blocked_numbers WHERE number > ? ORDER BY number LIMIT ?")
                .bind(after.cast_signed())
                .bind(limit)
                .fetch_all(&self.readers)
                .await?;
        Ok(numbers.into_iter().map(i64::cast_unsigned).collect())
    }

    async fn blocked_number(&self, number: u64) -> Result<Option<BlockedNumber>> {
        let row = sqlx::query_as::<_, BlockedNumberRow>("SELECT * FROM blocked_numbers WHERE number = ?")
            .bind(number.cast_signed())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(BlockedNumber::from))
    }

    async fn block_numbers(&self, numbers: &[(u64, &str)], now: Timestamp) -> Result<u64> {
        let mut tx = self.writer.begin().await?;
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        let keys: Vec<[Value<'_>; 1]> = sorted.iter().map(|(number, _)| [(*number).into()]).collect();
        let known: Vec<(i64,)> = batch::fetch(&mut tx, &keys, &[], |shape| {
            format!("SELECT number FROM blocked_numbers WHERE number IN ({})", shape.list())
        })
        .await?;
        let rows: Vec<[Value<'_>; 3]> =
            sorted.iter().map(|(number, note)| [(*number).into(), (*note).into(), now.as_millis().into()]).collect();
        batch::execute(&mut tx, &rows, &[], |shape| {
            format!(
                "INSERT INTO blocked_numbers (number, note, created_at)
                 VALUES {}
                 ON DUPLICATE KEY UPDATE note = IF(VALUES(note) <> '', VALUES(note), note)",
                shape.values()
            )
        })
        .await?;
        let blocked = BlocklistChange::Blocked(numbers.iter().map(|(number, _)| *number).collect());
        revision::note(&mut tx, &blocked, now).await?;
        tx.commit().await?;
        Ok((numbers.len() as u64).saturating_sub(known.len() as u64))
    }

    async fn unblock_number(&self, number: u64, now: Timestamp) -> Result<bool> {
        let mut tx = self.writer.begin().await?;
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
