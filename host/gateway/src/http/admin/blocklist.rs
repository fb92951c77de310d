//! The blocklist (黑名单): numbers that nothing is sent to.

use super::auth::{Change, Operator};
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use jixinda_domain::PhoneNumber;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new().route("/blocklist", get(list).post(add)).route("/blocklist/{number}", axum::routing::delete(remove))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewBlockedNumber {
    number: String,
    /// Why, for people.
    #[serde(default)]
    note: String,
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Result<Json<Value>, Problem> {
    let numbers = gateway.store.blocked_numbers().await?;
    let views: Vec<Value> = numbers
        .into_iter()
        .map(|blocked| json!({"number": blocked.number, "note": blocked.note, "created_at": blocked.created_at}))
        .collect();
    Ok(Json(json!({"blocked_numbers": views})))
}

async fn add(
    State(gateway): State<Arc<Gateway>>,
    Change(new): Change<NewBlockedNumber>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let number = parse(&new.number)?;
    gateway.store.block_number(&number, &new.note, gateway.clock.now()).await?;
    gateway.reload_directory().await?;
    Ok((StatusCode::CREATED, Json(json!({"number": number.e164(), "note": new.note}))))
}

async fn remove(
    State(gateway): State<Arc<Gateway>>,
    Path(number): Path<String>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    if !gateway.store.unblock_number(&parse(&number)?).await? {
        return Err(Problem::not_found("number on the blocklist"));
    }
    gateway.reload_directory().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(number: &str) -> Result<PhoneNumber, Problem> {
    PhoneNumber::parse(number).map_err(|error| Problem::invalid_request(format!("number: {error}")))
}
