//! Rows of receipts.

use crate::StoredReceipt;
use jixinda_domain::Timestamp;
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct ReceiptRow {
    status: String,
    part_number: Option<u32>,
    part_total: Option<u32>,
    cause_code: Option<String>,
    cause_detail: Option<String>,
    occurred_at: Option<i64>,
    received_at: i64,
}

impl From<ReceiptRow> for StoredReceipt {
    fn from(row: ReceiptRow) -> Self {
        Self {
            status: row.status,
            part: row.part_number.zip(row.part_total),
            cause_code: row.cause_code,
            cause_detail: row.cause_detail,
            occurred_at: row.occurred_at.map(Timestamp::from_millis),
            received_at: Timestamp::from_millis(row.received_at),
        }
    }
}
