//! `POST /v1/conversions`: the code of a message was used. Evidence for the rating of channels.

use super::body::{Signed, json};
use super::problem::Problem;
use crate::conversions::record;
use crate::gateway::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jixinda_domain::MessageId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const MAX_IDS: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    id: Option<String>,
    ids: Option<Vec<String>>,
}

pub async fn create(
    State(gateway): State<Arc<Gateway>>,
    request: Signed,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let answer = match json(&request.body)? {
        Body { id: Some(id), ids: None } => one(&gateway, &request, &id).await?,
        Body { id: None, ids: Some(ids) } => many(&gateway, &request, ids).await?,
        _ => return Err(Problem::invalid_request("name one message in id, or several in ids")),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

async fn one(gateway: &Gateway, request: &Signed, id: &str) -> Result<Value, Problem> {
    let unknown = || Problem::not_found("message");
    let id: MessageId = id.parse().map_err(|_| unknown())?;
    let recorded = record(gateway, request.caller.application.id, &[id]).await?;
    if !recorded.unknown.is_empty() {
        return Err(unknown());
    }
    if !recorded.not_sent.is_empty() {
        return Err(Problem::not_sent());
    }
    Ok(json!({"new": recorded.new}))
}

async fn many(gateway: &Gateway, request: &Signed, words: Vec<String>) -> Result<Value, Problem> {
    if words.is_empty() || words.len() > MAX_IDS {
        return Err(Problem::invalid_request(format!("ids: 1 to {MAX_IDS} of them")));
    }
    let (mut ids, mut unknown): (Vec<MessageId>, Vec<String>) = Default::default();
    for word in words {
        match word.parse() {
            Ok(id) => ids.push(id),
            Err(_) => unknown.push(word),
        }
    }
    let recorded = record(gateway, request.caller.application.id, &ids).await?;
    unknown.extend(recorded.unknown.iter().map(ToString::to_string));
    Ok(json!({"new": recorded.new, "unknown": unknown, "not_sent": recorded.not_sent}))
}
