//! Rows of webhook endpoints, deliveries and tries.

use super::{cause, parse, parse_json, parse_optional};
use crate::{Result, StoreError};
use jixinda_domain::{EventSubject, PreviousKey, Timestamp, WebhookDelivery, WebhookEndpoint, WebhookTry};
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct WebhookEndpointRow {
    id: String,
    application_id: String,
    url: String,
    events: String,
    statuses: String,
    active: bool,
    off_reason: Option<String>,
    sealed_key: Vec<u8>,
    sealed_previous_key: Option<Vec<u8>>,
    previous_key_until: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<WebhookEndpointRow> for WebhookEndpoint {
    type Error = StoreError;

    fn try_from(row: WebhookEndpointRow) -> Result<Self> {
        const TABLE: &str = "webhook_endpoints";
        let previous_key = row
            .sealed_previous_key
            .zip(row.previous_key_until)
            .map(|(sealed, until)| PreviousKey { sealed, valid_until: Timestamp::from_millis(until) });
        Ok(Self {
            id: parse(TABLE, "id", &row.id, &row.id)?,
            application_id: parse(TABLE, "application_id", &row.id, &row.application_id)?,
            url: row.url,
            events: parse_json(TABLE, "events", &row.id, &row.events)?,
            statuses: parse_json(TABLE, "statuses", &row.id, &row.statuses)?,
            active: row.active,
            off_reason: row.off_reason,
            sealed_key: row.sealed_key,
            previous_key,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct WebhookDeliveryRow {
    endpoint_id: String,
    event_id: String,
    message_id: Option<String>,
    inbound_id: Option<String>,
    status: Option<String>,
    cause_code: Option<String>,
    cause_detail: Option<String>,
    occurred_at: i64,
    state: String,
    tries: u32,
    step: u32,
    due_at: i64,
}

impl TryFrom<WebhookDeliveryRow> for WebhookDelivery {
    type Error = StoreError;

    fn try_from(row: WebhookDeliveryRow) -> Result<Self> {
        const TABLE: &str = "webhook_deliveries";
        let corrupt = |column| StoreError::Corrupt { table: TABLE, column, id: row.event_id.clone() };
        let id = row.event_id.as_str();
        let message = parse_optional(TABLE, "message_id", id, row.message_id.as_deref())?;
        let status = parse_optional(TABLE, "status", id, row.status.as_deref())?;
        let inbound = parse_optional(TABLE, "inbound_id", id, row.inbound_id.as_deref())?;
        let subject = match (message, inbound) {
            (Some(id), None) => EventSubject::Message {
                id,
                status: status.ok_or_else(|| corrupt("status"))?,
                cause: cause(row.cause_code, row.cause_detail),
            },
            (None, Some(id)) => EventSubject::Inbound { id },
            _ => return Err(corrupt("message_id")),
        };
        Ok(Self {
            endpoint_id: parse(TABLE, "endpoint_id", id, &row.endpoint_id)?,
            subject,
            occurred_at: Timestamp::from_millis(row.occurred_at),
            state: parse(TABLE, "state", id, &row.state)?,
            tries: row.tries,
            step: row.step,
            due_at: Timestamp::from_millis(row.due_at),
            event_id: row.event_id,
        })
    }
}

#[derive(FromRow)]
pub(crate) struct WebhookTryRow {
    no: u32,
    started_at: i64,
    duration_ms: u32,
    http_status: Option<u16>,
    error: Option<String>,
}

impl From<WebhookTryRow> for WebhookTry {
    fn from(row: WebhookTryRow) -> Self {
        Self {
            no: row.no,
            started_at: Timestamp::from_millis(row.started_at),
            duration_ms: row.duration_ms,
            http_status: row.http_status,
            error: row.error,
        }
    }
}
