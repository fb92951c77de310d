//! Revisions on MySQL.

use super::{MysqlStore, json};
use crate::rows::{BlocklistChangeRow, all, revisions};
use crate::{BlocklistChange, BlocklistNews, Result, Revised, RevisionStore, Revisions};
use async_trait::async_trait;
use jixinda_domain::Timestamp;
use sqlx::MySqlConnection;

/// Writes down what happens to the blocklist, in the transaction that does it.
pub(super) async fn note(tx: &mut MySqlConnection, change: &BlocklistChange, now: Timestamp) -> Result<()> {
    let (kind, numbers) = change.parts();
    if numbers.is_empty() {
        return Ok(());
    }
    let revision = count_up(tx, "blocklist").await?;
    sqlx::query("INSERT INTO blocklist_changes (revision, kind, numbers, changed_at) VALUES (?, ?, ?, ?)")
        .bind(revision)
        .bind(kind)
        .bind(json(numbers)?)
        .bind(now.as_millis())
        .execute(tx)
        .await?;
    Ok(())
}

/// The row is held until the commit, so revisions are committed in their order.
async fn count_up(tx: &mut MySqlConnection, name: &str) -> Result<i64> {
    sqlx::query("UPDATE counters SET value = value + 1 WHERE name = ?").bind(name).execute(&mut *tx).await?;
    Ok(sqlx::query_scalar("SELECT value FROM counters WHERE name = ?").bind(name).fetch_one(tx).await?)
}

#[async_trait]
impl RevisionStore for MysqlStore {
    async fn revisions(&self) -> Result<Revisions> {
        let rows = sqlx::query_as("SELECT name, value FROM counters").fetch_all(&self.readers).await?;
        Ok(revisions(rows))
    }

    async fn revise(&self, what: Revised) -> Result<u64> {
        let mut tx = self.writer.begin().await?;
        let value = count_up(&mut tx, what.as_str()).await?;
        tx.commit().await?;
        Ok(value.cast_unsigned())
    }

    async fn blocklist_changes(&self, after: u64, limit: u32) -> Result<BlocklistNews> {
        // Before the changes: what comes in between is then no gap.
        let newest: i64 =
            sqlx::query_scalar("SELECT value FROM counters WHERE name = 'blocklist'").fetch_one(&self.readers).await?;
        let rows = sqlx::query_as::<_, BlocklistChangeRow>(
            "SELECT revision, kind, numbers FROM blocklist_changes WHERE revision > ? ORDER BY revision LIMIT ?",
        )
        .bind(after.cast_signed())
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        let first = rows.first().map_or(newest + 1, |row| row.revision);
        let gap = first.cast_unsigned() != after + 1;
        Ok(BlocklistNews { changes: all(rows)?, gap })
    }

    async fn forget_blocklist_changes(&self, before: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM blocklist_changes WHERE changed_at < ?")
            .bind(before.as_millis())
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
