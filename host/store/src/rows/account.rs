//! Rows of accounts.

use super::parse;
use crate::{Result, StoreError};
use jixinda_domain::{Account, Timestamp};
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct AccountRow {
    id: String,
    name: String,
    provider: String,
    config: String,
    sealed_secrets: Vec<u8>,
    callback_token: String,
    enabled: bool,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self> {
        Ok(Self {
            id: parse("accounts", "id", &row.id, &row.id)?,
            name: row.name,
            provider: row.provider,
            config: row.config,
            sealed_secrets: row.sealed_secrets,
            callback_token: row.callback_token,
            enabled: row.enabled,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}
