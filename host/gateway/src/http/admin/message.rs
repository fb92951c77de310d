//! Messages of all applications, as operators see them.

use super::auth::Operator;
use crate::gateway::Gateway;
use crate::http::messages::{ListAnswer, ListQuery, StoryView};
use crate::http::problem::Problem;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use jixinda_domain::MessageId;
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new().route("/messages", get(list)).route("/messages/{id}", get(read))
}

async fn list(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<ListQuery>, QueryRejection>,
    _: Operator,
) -> Result<Json<ListAnswer>, Problem> {
    let Query(query) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    Ok(Json(query.run(&gateway, None).await?))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<StoryView>, Problem> {
    let unknown = || Problem::not_found("message");
    let id: MessageId = id.parse().map_err(|_| unknown())?;
    let message = gateway.store.message(id).await?.ok_or_else(unknown)?;
    Ok(Json(StoryView::load_explained(&gateway, message).await?))
}
