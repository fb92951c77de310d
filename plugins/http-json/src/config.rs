//! An account's settings: the description of an API. The gateway has checked them against `config.schema.json`; secrets
//! come apart.

use std::collections::BTreeMap;

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::settings;
use jixinda_plugin_kit::sign_name::Place;
use jixinda_plugin_kit::types::{Account, Failure};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::path::{Path, Pattern};

/// Settings that are no secrets. What is absent is as the schema's defaults say.
#[derive(Deserialize, Debug, PartialEq)]
#[serde(default)]
pub struct Config {
    pub send_url: String,
    pub method: String,
    pub headers: BTreeMap<String, String>,
    pub basic_user: String,
    pub content_type: ContentType,
    pub body: Map<String, Value>,
    pub omit_empty: bool,
    pub param_separator: String,
    pub sign_name_place: Place,
    pub success_statuses: Vec<u16>,
    pub success_path: Path,
    pub success_values: Vec<Pattern>,
    pub id_path: Path,
    pub error_path: Path,
    pub error_text_path: Path,
    pub retry_after_path: Path,
    pub errors: Vec<ErrorRow>,
    pub receipt_list_path: Path,
    pub receipt_id_path: Path,
    pub receipt_reference_path: Path,
    pub receipt_serial_path: Path,
    pub receipt_to_path: Path,
    pub receipt_status_path: Path,
    pub receipt_error_path: Path,
    pub receipt_time_path: Path,
    time_zone: String,
    pub receipt_statuses: Vec<StatusRow>,
    pub callback_secret_header: String,
    pub callback_secret_query: String,
    pub callback_reply: String,
    pub callback_reply_type: String,
    pub balance_url: String,
    pub balance_path: Path,
    pub balance_unit: String,
    pub balance_unit_path: Path,
    pub request_timeout_ms: u32,
}

/// In what form a body is sent.
#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ContentType {
    #[default]
    Json,
    Form,
}

/// What codes that look so mean.
#[derive(Deserialize, Debug, PartialEq)]
pub struct ErrorRow {
    pub code: Pattern,
    pub outcome: Meaning,
    /// Whether another channel may still succeed; where it is not said, what the outcome mostly means.
    pub elsewhere: Option<bool>,
    pub scope: Option<ScopeWord>,
    pub retry_after_seconds: Option<u32>,
}

/// What a code can mean.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    BadRecipient,
    RecipientBlocked,
    ContentRefused,
    TooLong,
    Duplicate,
    Expired,
    Refused,
    BadSignName,
    BadTemplate,
    Unroutable,
    RefusedHere,
    RateLimited,
    Busy,
    NoBalance,
    AuthFailed,
    Uncertain,
}

/// Whom a deferral concerns.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeWord {
    Message,
    Recipient,
    SignName,
    Template,
    Account,
}

/// What statuses that look so mean.
#[derive(Deserialize, Debug, PartialEq)]
pub struct StatusRow {
    pub value: Pattern,
    pub status: StatusWord,
}

/// What a status can mean.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum StatusWord {
    Enroute,
    Delivered,
    Undelivered,
    Expired,
    Rejected,
    Unknown,
}

impl Config {
    /// Whether the operator has named a place for the callbacks' secret, other than the default.
    pub fn names_a_callback_secret(&self) -> bool {
        !self.callback_secret_query.is_empty() || self.callback_secret_header != "Authorization"
    }

    pub fn read(account: &Account) -> Result<Self, Failure> {
        let config: Self = settings::read(account)?;
        if config.send_url.is_empty() {
            return Err(Failure::BadConfig("send_url is not set".into()));
        }
        Ok(config)
    }

    pub fn zone(&self) -> Zone {
        Zone::parse(&self.time_zone).unwrap_or(Zone::CHINA)
    }
}

impl Default for Config {
    fn default() -> Self {
        let status = |value: &str, status| StatusRow { value: Pattern::new(value), status };
        Self {
            send_url: String::new(),
            method: "POST".into(),
            headers: BTreeMap::new(),
            basic_user: String::new(),
            content_type: ContentType::Json,
            body: Map::new(),
            omit_empty: false,
            param_separator: ",".into(),
            sign_name_place: Place::Front,
            success_statuses: vec![200, 201, 202],
            success_path: Path::default(),
            success_values: vec![Pattern::new("true")],
            id_path: Path::default(),
            error_path: Path::default(),
            error_text_path: Path::default(),
            retry_after_path: Path::default(),
            errors: Vec::new(),
            receipt_list_path: Path::default(),
            receipt_id_path: Path::default(),
            receipt_reference_path: Path::default(),
            receipt_serial_path: Path::default(),
            receipt_to_path: Path::default(),
            receipt_status_path: Path::default(),
            receipt_error_path: Path::default(),
            receipt_time_path: Path::default(),
            time_zone: "+08:00".into(),
            receipt_statuses: vec![
                status("deliv*", StatusWord::Delivered),
                status("expired", StatusWord::Expired),
                status("rejected", StatusWord::Rejected),
                status("failed", StatusWord::Undelivered),
                status("undeliv*", StatusWord::Undelivered),
                status("sent", StatusWord::Enroute),
            ],
            callback_secret_header: "Authorization".into(),
            callback_secret_query: String::new(),
            callback_reply: r#"{"ok":true}"#.into(),
            callback_reply_type: "application/json".into(),
            balance_url: String::new(),
            balance_path: Path::new("balance"),
            balance_unit: "CNY".into(),
            balance_unit_path: Path::default(),
            request_timeout_ms: 10_000,
        }
    }
}
