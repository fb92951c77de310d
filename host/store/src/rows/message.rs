//! Rows of messages, whole and as a queue sees them.

use super::{cause, number_as_bool, parse, parse_json, parse_optional};
use crate::{QueueItem, Result, StoreError, StoredMove};
use jixinda_domain::{Actor, Encoding, Message, MessageClass, PhoneNumber, Timestamp};
use serde::Deserialize;
use sqlx::FromRow;

/// Also read from a JSON array of its columns, in this order.
#[derive(FromRow, Deserialize)]
pub(crate) struct MessageRow {
    id: String,
    serial: i64,
    application_id: String,
    batch_id: Option<String>,
    reference: Option<String>,
    recipient: String,
    country_code: u16,
    class: String,
    template_id: String,
    sign_name_id: String,
    params: String,
    text: String,
    encoding: String,
    segments: u16,
    #[serde(deserialize_with = "number_as_bool")]
    test: bool,
    status: String,
    epoch: u32,
    attempts: u16,
    #[serde(deserialize_with = "number_as_bool")]
    maybe_sent: bool,
    due_at: i64,
    expires_at: i64,
    send_at: Option<i64>,
    call_id: Option<String>,
    channel_id: Option<String>,
    account_id: Option<String>,
    upstream_id: Option<String>,
    cause_code: Option<String>,
    cause_detail: Option<String>,
    created_at: i64,
    updated_at: i64,
    resends: u16,
    pinned_channel_id: Option<String>,
    tries_from: u16,
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self> {
        const TABLE: &str = "messages";
        let id = row.id.as_str();
        let corrupt = |column| StoreError::Corrupt { table: TABLE, column, id: id.to_owned() };
        Ok(Self {
            id: parse(TABLE, "id", id, id)?,
            serial: u64::try_from(row.serial).map_err(|_| corrupt("serial"))?,
            application_id: parse(TABLE, "application_id", id, &row.application_id)?,
            batch_id: parse_optional(TABLE, "batch_id", id, row.batch_id.as_deref())?,
            recipient: PhoneNumber::from_trusted_e164(&row.recipient, row.country_code),
            class: parse(TABLE, "class", id, &row.class)?,
            template_id: parse(TABLE, "template_id", id, &row.template_id)?,
            sign_name_id: parse(TABLE, "sign_name_id", id, &row.sign_name_id)?,
            params: parse_json(TABLE, "params", id, &row.params)?,
            encoding: encoding(&row.encoding).ok_or_else(|| corrupt("encoding"))?,
            status: parse(TABLE, "status", id, &row.status)?,
            call_id: parse_optional(TABLE, "call_id", id, row.call_id.as_deref())?,
            channel_id: parse_optional(TABLE, "channel_id", id, row.channel_id.as_deref())?,
            pinned_channel_id: parse_optional(TABLE, "pinned_channel_id", id, row.pinned_channel_id.as_deref())?,
            account_id: parse_optional(TABLE, "account_id", id, row.account_id.as_deref())?,
            reference: row.reference,
            text: row.text,
            segments: row.segments,
            test: row.test,
            epoch: row.epoch,
            attempts: row.attempts,
            maybe_sent: row.maybe_sent,
            resends: row.resends,
            tries_from: row.tries_from,
            due_at: Timestamp::from_millis(row.due_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            send_at: row.send_at.map(Timestamp::from_millis),
            upstream_id: row.upstream_id,
            cause_code: row.cause_code,
            cause_detail: row.cause_detail,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

pub(crate) const fn encoding_word(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "gsm7",
        Encoding::Ucs2 => "ucs2",
    }
}

fn encoding(word: &str) -> Option<Encoding> {
    match word {
        "gsm7" => Some(Encoding::Gsm7),
        "ucs2" => Some(Encoding::Ucs2),
        _ => None,
    }
}

/// Also read from a JSON array of its columns, in this order.
#[derive(FromRow, Deserialize)]
pub(crate) struct QueueRow {
    id: String,
    application_id: String,
    class: String,
    due_at: i64,
}

impl TryFrom<QueueRow> for QueueItem {
    type Error = StoreError;

    fn try_from(row: QueueRow) -> Result<Self> {
        Ok(Self {
            id: parse("messages", "id", &row.id, &row.id)?,
            application_id: parse("messages", "application_id", &row.id, &row.application_id)?,
            class: parse::<MessageClass>("messages", "class", &row.id, &row.class)?,
            due_at: Timestamp::from_millis(row.due_at),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct MoveRow {
    message_id: String,
    from_status: String,
    to_status: String,
    moved_at: i64,
    due_at: i64,
    actor: String,
    cause_code: Option<String>,
    cause_detail: Option<String>,
}

impl TryFrom<MoveRow> for StoredMove {
    type Error = StoreError;

    fn try_from(row: MoveRow) -> Result<Self> {
        const TABLE: &str = "moves";
        let id = row.message_id.as_str();
        let by = match row.actor.as_str() {
            "gateway" => Actor::Gateway,
            "application" => Actor::Application,
            "operator" => Actor::Operator,
            "provider" => Actor::Provider,
            _ => return Err(StoreError::Corrupt { table: TABLE, column: "actor", id: id.to_owned() }),
        };
        Ok(Self {
            from: parse(TABLE, "from_status", id, &row.from_status)?,
            to: parse(TABLE, "to_status", id, &row.to_status)?,
            at: Timestamp::from_millis(row.moved_at),
            due_at: Timestamp::from_millis(row.due_at),
            by,
            cause: cause(row.cause_code, row.cause_detail),
        })
    }
}
