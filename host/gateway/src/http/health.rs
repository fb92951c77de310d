//! Whether the process lives (`/healthz`) and whether it can take requests (`/readyz`).

use super::problem::Problem;
use crate::gateway::Gateway;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub async fn healthz() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

pub async fn readyz(State(gateway): State<Arc<Gateway>>) -> Result<Json<Value>, Problem> {
    if gateway.leaving.load(Ordering::Acquire) {
        return Err(Problem::leaving());
    }
    gateway.store.ping().await.map_err(|_| Problem::overloaded())?;
    let queue = match gateway.queue.is_up() {
        None => "memory",
        Some(true) => "redis",
        // Texts go on by way of the store, a little later.
        Some(false) => "degraded",
    };
    let (node, role) = (gateway.nodes.name(), gateway.nodes.role().as_str());
    let providers = gateway.runtime.plugins().len();
    Ok(Json(json!({"status": "ready", "node": node, "role": role, "queue": queue, "providers": providers})))
}
