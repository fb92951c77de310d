//! Webhook deliveries: what applications were told, what waits, and what every try brought.

use super::auth::Operator;
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use jixinda_domain::{
    Cause, DeliveryState, EventKind, EventSubject, InboundId, MessageId, MessageStatus, Timestamp, WebhookDelivery,
    WebhookEndpointId, WebhookTry,
};
use jixinda_store::{DeliveryCursor, WebhookFilter, WebhookReplay};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/webhook-deliveries", get(list))
        .route("/webhook-deliveries/{webhook}/{event}", get(read))
        .route("/webhook-deliveries/{webhook}/{event}/replay", post(replay))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    application: Option<String>,
    webhook: Option<WebhookEndpointId>,
    state: Option<DeliveryState>,
    message: Option<MessageId>,
    cursor: Option<String>,
    limit: Option<u32>,
}

#[derive(Serialize)]
struct DeliveryView {
    webhook: WebhookEndpointId,
    event: String,
    r#type: EventKind,
    message: Option<MessageId>,
    /// The message's status at that moment.
    status: Option<MessageStatus>,
    cause: Option<Cause>,
    inbound: Option<InboundId>,
    occurred_at: Timestamp,
    state: DeliveryState,
    tries: u32,
    /// When it is tried next, where it waits.
    due_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct TryView {
    no: u32,
    started_at: Timestamp,
    duration_ms: u32,
    http_status: Option<u16>,
    error: Option<String>,
}

async fn list(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<ListQuery>, QueryRejection>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::invalid_request(format!("limit: 1 to {MAX_LIMIT}")));
    }
    let application_id = match &query.application {
        Some(application) => Some(super::application::find(&gateway, application).await?.id),
        None => None,
    };
    let cursor = query.cursor.map(|cursor| cursor.parse::<DeliveryCursor>()).transpose();
    let filter = WebhookFilter {
        application_id,
        endpoint_id: query.webhook,
        state: query.state,
        message_id: query.message,
        before: cursor.map_err(|error| Problem::invalid_request(format!("cursor: {error}")))?,
    };
    let mut deliveries = gateway.store.list_webhook_deliveries(&filter, limit + 1).await?;
    let more = deliveries.len() > limit as usize;
    deliveries.truncate(limit as usize);
    let next_cursor = deliveries.last().filter(|_| more).map(|last| DeliveryCursor::of(last).to_string());
    let views: Vec<DeliveryView> = deliveries.into_iter().map(DeliveryView::from).collect();
    Ok(Json(json!({"deliveries": views, "next_cursor": next_cursor})))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path((webhook, event)): Path<(String, String)>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let webhook = parse(&webhook)?;
    let delivery = gateway.store.webhook_delivery(webhook, &event).await?.ok_or_else(unknown)?;
    let tries = gateway.store.webhook_tries(webhook, &event).await?.into_iter().map(TryView::from);
    let tries: Vec<TryView> = tries.collect();
    Ok(Json(json!({"delivery": DeliveryView::from(delivery), "tries": tries})))
}

/// Lets one delivery wait again, whatever became of it.
async fn replay(
    State(gateway): State<Arc<Gateway>>,
    Path((webhook, event)): Path<(String, String)>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let now = gateway.clock.now();
    let replay = WebhookReplay { endpoint_id: parse(&webhook)?, event_id: Some(event), state: None, since: None, now };
    match gateway.store.replay_webhooks(&replay).await? {
        0 => Err(unknown()),
        replayed => Ok(Json(json!({"replayed": replayed}))),
    }
}

fn parse(webhook: &str) -> Result<WebhookEndpointId, Problem> {
    webhook.parse().map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::not_found("webhook delivery")
}

impl From<WebhookDelivery> for DeliveryView {
    fn from(delivery: WebhookDelivery) -> Self {
        let r#type = delivery.subject.kind();
        let (message, status, cause, inbound) = match delivery.subject {
            EventSubject::Message { id, status, cause } => (Some(id), Some(status), cause, None),
            EventSubject::Inbound { id } => (None, None, None, Some(id)),
        };
        Self {
            webhook: delivery.endpoint_id,
            event: delivery.event_id,
            r#type,
            message,
            status,
            cause,
            inbound,
            occurred_at: delivery.occurred_at,
            state: delivery.state,
            tries: delivery.tries,
            due_at: (delivery.state == DeliveryState::Waiting).then_some(delivery.due_at),
        }
    }
}

impl From<WebhookTry> for TryView {
    fn from(attempt: WebhookTry) -> Self {
        Self {
            no: attempt.no,
            started_at: attempt.started_at,
            duration_ms: attempt.duration_ms,
            http_status: attempt.http_status,
            error: attempt.error,
        }
    }
}
