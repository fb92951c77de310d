//! Applications (应用) and their keys. A secret is shown once, when it is made.

use super::auth::{Change, Operator};
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ipnet::IpNet;
use jixinda_domain::{AccessKey, AccessKeyId, Application, ApplicationId, LimitRule, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// Rules of one application: each costs a look at every acceptance.
const MOST_LIMITS: usize = 8;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/applications", get(list).post(create))
        .route("/applications/{id}", get(read).patch(update))
        .route("/applications/{id}/keys", post(create_key))
        .route("/applications/{id}/keys/{key}", axum::routing::patch(update_key))
}

#[derive(Serialize)]
struct ApplicationView {
    id: ApplicationId,
    name: String,
    active: bool,
    networks: Vec<IpNet>,
    allow_bearer: bool,
    limits: Vec<LimitRule>,
    daily_quota: Option<u32>,
    weight: u32,
    keys: Vec<KeyView>,
    created_at: Timestamp,
}

#[derive(Serialize)]
struct KeyView {
    id: AccessKeyId,
    test: bool,
    active: bool,
    created_at: Timestamp,
}

#[derive(Serialize)]
struct NewKeyView {
    id: AccessKeyId,
    /// Shown only now.
    secret: String,
    test: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewApplication {
    name: String,
    #[serde(default)]
    networks: Vec<IpNet>,
    #[serde(default = "yes")]
    allow_bearer: bool,
    #[serde(default)]
    limits: Vec<LimitRule>,
    /// Texts a day; 0 for any number.
    #[serde(default)]
    daily_quota: u32,
    weight: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationChange {
    name: Option<String>,
    active: Option<bool>,
    networks: Option<Vec<IpNet>>,
    allow_bearer: Option<bool>,
    limits: Option<Vec<LimitRule>>,
    /// Texts a day; 0 for any number.
    daily_quota: Option<u32>,
    weight: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    #[serde(default)]
    test: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyChange {
    active: bool,
}

fn yes() -> bool {
    true
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Result<Json<Value>, Problem> {
    let keys = gateway.store.access_keys().await?;
    let applications = gateway.store.applications().await?;
    let views: Vec<ApplicationView> = applications.into_iter().map(|application| view(application, &keys)).collect();
    Ok(Json(json!({"applications": views})))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<ApplicationView>, Problem> {
    let application = find(&gateway, &id).await?;
    Ok(Json(view(application, &gateway.store.access_keys().await?)))
}

/// Makes an application with its first key.
async fn create(
    State(gateway): State<Arc<Gateway>>,
    Change(new): Change<NewApplication>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    super::check_name("name", &new.name)?;
    check_limits(&new.limits)?;
    let now = gateway.clock.now();
    let application = Application {
        id: ApplicationId::new(now, rand::random()),
        name: new.name,
        active: true,
        networks: new.networks,
        allow_bearer: new.allow_bearer,
        limits: new.limits,
        daily_quota: quota(new.daily_quota),
        weight: weight(new.weight.unwrap_or(Application::DEFAULT_WEIGHT))?,
        created_at: now,
    };
    gateway.store.insert_application(&application).await?;
    let key = add_key(&gateway, application.id, false).await?;
    gateway.reload_directory().await?;
    let keys = gateway.store.access_keys().await?;
    Ok((StatusCode::CREATED, Json(json!({"application": view(application, &keys), "key": key}))))
}

async fn update(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Change(change): Change<ApplicationChange>,
) -> Result<Json<ApplicationView>, Problem> {
    let mut application = find(&gateway, &id).await?;
    if let Some(name) = change.name {
        super::check_name("name", &name)?;
        application.name = name;
    }
    application.active = change.active.unwrap_or(application.active);
    application.networks = change.networks.unwrap_or(application.networks);
    application.allow_bearer = change.allow_bearer.unwrap_or(application.allow_bearer);
    if let Some(limits) = change.limits {
        check_limits(&limits)?;
        application.limits = limits;
    }
    if let Some(most) = change.daily_quota {
        application.daily_quota = quota(most);
    }
    application.weight = weight(change.weight.unwrap_or(application.weight))?;
    gateway.store.update_application(&application).await?;
    gateway.reload_directory().await?;
    Ok(Json(view(application, &gateway.store.access_keys().await?)))
}

fn check_limits(limits: &[LimitRule]) -> Result<(), Problem> {
    if limits.len() > MOST_LIMITS {
        return Err(Problem::invalid_request(format!("limits: at most {MOST_LIMITS} rules")));
    }
    let wrong = limits.iter().find_map(|rule| rule.check().err());
    wrong.map_or(Ok(()), |error| Err(Problem::invalid_request(format!("limits: {error}"))))
}

fn quota(most: u32) -> Option<u32> {
    (most > 0).then_some(most)
}

fn weight(wanted: u32) -> Result<u32, Problem> {
    let most = Application::MAX_WEIGHT;
    let fits = (1..=most).contains(&wanted);
    fits.then_some(wanted).ok_or_else(|| Problem::invalid_request(format!("weight: 1 to {most}")))
}

async fn create_key(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Change(new): Change<NewKey>,
) -> Result<(StatusCode, Json<NewKeyView>), Problem> {
    let application = find(&gateway, &id).await?;
    let key = add_key(&gateway, application.id, new.test).await?;
    gateway.reload_directory().await?;
    Ok((StatusCode::CREATED, Json(key)))
}

async fn update_key(
    State(gateway): State<Arc<Gateway>>,
    Path((id, key)): Path<(String, String)>,
    Change(change): Change<KeyChange>,
) -> Result<Json<Value>, Problem> {
    let unknown = || Problem::not_found("access key");
    let application = find(&gateway, &id).await?;
    let key: AccessKeyId = key.parse().map_err(|_| unknown())?;
    if !gateway.store.set_access_key_active(application.id, key, change.active).await? {
        return Err(unknown());
    }
    gateway.reload_directory().await?;
    Ok(Json(json!({"id": key, "active": change.active})))
}

async fn add_key(gateway: &Gateway, application_id: ApplicationId, test: bool) -> Result<NewKeyView, Problem> {
    let now = gateway.clock.now();
    let id = AccessKeyId::new(now, rand::random());
    let secret = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let sealed_secret = gateway.sealer.seal(&id.to_string(), secret.as_bytes());
    let key = AccessKey { id, application_id, sealed_secret, test, active: true, created_at: now };
    gateway.store.insert_access_key(&key).await?;
    Ok(NewKeyView { id, secret, test })
}

/// One application by its id or name.
pub(super) async fn find(gateway: &Gateway, id: &str) -> Result<Application, Problem> {
    let applications = gateway.store.applications().await?;
    let found = applications.into_iter().find(|application| application.id.to_string() == id || application.name == id);
    found.ok_or_else(|| Problem::not_found("application"))
}

fn view(application: Application, keys: &[AccessKey]) -> ApplicationView {
    let keys = keys.iter().filter(|key| key.application_id == application.id);
    let keys = keys.map(|key| KeyView { id: key.id, test: key.test, active: key.active, created_at: key.created_at });
    ApplicationView {
        id: application.id,
        name: application.name,
        active: application.active,
        networks: application.networks,
        allow_bearer: application.allow_bearer,
        limits: application.limits,
        daily_quota: application.daily_quota,
        weight: application.weight,
        keys: keys.collect(),
        created_at: application.created_at,
    }
}
