//! Providers: the plugins that serve, and every file of the plugin folder with what became of it.

use super::auth::Operator;
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/providers", get(list))
        .route("/providers/{id}", get(read))
        .route("/providers/rescan", post(rescan))
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Json<Value> {
    Json(json!({"providers": gateway.runtime.plugins(), "files": gateway.runtime.files()}))
}

/// One provider with the schema of its accounts' settings.
async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let plugin = gateway.runtime.plugin(&id).ok_or_else(|| Problem::not_found("provider"))?;
    let descriptor = plugin.descriptor();
    let schema: Value = serde_json::from_str(&descriptor.config_schema).unwrap_or_default();
    let rules: Value = serde_json::from_str(&descriptor.limits.rules).unwrap_or_default();
    Ok(Json(
        json!({"provider": plugin.status(), "config_schema": schema, "rules": rules, "features": descriptor.features}),
    ))
}

/// Looks at the plugin folder now.
async fn rescan(State(gateway): State<Arc<Gateway>>, _: Operator) -> Json<Value> {
    gateway.runtime.look_again();
    Json(json!({"ok": true}))
}
