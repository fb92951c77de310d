//! Positions of feeds on SQLite.

use super::{SqliteStore, json};
use crate::rows::{FeedRow, all};
use crate::{FeedPosition, FeedStore, Result};
use async_trait::async_trait;
use jixinda_domain::AccountId;
use serde::Serialize;
use sqlx::SqliteConnection;

#[derive(Serialize)]
struct NewRow<'a> {
    account_id: AccountId,
    feed: &'a str,
    cursor: Option<&'a str>,
    polled_at: i64,
    fence: u64,
}

/// Each position replaces the one before it, unless that was read by a later holder of the feed's lease.
pub(super) async fn save(tx: &mut SqliteConnection, group: &[FeedPosition]) -> Result<()> {
    let rows: Vec<NewRow<'_>> = group
        .iter()
        .map(|position| NewRow {
            account_id: position.account_id,
            feed: &position.feed,
            cursor: position.cursor.as_deref(),
            polled_at: position.polled_at.as_millis(),
            fence: position.fence,
        })
        .collect();
    sqlx::query(
        "INSERT INTO feeds (account_id, feed, cursor, polled_at, fence)
         SELECT value ->> 'account_id', value ->> 'feed', value ->> 'cursor', value ->> 'polled_at', value ->> 'fence'
         FROM json_each(?)
         WHERE true
         ON CONFLICT (account_id, feed)
         DO UPDATE SET cursor = excluded.cursor, polled_at = excluded.polled_at, fence = excluded.fence
         WHERE excluded.fence >= feeds.fence",
    )
    .bind(json(&rows)?)
    .execute(tx)
    .await?;
    Ok(())
}

#[async_trait]
impl FeedStore for SqliteStore {
    async fn feed_positions(&self) -> Result<Vec<FeedPosition>> {
        let rows = sqlx::query_as::<_, FeedRow>("SELECT account_id, feed, cursor, polled_at, fence FROM feeds")
            .fetch_all(&self.readers)
            .await?;
        all(rows)
    }
}
