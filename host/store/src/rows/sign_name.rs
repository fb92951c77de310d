//! Rows of sign names.

use super::parse;
use crate::{Result, StoreError};
use jixinda_domain::{SignName, Timestamp};
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct SignNameRow {
    id: String,
    code: String,
    text: String,
    created_at: i64,
}

impl TryFrom<SignNameRow> for SignName {
    type Error = StoreError;

    fn try_from(row: SignNameRow) -> Result<Self> {
        Ok(Self {
            id: parse("sign_names", "id", &row.id, &row.id)?,
            code: row.code,
            text: row.text,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
