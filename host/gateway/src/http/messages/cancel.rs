//! `POST /v1/messages/{id}/cancel`: calls back a message that no provider has.

use super::get::own_message;
use super::view::MessageView;
use crate::gateway::Gateway;
use crate::http::body::Signed;
use crate::http::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use jixinda_domain::{Actor, Cause, MessageStatus};
use jixinda_store::{Changes, Transition};
use std::sync::Arc;

pub async fn cancel(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    request: Signed,
) -> Result<Json<MessageView>, Problem> {
    let message = own_message(&gateway, &request, &id).await?;
    if message.status == MessageStatus::Cancelled {
        return Ok(Json(MessageView::new(message, gateway.clock.now())));
    }
    if !message.status.is_cancellable() || message.maybe_sent {
        return Err(Problem::not_cancellable(message.status.as_str()));
    }
    let now = gateway.clock.now();
    let step = message.status.step(MessageStatus::Cancelled);
    let transition = Transition {
        message_id: message.id,
        step: step.map_err(|_| Problem::not_cancellable(message.status.as_str()))?,
        epoch: message.epoch,
        due_at: now,
        cause: Some(Cause::new("cancelled", "the application called it back")),
        by: Actor::Application,
        changes: Changes::default(),
        now,
    };
    // Dispatch may have been faster between the look and the move.
    let moved = gateway.writer.transition(vec![transition]).await?.first() == Some(&true);
    let message = own_message(&gateway, &request, &id).await?;
    if moved {
        Ok(Json(MessageView::new(message, now)))
    } else {
        Err(Problem::not_cancellable(message.status.as_str()))
    }
}
