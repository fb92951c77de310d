//! Row shapes that every backend shares, and how they become the domain's nouns. A bad row names table, column and id.

use crate::{
    AdminToken, BlockedNumber, CallName, FeedPosition, OpenCall, QueueItem, Result, StoreError, StoredAttempt,
    StoredInbound, StoredReceipt, Tries,
};
use jixinda_domain::{
    AccessKey, Account, Application, Cause, Channel, Encoding, InboundMessage, Message, MessageClass, PhoneNumber,
    SignName, SignNameBinding, Template, TemplateBinding, Timestamp,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use sqlx::FromRow;
use std::str::FromStr;

/// Reads one text column as `T`.
fn parse<T: FromStr>(table: &'static str, column: &'static str, id: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| StoreError::Corrupt { table, column, id: id.to_owned() })
}

fn parse_optional<T: FromStr>(
    table: &'static str,
    column: &'static str,
    id: &str,
    text: Option<&str>,
) -> Result<Option<T>> {
    text.map(|text| parse(table, column, id, text)).transpose()
}

fn parse_json<T: DeserializeOwned>(table: &'static str, column: &'static str, id: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt { table, column, id: id.to_owned() })
}

fn cause(code: Option<String>, detail: Option<String>) -> Option<Cause> {
    code.map(|code| Cause { code, detail: detail.unwrap_or_default() })
}

/// SQLite has no booleans: 0 and 1.
fn number_as_bool<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<bool, D::Error> {
    Ok(u8::deserialize(deserializer)? != 0)
}

#[derive(FromRow)]
pub(crate) struct ApplicationRow {
    id: String,
    name: String,
    active: bool,
    networks: String,
    allow_bearer: bool,
    created_at: i64,
}

impl TryFrom<ApplicationRow> for Application {
    type Error = StoreError;

    fn try_from(row: ApplicationRow) -> Result<Self> {
        Ok(Self {
            id: parse("applications", "id", &row.id, &row.id)?,
            networks: parse_json("applications", "networks", &row.id, &row.networks)?,
            name: row.name,
            active: row.active,
            allow_bearer: row.allow_bearer,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct AccessKeyRow {
    id: String,
    application_id: String,
    sealed_secret: Vec<u8>,
    test: bool,
    active: bool,
    created_at: i64,
}

impl TryFrom<AccessKeyRow> for AccessKey {
    type Error = StoreError;

    fn try_from(row: AccessKeyRow) -> Result<Self> {
        Ok(Self {
            id: parse("access_keys", "id", &row.id, &row.id)?,
            application_id: parse("access_keys", "application_id", &row.id, &row.application_id)?,
            sealed_secret: row.sealed_secret,
            test: row.test,
            active: row.active,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

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

#[derive(FromRow)]
pub(crate) struct ChannelRow {
    id: String,
    name: String,
    account_id: String,
    enabled: bool,
    position: i32,
    max_concurrency: u32,
    rate_per_second: Option<u32>,
    countries: String,
    created_at: i64,
}

impl TryFrom<ChannelRow> for Channel {
    type Error = StoreError;

    fn try_from(row: ChannelRow) -> Result<Self> {
        Ok(Self {
            id: parse("channels", "id", &row.id, &row.id)?,
            account_id: parse("channels", "account_id", &row.id, &row.account_id)?,
            countries: parse_json("channels", "countries", &row.id, &row.countries)?,
            name: row.name,
            enabled: row.enabled,
            position: row.position,
            max_concurrency: row.max_concurrency,
            rate_per_second: row.rate_per_second,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct TemplateRow {
    id: String,
    code: String,
    name: String,
    class: String,
    content: String,
    params: String,
    created_at: i64,
}

impl TryFrom<TemplateRow> for Template {
    type Error = StoreError;

    fn try_from(row: TemplateRow) -> Result<Self> {
        Ok(Self {
            id: parse("templates", "id", &row.id, &row.id)?,
            class: parse("templates", "class", &row.id, &row.class)?,
            params: parse_json("templates", "params", &row.id, &row.params)?,
            code: row.code,
            name: row.name,
            content: row.content,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

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

#[derive(FromRow)]
pub(crate) struct TemplateBindingRow {
    channel_id: String,
    template_id: String,
    provider_code: Option<String>,
    params: String,
    refusal_code: Option<String>,
    refusal_detail: Option<String>,
}

impl TryFrom<TemplateBindingRow> for TemplateBinding {
    type Error = StoreError;

    fn try_from(row: TemplateBindingRow) -> Result<Self> {
        Ok(Self {
            channel_id: parse("template_bindings", "channel_id", &row.template_id, &row.channel_id)?,
            template_id: parse("template_bindings", "template_id", &row.channel_id, &row.template_id)?,
            params: parse_json("template_bindings", "params", &row.channel_id, &row.params)?,
            provider_code: row.provider_code,
            refusal: cause(row.refusal_code, row.refusal_detail),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct SignNameBindingRow {
    channel_id: String,
    sign_name_id: String,
    provider_code: Option<String>,
    refusal_code: Option<String>,
    refusal_detail: Option<String>,
}

impl TryFrom<SignNameBindingRow> for SignNameBinding {
    type Error = StoreError;

    fn try_from(row: SignNameBindingRow) -> Result<Self> {
        Ok(Self {
            channel_id: parse("sign_name_bindings", "channel_id", &row.sign_name_id, &row.channel_id)?,
            sign_name_id: parse("sign_name_bindings", "sign_name_id", &row.channel_id, &row.sign_name_id)?,
            provider_code: row.provider_code,
            refusal: cause(row.refusal_code, row.refusal_detail),
        })
    }
}

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
            account_id: parse_optional(TABLE, "account_id", id, row.account_id.as_deref())?,
            reference: row.reference,
            text: row.text,
            segments: row.segments,
            test: row.test,
            epoch: row.epoch,
            attempts: row.attempts,
            maybe_sent: row.maybe_sent,
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
pub(crate) struct OpenCallRow {
    id: String,
    channel_id: String,
    account_id: String,
    messages: String,
    started_at: i64,
}

impl TryFrom<OpenCallRow> for OpenCall {
    type Error = StoreError;

    fn try_from(row: OpenCallRow) -> Result<Self> {
        let pairs: Vec<(String, String)> = parse_json("calls", "messages", &row.id, &row.messages)?;
        let message_ids = pairs.iter().map(|(id, _)| parse("calls", "messages", &row.id, id)).collect::<Result<_>>()?;
        Ok(Self {
            id: parse("calls", "id", &row.id, &row.id)?,
            channel_id: parse("calls", "channel_id", &row.id, &row.channel_id)?,
            account_id: parse("calls", "account_id", &row.id, &row.account_id)?,
            started_at: Timestamp::from_millis(row.started_at),
            message_ids,
        })
    }
}

#[derive(FromRow)]
pub(crate) struct AttemptRow {
    no: u16,
    call_id: String,
    channel_id: String,
    outcome: String,
    reason: Option<String>,
    scope: Option<String>,
    cause_code: Option<String>,
    cause_detail: Option<String>,
    upstream_id: Option<String>,
    explanation: Option<String>,
    started_at: i64,
    duration_ms: u32,
}

impl From<AttemptRow> for StoredAttempt {
    fn from(row: AttemptRow) -> Self {
        Self {
            no: row.no,
            call_id: row.call_id,
            channel_id: row.channel_id,
            outcome: row.outcome,
            reason: row.reason,
            scope: row.scope,
            cause_code: row.cause_code,
            cause_detail: row.cause_detail,
            upstream_id: row.upstream_id,
            explanation: row.explanation,
            started_at: Timestamp::from_millis(row.started_at),
            duration_ms: row.duration_ms,
        }
    }
}

#[derive(FromRow)]
pub(crate) struct ReceiptRow {
    status: String,
    cause_code: Option<String>,
    cause_detail: Option<String>,
    occurred_at: Option<i64>,
    received_at: i64,
}

impl From<ReceiptRow> for StoredReceipt {
    fn from(row: ReceiptRow) -> Self {
        Self {
            status: row.status,
            cause_code: row.cause_code,
            cause_detail: row.cause_detail,
            occurred_at: row.occurred_at.map(Timestamp::from_millis),
            received_at: Timestamp::from_millis(row.received_at),
        }
    }
}

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

#[derive(sqlx::FromRow)]
pub(crate) struct FeedRow {
    account_id: String,
    feed: String,
    cursor: Option<String>,
    polled_at: i64,
}

impl TryFrom<FeedRow> for FeedPosition {
    type Error = StoreError;

    fn try_from(row: FeedRow) -> Result<Self> {
        Ok(Self {
            account_id: parse("feeds", "account_id", &row.feed, &row.account_id)?,
            feed: row.feed,
            cursor: row.cursor,
            polled_at: Timestamp::from_millis(row.polled_at),
        })
    }
}

/// Turns rows into nouns, stopping at the first bad one.
pub(crate) fn all<Row, Noun>(rows: Vec<Row>) -> Result<Vec<Noun>>
where
    Noun: TryFrom<Row>,
    StoreError: From<Noun::Error>,
{
    rows.into_iter().map(|row| Noun::try_from(row).map_err(StoreError::from)).collect()
}

impl From<std::convert::Infallible> for StoreError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

#[derive(FromRow)]
pub(crate) struct TriesRow {
    message_id: String,
    channel_id: String,
    outcome: String,
    scope: Option<String>,
    cause_code: Option<String>,
    cause_detail: Option<String>,
}

impl TryFrom<TriesRow> for Tries {
    type Error = StoreError;

    fn try_from(row: TriesRow) -> Result<Self> {
        Ok(Self {
            message_id: parse("attempts", "message_id", &row.message_id, &row.message_id)?,
            channel_id: parse("attempts", "channel_id", &row.message_id, &row.channel_id)?,
            rejected: row.outcome == "rejected",
            spoilt_batch: row.scope.as_deref() == Some("batch"),
            cause_code: row.cause_code,
            cause_detail: row.cause_detail,
        })
    }
}

#[derive(FromRow)]
pub(crate) struct CallNameRow {
    id: String,
    serial: i64,
    started_at: i64,
}

impl TryFrom<CallNameRow> for CallName {
    type Error = StoreError;

    fn try_from(row: CallNameRow) -> Result<Self> {
        Ok(Self {
            id: parse("calls", "id", &row.id, &row.id)?,
            serial: u64::try_from(row.serial).map_err(|_| StoreError::Corrupt {
                table: "calls",
                column: "serial",
                id: row.id,
            })?,
            started_at: Timestamp::from_millis(row.started_at),
        })
    }
}
