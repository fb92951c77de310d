//! Providers: the plugins that serve, those that are tried, and every file of the plugin folder with what became of it.

use super::auth::Operator;
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use jixinda_runtime::canary::NoCanary;
use serde_json::{Value, json};
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/providers", get(list))
        .route("/providers/{id}", get(read))
        .route("/providers/rescan", post(rescan))
        .route("/providers/{id}/canary/promote", post(promote))
        .route("/providers/{id}/canary/abort", post(abort))
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Json<Value> {
    let runtime = &gateway.runtime;
    let (providers, files, events) = (runtime.plugins(), runtime.files(), runtime.recent_canary_events());
    Json(json!({"providers": providers, "files": files, "canary_events": events}))
}

/// One provider with the schema of its accounts' settings.
async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let plugin = gateway.runtime.plugin(&id).ok_or_else(|| Problem::not_found("provider"))?;
    let (descriptor, status) = (plugin.descriptor(), gateway.runtime.status(&id));
    let schema: Value = serde_json::from_str(&descriptor.config_schema).unwrap_or_default();
    let rules: Value = serde_json::from_str(&descriptor.limits.rules).unwrap_or_default();
    Ok(Json(json!({"provider": status, "config_schema": schema, "rules": rules, "features": descriptor.features})))
}

/// Looks at the plugin folder now.
async fn rescan(State(gateway): State<Arc<Gateway>>, _: Operator) -> Json<Value> {
    gateway.runtime.look_again();
    Json(json!({"ok": true}))
}

/// Lets the generation that is tried serve at once.
async fn promote(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let promoted = gateway.runtime.promote_canary(&id).await;
    promoted.map_err(|NoCanary| no_canary(&gateway, &id))?;
    Ok(Json(json!({"provider": gateway.runtime.status(&id)})))
}

/// Rolls the generation that is tried back, as if it had stood out.
async fn abort(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let aborted = gateway.runtime.abort_canary(&id).await;
    aborted.map_err(|NoCanary| no_canary(&gateway, &id))?;
    Ok(Json(json!({"provider": gateway.runtime.status(&id)})))
}

fn no_canary(gateway: &Gateway, provider: &str) -> Problem {
    match gateway.runtime.plugin(provider) {
        Some(_) => Problem::conflict(format!("no canary of {provider} runs")),
        None => Problem::not_found("provider"),
    }
}
