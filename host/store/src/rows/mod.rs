//! Row shapes that every backend shares, and how they become the domain's nouns. A bad row names table, column and id.

mod account;
mod admin_token;
mod application;
mod blocklist;
mod call;
mod channel;
mod conversion;
mod feed;
mod inbound;
mod inbound_route;
mod message;
mod node;
mod receipt;
mod routing;
mod routing_policy;
mod sign_name;
mod template;
mod traffic;
mod webhook;

pub(crate) use account::AccountRow;
pub(crate) use admin_token::AdminTokenRow;
pub(crate) use application::{AccessKeyRow, ApplicationRow};
pub(crate) use blocklist::{BlockedNumberRow, OptOutRow};
pub(crate) use call::{AttemptRow, CallNameRow, OpenCallRow, TriesRow};
pub(crate) use channel::{ChannelRow, SignNameBindingRow, TemplateBindingRow};
pub(crate) use conversion::ConversionRow;
pub(crate) use feed::FeedRow;
pub(crate) use inbound::InboundRow;
pub(crate) use inbound_route::InboundRouteRow;
pub(crate) use message::{MessageRow, MoveRow, QueueRow, encoding_word};
pub(crate) use node::{BlocklistChangeRow, LeaseRow, NodeRow, revisions};
pub(crate) use receipt::ReceiptRow;
pub(crate) use routing::{RoutingEventRow, RoutingStateRow, StandingRow};
pub(crate) use routing_policy::{RoutingPolicyChannelRow, RoutingPolicyRow};
pub(crate) use sign_name::SignNameRow;
pub(crate) use template::TemplateRow;
pub(crate) use traffic::{RecordedAttemptRow, RecordedMessageRow};
pub(crate) use webhook::{WebhookDeliveryRow, WebhookEndpointRow, WebhookTryRow};

use crate::{Result, StoreError};
use jixinda_domain::Cause;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
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
