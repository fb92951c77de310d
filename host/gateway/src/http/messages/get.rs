//! `GET /v1/messages/{id}`: one message with its attempts and receipts.

use super::view::StoryView;
use crate::gateway::Gateway;
use crate::http::body::Signed;
use crate::http::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use jixinda_domain::{Message, MessageId};
use std::sync::Arc;

pub async fn get(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    request: Signed,
) -> Result<Json<StoryView>, Problem> {
    let message = own_message(&gateway, &request, &id).await?;
    Ok(Json(StoryView::load(&gateway, message).await?))
}

/// A message of the caller's own; another's is as unknown as one that never was.
pub async fn own_message(gateway: &Gateway, request: &Signed, id: &str) -> Result<Message, Problem> {
    let unknown = || Problem::not_found("message");
    let id: MessageId = id.parse().map_err(|_| unknown())?;
    let message = gateway.store.message(id).await?;
    message.filter(|message| message.application_id == request.caller.application.id).ok_or_else(unknown)
}
