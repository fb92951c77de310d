//! Rows of the blocklist.

use crate::BlockedNumber;
use jixinda_domain::Timestamp;
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct BlockedNumberRow {
    number: String,
    note: String,
    created_at: i64,
}

impl From<BlockedNumberRow> for BlockedNumber {
    fn from(row: BlockedNumberRow) -> Self {
        Self { number: row.number, note: row.note, created_at: Timestamp::from_millis(row.created_at) }
    }
}
