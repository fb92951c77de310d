//! Rows of the blocklist and of opt-outs.

use super::{parse, parse_optional};
use crate::{BlockedNumber, OptOut, Result, StoreError};
use jixinda_domain::Timestamp;
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct BlockedNumberRow {
    number: i64,
    note: String,
    created_at: i64,
}

impl From<BlockedNumberRow> for BlockedNumber {
    fn from(row: BlockedNumberRow) -> Self {
        Self { number: row.number.cast_unsigned(), note: row.note, created_at: Timestamp::from_millis(row.created_at) }
    }
}

#[derive(FromRow)]
pub(crate) struct OptOutRow {
    pub(crate) number: i64,
    pub(crate) application_id: String,
    pub(crate) sign_name_id: String,
    pub(crate) word: String,
    pub(crate) inbound_id: String,
    pub(crate) created_at: i64,
}

impl TryFrom<OptOutRow> for OptOut {
    type Error = StoreError;

    fn try_from(row: OptOutRow) -> Result<Self> {
        const TABLE: &str = "opt_outs";
        let id = row.inbound_id.as_str();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(Self {
            number: row.number.cast_unsigned(),
            application_id: parse_optional(TABLE, "application_id", id, some(&row.application_id).as_deref())?,
            sign_name_id: parse_optional(TABLE, "sign_name_id", id, some(&row.sign_name_id).as_deref())?,
            inbound_id: parse(TABLE, "inbound_id", id, id)?,
            word: row.word,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
