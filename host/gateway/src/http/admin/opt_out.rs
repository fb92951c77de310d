//! Opt-outs (退订): who wants no more texts, and taking a person's word back for them.

use super::auth::Operator;
use super::blocklist::{AfterNumber, parse};
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use jixinda_store::OptOut;
use serde_json::{Value, json};
use std::sync::Arc;

const PAGE: u32 = 200;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new().route("/opt-outs", get(list)).route("/opt-outs/{number}", get(read).delete(remove))
}

async fn list(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<AfterNumber>, QueryRejection>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    let opt_outs = gateway.store.opt_outs(query.cursor, PAGE).await?;
    let next_cursor = opt_outs.last().filter(|_| opt_outs.len() >= PAGE as usize).map(|last| last.number);
    let views: Vec<Value> = opt_outs.iter().map(view).collect();
    Ok(Json(json!({"opt_outs": views, "next_cursor": next_cursor})))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(number): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let opt_outs = gateway.store.opt_outs_of(parse(&number)?.digits()).await?;
    let views: Vec<Value> = opt_outs.iter().map(view).collect();
    Ok(Json(json!({"opt_outs": views})))
}

/// The person asked for texts again.
async fn remove(
    State(gateway): State<Arc<Gateway>>,
    Path(number): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let number = parse(&number)?;
    let removed = gateway.store.delete_opt_outs(number.digits(), gateway.clock.now()).await?;
    if removed == 0 {
        return Err(Problem::not_found("opt-out of this number"));
    }
    gateway.blocklist.catch_up(gateway.store.as_ref()).await?;
    Ok(Json(json!({"removed": removed})))
}

fn view(opt_out: &OptOut) -> Value {
    json!({
        "number": format!("+{}", opt_out.number),
        "application": opt_out.application_id,
        "sign_name": opt_out.sign_name_id,
        "word": opt_out.word,
        "inbound": opt_out.inbound_id,
        "created_at": opt_out.created_at,
    })
}
