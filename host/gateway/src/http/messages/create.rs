//! `POST /v1/messages`: one text.

use super::CauseView;
use super::submission::{SubmissionBody, idempotency};
use crate::gateway::Gateway;
use crate::http::body::{Signed, json};
use crate::http::problem::Problem;
use crate::intake::{Entry, Refusal, accept};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
struct CreatedBody<'a> {
    id: jixinda_domain::MessageId,
    status: &'a str,
    segments: u16,
    /// When it goes, where it waits for a reason of ours; and the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<jixinda_domain::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<CauseView>,
}

pub async fn create(State(gateway): State<Arc<Gateway>>, request: Signed) -> Result<impl IntoResponse, Problem> {
    let submission = json::<SubmissionBody>(&request.body)?.complete().map_err(|refusal| Problem::from(&refusal))?;
    let idempotency = idempotency(&request.headers, &request.body)?;
    let body = accept(&gateway, &request.caller, vec![Ok(submission)], None, idempotency, answer).await?;
    Ok((StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], body))
}

fn answer(entries: &[Entry]) -> Result<String, Refusal> {
    let message = match entries {
        [Ok(message)] => message,
        [Err(refusal)] => return Err(refusal.clone()),
        _ => unreachable!("one submission has one entry"),
    };
    let cause = CauseView::of(message.cause_code.clone(), message.cause_detail.clone());
    let body = CreatedBody {
        id: message.id,
        status: message.status.as_str(),
        segments: message.segments,
        due_at: cause.as_ref().map(|_| message.due_at),
        cause,
    };
    Ok(serde_json::to_string(&body).unwrap_or_default())
}
