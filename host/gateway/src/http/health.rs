//! Whether the process lives (`/healthz`) and whether it can take requests (`/readyz`).

use super::problem::Problem;
use crate::gateway::Gateway;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn healthz() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

pub async fn readyz(State(gateway): State<Arc<Gateway>>) -> Result<Json<Value>, Problem> {
    gateway.store.ping().await.map_err(|_| Problem::overloaded())?;
    Ok(Json(json!({"status": "ready", "providers": gateway.runtime.plugins().len()})))
}
