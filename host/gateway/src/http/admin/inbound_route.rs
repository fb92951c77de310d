//! Rules for inbound texts (上行路由): whose a text is by number, extension or keyword.

use super::auth::{Change, Operator};
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get};
use axum::{Json, Router};
use jixinda_domain::{InboundRoute, InboundRouteId};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const LONGEST: usize = 64;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new().route("/inbound-routes", get(list).post(create)).route("/inbound-routes/{id}", delete(remove))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRoute {
    /// Name or id.
    application: String,
    /// Name or id.
    account: Option<String>,
    recipient: Option<String>,
    extension: Option<String>,
    keyword: Option<String>,
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Result<Json<Value>, Problem> {
    let routes = gateway.store.inbound_routes().await?;
    let views: Vec<Value> = routes.iter().map(|route| view(&gateway, route)).collect();
    Ok(Json(json!({"inbound_routes": views})))
}

async fn create(
    State(gateway): State<Arc<Gateway>>,
    Change(new): Change<NewRoute>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let route = {
        let directory = gateway.directory();
        let application = directory
            .applications
            .values()
            .find(|known| known.name == new.application || known.id.to_string() == new.application)
            .ok_or_else(|| Problem::not_found("application"))?;
        let account = new.account.as_ref().map(|word| {
            let mut accounts = directory.accounts.values();
            let found = accounts.find(|known| known.account.name == *word || known.account.id.to_string() == *word);
            found.map(|known| known.account.id).ok_or_else(|| Problem::not_found("account"))
        });
        InboundRoute {
            id: InboundRouteId::new(gateway.clock.now(), rand::random()),
            application_id: application.id,
            account_id: account.transpose()?,
            recipient: word("recipient", new.recipient)?,
            extension: word("extension", new.extension)?,
            keyword: word("keyword", new.keyword)?,
            created_at: gateway.clock.now(),
        }
    };
    let asks =
        [route.recipient.is_some(), route.extension.is_some(), route.keyword.is_some(), route.account_id.is_some()];
    if !asks.contains(&true) {
        return Err(Problem::invalid_request("name at least one of account, recipient, extension and keyword"));
    }
    gateway.store.insert_inbound_route(&route).await?;
    gateway.reload_directory().await?;
    Ok((StatusCode::CREATED, Json(view(&gateway, &route))))
}

async fn remove(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    let unknown = || Problem::not_found("inbound route");
    let id: InboundRouteId = id.parse().map_err(|_| unknown())?;
    if !gateway.store.delete_inbound_route(id).await? {
        return Err(unknown());
    }
    gateway.reload_directory().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn word(field: &str, value: Option<String>) -> Result<Option<String>, Problem> {
    let Some(value) = value else { return Ok(None) };
    let value = value.trim().to_owned();
    if value.is_empty() || value.chars().count() > LONGEST || value.chars().any(char::is_control) {
        return Err(Problem::invalid_request(format!("{field}: 1 to {LONGEST} characters")));
    }
    Ok(Some(value))
}

fn view(gateway: &Gateway, route: &InboundRoute) -> Value {
    let directory = gateway.directory();
    let application = directory.applications.get(&route.application_id).map(|application| application.name.clone());
    let account = route.account_id.and_then(|id| directory.accounts.get(&id)).map(|entry| entry.account.name.clone());
    json!({
        "id": route.id,
        "application": application,
        "account": account,
        "recipient": route.recipient,
        "extension": route.extension,
        "keyword": route.keyword,
        "created_at": route.created_at,
    })
}
