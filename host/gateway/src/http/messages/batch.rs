//! `POST /v1/messages/batch`: up to 10,000 texts, each standing alone.

use super::submission::{SubmissionBody, idempotency};
use crate::gateway::Gateway;
use crate::http::body::{MAX_BATCH_BODY, Signed, json};
use crate::http::problem::Problem;
use crate::intake::{Entry, accept};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use jixinda_domain::{BatchId, MessageId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const MAX_MESSAGES: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchBody {
    messages: Vec<SubmissionBody>,
    #[serde(default)]
    defaults: SubmissionBody,
}

#[derive(Serialize)]
struct BatchAnswer {
    batch_id: BatchId,
    accepted: usize,
    rejected: usize,
    results: Vec<EntryAnswer>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum EntryAnswer {
    Accepted { index: usize, id: MessageId, segments: u16 },
    Rejected { index: usize, error: ErrorAnswer },
}

#[derive(Serialize)]
struct ErrorAnswer {
    code: &'static str,
    detail: String,
}

pub async fn batch(
    State(gateway): State<Arc<Gateway>>,
    request: Signed<MAX_BATCH_BODY>,
) -> Result<impl IntoResponse, Problem> {
    let BatchBody { messages, defaults } = json(&request.body)?;
    if messages.is_empty() || messages.len() > MAX_MESSAGES {
        return Err(Problem::invalid_request(format!("messages: 1 to {MAX_MESSAGES} of them")));
    }
    let idempotency = idempotency(&request.headers, &request.body)?;
    let batch_id = BatchId::new(gateway.clock.now(), rand::random());
    let submissions = messages.into_iter().map(|message| message.or(&defaults).complete()).collect();
    let answer = |entries: &[Entry]| Ok(serde_json::to_string(&describe(batch_id, entries)).unwrap_or_default());
    let body = accept(&gateway, &request.caller, submissions, Some(batch_id), idempotency, answer).await?;
    Ok((StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], body))
}

fn describe(batch_id: BatchId, entries: &[Entry]) -> BatchAnswer {
    let accepted = entries.iter().filter(|entry| entry.is_ok()).count();
    let results = entries.iter().enumerate().map(|(index, entry)| match entry {
        Ok(message) => EntryAnswer::Accepted { index, id: message.id, segments: message.segments },
        Err(refusal) => EntryAnswer::Rejected {
            index,
            error: ErrorAnswer { code: Problem::from(refusal).code(), detail: refusal.to_string() },
        },
    });
    BatchAnswer { batch_id, accepted, rejected: entries.len() - accepted, results: results.collect() }
}
