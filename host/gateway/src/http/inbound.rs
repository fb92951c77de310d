//! `GET /v1/inbound`: texts from people (上行) that answer the caller's own, newest first.

use super::body::Signed;
use super::problem::Problem;
use crate::gateway::Gateway;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jixinda_domain::InboundId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const LIMIT: u32 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboundQuery {
    cursor: Option<InboundId>,
}

pub async fn list(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<InboundQuery>, QueryRejection>,
    request: Signed,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    let texts = gateway.store.inbound_messages(request.caller.application.id, query.cursor, LIMIT).await?;
    let next_cursor = texts.last().filter(|_| texts.len() == LIMIT as usize).map(|text| text.id);
    let views: Vec<Value> = texts
        .into_iter()
        .map(|text| {
            json!({
                "id": text.id,
                "from": text.message.sender,
                "extension": text.message.extension,
                "sign_name": text.message.sign_name,
                "text": text.message.text,
                "occurred_at": text.message.at,
                "received_at": text.received_at,
            })
        })
        .collect();
    Ok(Json(json!({"inbound": views, "next_cursor": next_cursor})))
}
