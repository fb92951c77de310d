//! Rows of rules for inbound texts.

use super::{parse, parse_optional};
use crate::{Result, StoreError};
use jixinda_domain::{InboundRoute, Timestamp};
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct InboundRouteRow {
    id: String,
    application_id: String,
    account_id: Option<String>,
    recipient: Option<String>,
    extension: Option<String>,
    keyword: Option<String>,
    created_at: i64,
}

impl TryFrom<InboundRouteRow> for InboundRoute {
    type Error = StoreError;

    fn try_from(row: InboundRouteRow) -> Result<Self> {
        const TABLE: &str = "inbound_routes";
        Ok(Self {
            id: parse(TABLE, "id", &row.id, &row.id)?,
            application_id: parse(TABLE, "application_id", &row.id, &row.application_id)?,
            account_id: parse_optional(TABLE, "account_id", &row.id, row.account_id.as_deref())?,
            recipient: row.recipient,
            extension: row.extension,
            keyword: row.keyword,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
