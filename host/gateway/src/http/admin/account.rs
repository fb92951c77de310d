//! Accounts (账号) at providers. Settings are checked against the plugin's schema; secrets are sealed and never shown again.

use super::auth::{Change, Operator};
use crate::account_settings;
use crate::directory::{callback_url, plain_settings, with_grants};
use crate::feeds::FeedState;
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jixinda_domain::{Account, AccountId, Timestamp};
use jixinda_runtime::{CallError, Plugin, Secrets};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/accounts", get(list).post(create))
        .route("/accounts/{id}", get(read).patch(update).delete(delete))
        .route("/accounts/{id}/balance", get(balance))
}

#[derive(Serialize)]
struct AccountView {
    id: AccountId,
    name: String,
    provider: String,
    config: Value,
    /// Which secrets are set; never what they are.
    secrets: Vec<String>,
    /// Give this to the provider for its receipts. Absent without `server.public_url`.
    callback_url: Option<String>,
    enabled: bool,
    /// What is polled, and how the last poll went.
    feeds: Vec<FeedState>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    name: String,
    provider: String,
    config: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    name: Option<String>,
    enabled: Option<bool>,
    /// All settings anew; secrets that are left out stay as they are.
    config: Option<Map<String, Value>>,
    /// Makes a new callback address; the old one ends at once.
    #[serde(default)]
    new_callback_token: bool,
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Result<Json<Value>, Problem> {
    let mut views = Vec::new();
    for account in gateway.store.accounts().await? {
        views.push(view(&gateway, account)?);
    }
    Ok(Json(json!({"accounts": views})))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<AccountView>, Problem> {
    let account = find(&gateway, &id).await?;
    Ok(Json(view(&gateway, account)?))
}

async fn create(
    State(gateway): State<Arc<Gateway>>,
    Change(new): Change<NewAccount>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    super::check_name("name", &new.name)?;
    let plugin = plugin(&gateway, &new.provider)?;
    let (config, secrets) = settled(&plugin, new.config, &Secrets::new())?;
    let now = gateway.clock.now();
    let id = AccountId::new(now, rand::random());
    let account = Account {
        id,
        name: new.name,
        provider: new.provider,
        config,
        sealed_secrets: seal(&gateway, id, &secrets),
        callback_token: callback_token(),
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    gateway.store.insert_account(&account).await?;
    gateway.reload_directory().await?;
    Ok((StatusCode::CREATED, Json(view(&gateway, account)?)))
}

async fn update(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Change(change): Change<AccountChange>,
) -> Result<Json<AccountView>, Problem> {
    let mut account = find(&gateway, &id).await?;
    if let Some(name) = change.name {
        super::check_name("name", &name)?;
        account.name = name;
    }
    account.enabled = change.enabled.unwrap_or(account.enabled);
    if let Some(config) = change.config {
        let plugin = plugin(&gateway, &account.provider)?;
        let (config, secrets) = settled(&plugin, config, &secrets(&gateway, &account)?)?;
        account.config = config;
        account.sealed_secrets = seal(&gateway, account.id, &secrets);
    }
    if change.new_callback_token {
        account.callback_token = callback_token();
    }
    account.updated_at = gateway.clock.now();
    gateway.store.update_account(&account).await?;
    gateway.reload_directory().await?;
    Ok(Json(view(&gateway, account)?))
}

async fn delete(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    let account = find(&gateway, &id).await?;
    if account.enabled {
        return Err(Problem::in_use(
            "disable its channels, wait until its receipts have come (a disabled account is not polled), then disable the account and delete it",
        ));
    }
    gateway.store.delete_account(account.id).await?;
    gateway.reload_directory().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the provider, now.
async fn balance(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let account = find(&gateway, &id).await?;
    let plugin = plugin(&gateway, &account.provider)?;
    let directory = gateway.directory().clone();
    let entry = directory.accounts.get(&account.id).ok_or_else(|| Problem::not_found("account"))?;
    match gateway.runtime.balance(&plugin, &entry.access).await {
        Ok(balance) => Ok(Json(json!({"balance": balance.value, "unit": balance.unit, "at": gateway.clock.now()}))),
        Err(CallError::Unsupported(..)) => {
            Err(Problem::not_supported(format!("the plugin of {} cannot ask for a balance", account.provider)))
        }
        Err(error) => Err(Problem::provider_failed(error.to_string())),
    }
}

fn plugin(gateway: &Gateway, provider: &str) -> Result<Arc<Plugin>, Problem> {
    gateway.runtime.plugin(provider).ok_or_else(|| {
        let detail =
            format!("provider: no plugin serves {provider:?}; drop its component into the plugin folder first");
        Problem::invalid_request(detail)
    })
}

/// What is kept of settings: the JSON with its grants, and the secrets.
fn settled(plugin: &Plugin, config: Map<String, Value>, kept: &Secrets) -> Result<(String, Secrets), Problem> {
    let settled = account_settings::settle(plugin, config, kept)
        .map_err(|wrong| Problem::invalid_request(format!("config: {wrong}")))?;
    let hosts = settled.hosts.iter().map(ToString::to_string).collect();
    Ok((with_grants(settled.plain, hosts).to_string(), settled.secrets))
}

fn seal(gateway: &Gateway, id: AccountId, secrets: &Secrets) -> Vec<u8> {
    let text = serde_json::to_vec(secrets).unwrap_or_default();
    gateway.sealer.seal(&id.to_string(), &text)
}

fn secrets(gateway: &Gateway, account: &Account) -> Result<Secrets, Problem> {
    let text = gateway.sealer.open(&account.id.to_string(), &account.sealed_secrets)?;
    serde_json::from_slice(&text).map_err(|_| Problem::internal())
}

fn callback_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>())
}

/// By id or name.
pub async fn find(gateway: &Gateway, word: &str) -> Result<Account, Problem> {
    let accounts = gateway.store.accounts().await?;
    let found = accounts.into_iter().find(|known| known.id.to_string() == word || known.name == word);
    found.ok_or_else(|| Problem::not_found("account"))
}

fn view(gateway: &Gateway, account: Account) -> Result<AccountView, Problem> {
    let config = plain_settings(&account.config)?;
    Ok(AccountView {
        id: account.id,
        secrets: secrets(gateway, &account)?.into_keys().collect(),
        callback_url: callback_url(&gateway.config, &account),
        config: serde_json::from_str(&config).map_err(|_| Problem::internal())?,
        name: account.name,
        provider: account.provider,
        enabled: account.enabled,
        feeds: gateway.feeds.of(account.id),
        created_at: account.created_at,
        updated_at: account.updated_at,
    })
}
