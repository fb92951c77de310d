//! Rows of texts from people.

use super::{parse, parse_optional};
use crate::{Result, StoreError, StoredInbound};
use jixinda_domain::{InboundMessage, Timestamp};
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct InboundRow {
    id: String,
    account_id: String,
    application_id: Option<String>,
    sender: String,
    recipient: Option<String>,
    extension: Option<String>,
    sign_name: Option<String>,
    text: String,
    occurred_at: Option<i64>,
    received_at: i64,
}

impl TryFrom<InboundRow> for StoredInbound {
    type Error = StoreError;

    fn try_from(row: InboundRow) -> Result<Self> {
        const TABLE: &str = "inbound_messages";
        Ok(Self {
            id: parse(TABLE, "id", &row.id, &row.id)?,
            account_id: parse(TABLE, "account_id", &row.id, &row.account_id)?,
            application_id: parse_optional(TABLE, "application_id", &row.id, row.application_id.as_deref())?,
            opt_out: None,
            message: InboundMessage {
                upstream_id: None,
                sender: row.sender,
                recipient: row.recipient,
                extension: row.extension,
                sign_name: row.sign_name,
                text: row.text,
                part: None,
                at: row.occurred_at.map(Timestamp::from_millis),
            },
            received_at: Timestamp::from_millis(row.received_at),
        })
    }
}
