//! Rows of feeds.

use super::parse;
use crate::{FeedPosition, Result, StoreError};
use jixinda_domain::Timestamp;
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct FeedRow {
    account_id: String,
    feed: String,
    cursor: Option<String>,
    polled_at: i64,
    fence: i64,
}

impl TryFrom<FeedRow> for FeedPosition {
    type Error = StoreError;

    fn try_from(row: FeedRow) -> Result<Self> {
        Ok(Self {
            account_id: parse("feeds", "account_id", &row.feed, &row.account_id)?,
            feed: row.feed,
            cursor: row.cursor,
            polled_at: Timestamp::from_millis(row.polled_at),
            fence: row.fence.cast_unsigned(),
        })
    }
}
