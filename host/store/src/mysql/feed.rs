//! Positions of feeds on MySQL.

use super::MysqlStore;
use crate::rows::{FeedRow, all};
use crate::{FeedPosition, FeedStore, Result};
use async_trait::async_trait;
use sqlx::MySqlConnection;

/// Each position replaces the one before it, unless that was read by a later holder of the feed's lease.
pub(super) async fn save(tx: &mut MySqlConnection, group: &[FeedPosition]) -> Result<()> {
    for position in group {
        // Few, and rarely more than one at a time. `fence` comes last: assignments go from left to right and see those before them.
        sqlx::query(
            "INSERT INTO feeds (account_id, feed, `cursor`, polled_at, fence)
             VALUES (?, ?, ?, ?, ?)
             ON DUPLICATE KEY UPDATE
                 `cursor` = IF(VALUES(fence) >= fence, VALUES(`cursor`), `cursor`),
                 polled_at = IF(VALUES(fence) >= fence, VALUES(polled_at), polled_at),
                 fence = GREATEST(fence, VALUES(fence))",
        )
        .bind(position.account_id.to_string())
        .bind(&position.feed)
        .bind(&position.cursor)
        .bind(position.polled_at.as_millis())
        .bind(position.fence.cast_signed())
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

#[async_trait]
impl FeedStore for MysqlStore {
    async fn feed_positions(&self) -> Result<Vec<FeedPosition>> {
        let rows = sqlx::query_as::<_, FeedRow>("SELECT account_id, feed, `cursor`, polled_at, fence FROM feeds")
            .fetch_all(&self.readers)
            .await?;
        all(rows)
    }
}
