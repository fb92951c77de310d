//! Rows of admin tokens.

use super::parse;
use crate::{AdminToken, Result, StoreError};
use jixinda_domain::Timestamp;
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct AdminTokenRow {
    id: String,
    name: String,
    token_hash: Vec<u8>,
    created_at: i64,
}

impl TryFrom<AdminTokenRow> for AdminToken {
    type Error = StoreError;

    fn try_from(row: AdminTokenRow) -> Result<Self> {
        Ok(Self {
            id: parse("admin_tokens", "id", &row.id, &row.id)?,
            name: row.name,
            token_hash: row.token_hash,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
