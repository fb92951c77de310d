//! Webhook endpoints (webhook 地址) of an application. A signing key is shown once, when it is made.

use super::application;
use super::auth::{Change, Operator};
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use crate::notify;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jixinda_domain::{
    ApplicationId, DeliveryState, EventKind, MessageStatus, PreviousKey, TOLD_STATUSES, Timestamp, WebhookEndpoint,
    WebhookEndpointId,
};
use jixinda_store::WebhookReplay;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    let below = "/applications/{id}/webhooks/{webhook}";
    Router::new()
        .route("/applications/{id}/webhooks", get(list).post(create))
        .route(below, get(read).patch(update).delete(remove))
        .route(&format!("{below}/rotate"), post(rotate))
        .route(&format!("{below}/test"), post(test))
        .route(&format!("{below}/replay"), post(replay))
}

#[derive(Serialize)]
struct WebhookView {
    id: WebhookEndpointId,
    application: ApplicationId,
    url: String,
    events: Vec<EventKind>,
    /// Empty: all.
    statuses: Vec<MessageStatus>,
    active: bool,
    /// Why the gateway switched it off, where it did.
    off_reason: Option<String>,
    previous_key_valid_until: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    url: String,
    events: Option<Vec<EventKind>>,
    #[serde(default)]
    statuses: Vec<MessageStatus>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookChange {
    url: Option<String>,
    active: Option<bool>,
    events: Option<Vec<EventKind>>,
    statuses: Option<Vec<MessageStatus>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    since: Option<Timestamp>,
    #[serde(default)]
    state: ReplayedState,
}

/// Which deliveries are told again.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ReplayedState {
    #[default]
    Parked,
    Waiting,
    Delivered,
    All,
}

async fn list(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let application = application::find(&gateway, &id).await?;
    let endpoints = gateway.store.webhook_endpoints().await?.into_iter();
    let views: Vec<WebhookView> =
        endpoints.filter(|endpoint| endpoint.application_id == application.id).map(WebhookView::from).collect();
    Ok(Json(json!({"webhooks": views})))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(names): Path<(String, String)>,
    _: Operator,
) -> Result<Json<WebhookView>, Problem> {
    Ok(Json(find(&gateway, &names).await?.into()))
}

async fn create(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Change(new): Change<NewWebhook>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let application = application::find(&gateway, &id).await?;
    let now = gateway.clock.now();
    let id = WebhookEndpointId::new(now, rand::random());
    let (secret, sealed_key) = new_key(&gateway, id);
    let endpoint = WebhookEndpoint {
        id,
        application_id: application.id,
        url: checked_url(&gateway, &new.url)?,
        events: checked_events(new.events.unwrap_or(EventKind::ALL.to_vec()))?,
        statuses: checked_statuses(new.statuses)?,
        active: true,
        off_reason: None,
        sealed_key,
        previous_key: None,
        created_at: now,
        updated_at: now,
    };
    gateway.store.insert_webhook_endpoint(&endpoint).await?;
    gateway.reload_directory().await?;
    Ok((StatusCode::CREATED, Json(json!({"webhook": WebhookView::from(endpoint), "secret": secret}))))
}

async fn update(
    State(gateway): State<Arc<Gateway>>,
    Path(names): Path<(String, String)>,
    Change(change): Change<WebhookChange>,
) -> Result<Json<WebhookView>, Problem> {
    let _turn = gateway.webhook_changes.lock().await;
    let mut endpoint = find(&gateway, &names).await?;
    if let Some(url) = change.url {
        endpoint.url = checked_url(&gateway, &url)?;
    }
    if let Some(events) = change.events {
        endpoint.events = checked_events(events)?;
    }
    if let Some(statuses) = change.statuses {
        endpoint.statuses = checked_statuses(statuses)?;
    }
    if let Some(active) = change.active {
        endpoint.active = active;
        endpoint.off_reason = None;
    }
    save(&gateway, &mut endpoint).await?;
    Ok(Json(endpoint.into()))
}

async fn remove(
    State(gateway): State<Arc<Gateway>>,
    Path(names): Path<(String, String)>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    let endpoint = find(&gateway, &names).await?;
    gateway.store.delete_webhook_endpoint(endpoint.id).await?;
    gateway.reload_directory().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a new signing key; the present one signs beside it for a while.
async fn rotate(
    State(gateway): State<Arc<Gateway>>,
    Path(names): Path<(String, String)>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let _turn = gateway.webhook_changes.lock().await;
    let mut endpoint = find(&gateway, &names).await?;
    let valid_until = gateway.clock.now() + gateway.config.webhooks.key_overlap();
    let (secret, sealed_key) = new_key(&gateway, endpoint.id);
    let sealed = std::mem::replace(&mut endpoint.sealed_key, sealed_key);
    endpoint.previous_key = Some(PreviousKey { sealed, valid_until });
    save(&gateway, &mut endpoint).await?;
    Ok(Json(json!({"id": endpoint.id, "secret": secret, "previous_key_valid_until": valid_until})))
}

async fn test(
    State(gateway): State<Arc<Gateway>>,
    Path(names): Path<(String, String)>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let endpoint = find(&gateway, &names).await?;
    let entry = gateway.directory().webhooks.get(&endpoint.id).cloned();
    let entry = entry.ok_or_else(|| Problem::not_found("webhook"))?;
    let report = notify::test(&gateway, &entry).await;
    Ok(Json(json!({
        "delivered": report.is_taken(),
        "http_status": report.http_status,
        "error": report.error,
        "duration_ms": report.duration_ms,
    })))
}

async fn replay(
    State(gateway): State<Arc<Gateway>>,
    Path(names): Path<(String, String)>,
    Change(replay): Change<Replay>,
) -> Result<Json<Value>, Problem> {
    let endpoint = find(&gateway, &names).await?;
    let state = match replay.state {
        ReplayedState::Parked => Some(DeliveryState::Parked),
        ReplayedState::Waiting => Some(DeliveryState::Waiting),
        ReplayedState::Delivered => Some(DeliveryState::Delivered),
        ReplayedState::All => None,
    };
    if matches!(replay.state, ReplayedState::Delivered | ReplayedState::All) && replay.since.is_none() {
        return Err(Problem::invalid_request("since: needed where delivered events are to be told again"));
    }
    let now = gateway.clock.now();
    let replay = WebhookReplay { endpoint_id: endpoint.id, event_id: None, state, since: replay.since, now };
    let replayed = gateway.store.replay_webhooks(&replay).await?;
    Ok(Json(json!({"replayed": replayed})))
}

async fn save(gateway: &Gateway, endpoint: &mut WebhookEndpoint) -> Result<(), Problem> {
    endpoint.updated_at = gateway.clock.now();
    if !gateway.store.update_webhook_endpoint(endpoint).await? {
        return Err(Problem::not_found("webhook"));
    }
    Ok(gateway.reload_directory().await?)
}

async fn find(gateway: &Gateway, (application, webhook): &(String, String)) -> Result<WebhookEndpoint, Problem> {
    let application = application::find(gateway, application).await?;
    let endpoints = gateway.store.webhook_endpoints().await?;
    let mut of_application = endpoints.into_iter().filter(|endpoint| endpoint.application_id == application.id);
    of_application.find(|endpoint| endpoint.id.to_string() == *webhook).ok_or_else(|| Problem::not_found("webhook"))
}

/// The key as its owner sees it, and as it is kept.
fn new_key(gateway: &Gateway, id: WebhookEndpointId) -> (String, Vec<u8>) {
    let key: [u8; 32] = rand::random();
    (format!("whsec_{}", STANDARD.encode(key)), gateway.sealer.seal(&id.to_string(), &key))
}

fn checked_url(gateway: &Gateway, url: &str) -> Result<String, Problem> {
    let checked = gateway.webhook_egress.check(url);
    checked.map(String::from).map_err(|refusal| Problem::invalid_request(format!("url: {refusal}")))
}

fn checked_events(events: Vec<EventKind>) -> Result<Vec<EventKind>, Problem> {
    if events.is_empty() {
        return Err(Problem::invalid_request("events: at least one of message.updated, message.inbound"));
    }
    Ok(EventKind::ALL.into_iter().filter(|kind| events.contains(kind)).collect())
}

fn checked_statuses(statuses: Vec<MessageStatus>) -> Result<Vec<MessageStatus>, Problem> {
    if let Some(untold) = statuses.iter().find(|status| !TOLD_STATUSES.contains(status)) {
        return Err(Problem::invalid_request(format!("statuses: applications are not told of {untold}")));
    }
    Ok(TOLD_STATUSES.into_iter().filter(|status| statuses.contains(status)).collect())
}

impl From<WebhookEndpoint> for WebhookView {
    fn from(endpoint: WebhookEndpoint) -> Self {
        Self {
            id: endpoint.id,
            application: endpoint.application_id,
            url: endpoint.url,
            events: endpoint.events,
            statuses: endpoint.statuses,
            active: endpoint.active,
            off_reason: endpoint.off_reason,
            previous_key_valid_until: endpoint.previous_key.map(|key| key.valid_until),
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}
