//! Parked messages (人工处理): list them with their reasons, send them off again, close them; singly or in bulk.

use super::auth::{Change, Operator};
use crate::gateway::Gateway;
use crate::http::messages::MessageView;
use crate::http::problem::Problem;
use crate::parked::{Close, Decided, Retry, Which, close, retry};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use jixinda_domain::{ApplicationId, ChannelId, MessageId, MessageStatus, TemplateId};
use jixinda_store::MessageFilter;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const PAGE: u32 = 100;
/// Messages that one call decides about.
const MOST: usize = 10_000;
const LONGEST_NOTE: usize = 500;
/// The longest that a text may be worth sending, as at intake.
const MAX_EXPIRY_S: u64 = 7 * 24 * 3600;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/parked", get(list))
        .route("/parked/retry", post(retry_some))
        .route("/parked/close", post(close_some))
}

/// Which of them; what is left out does not matter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParkedQuery {
    /// The code of the reason.
    cause: Option<String>,
    application: Option<ApplicationId>,
    template: Option<TemplateId>,
    cursor: Option<MessageId>,
}

impl ParkedQuery {
    fn filter(self) -> MessageFilter {
        MessageFilter {
            application_id: self.application,
            cause_code: self.cause,
            template_id: self.template,
            status: Some(MessageStatus::Parked),
            before: self.cursor,
            ..MessageFilter::default()
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryBody {
    ids: Option<Vec<MessageId>>,
    matching: Option<ParkedQuery>,
    /// A channel's name or id.
    channel: Option<String>,
    #[serde(default)]
    accept_doubles: bool,
    /// Seconds.
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    ids: Option<Vec<MessageId>>,
    matching: Option<ParkedQuery>,
    #[serde(default, rename = "as")]
    outcome: ClosedAs,
    note: String,
}

/// What the person found out.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ClosedAs {
    /// It is not to be sent.
    #[default]
    Cancelled,
    /// It reached the person after all.
    Delivered,
    /// It did not.
    Undelivered,
}

async fn list(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<ParkedQuery>, QueryRejection>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    let messages = gateway.store.list_messages(&query.filter(), PAGE).await?;
    let next_cursor = messages.last().filter(|_| messages.len() == PAGE as usize).map(|message| message.id);
    let reasons = gateway.store.parked_reasons().await?;
    let reasons: Vec<Value> = reasons.into_iter().map(|(code, count)| json!({"cause": code, "count": count})).collect();
    let now = gateway.clock.now();
    let views: Vec<MessageView> = messages.into_iter().map(|message| MessageView::new(message, now)).collect();
    Ok(Json(json!({"messages": views, "reasons": reasons, "next_cursor": next_cursor})))
}

async fn retry_some(
    State(gateway): State<Arc<Gateway>>,
    Change(body): Change<RetryBody>,
) -> Result<Json<Value>, Problem> {
    let which = which(body.ids, body.matching)?;
    let wish = Retry {
        channel: body.channel.map(|word| channel(&gateway, &word)).transpose()?,
        accept_doubles: body.accept_doubles,
        expires_in: body.expires_in.map(expiry).transpose()?,
    };
    Ok(answer("retried", retry(&gateway, which, wish).await?))
}

async fn close_some(
    State(gateway): State<Arc<Gateway>>,
    Change(body): Change<CloseBody>,
) -> Result<Json<Value>, Problem> {
    let length = body.note.chars().count();
    if body.note.trim().is_empty() || length > LONGEST_NOTE || body.note.chars().any(char::is_control) {
        return Err(Problem::invalid_request(format!("note: 1 to {LONGEST_NOTE} characters of one line that say why")));
    }
    let to = match body.outcome {
        ClosedAs::Cancelled => MessageStatus::Cancelled,
        ClosedAs::Delivered => MessageStatus::Delivered,
        ClosedAs::Undelivered => MessageStatus::Undelivered,
    };
    let which = which(body.ids, body.matching)?;
    Ok(answer("closed", close(&gateway, which, &Close { to, note: body.note }).await?))
}

fn which(ids: Option<Vec<MessageId>>, matching: Option<ParkedQuery>) -> Result<Which, Problem> {
    match (ids, matching) {
        (Some(ids), None) if (1..=MOST).contains(&ids.len()) => Ok(Which::Ids(ids)),
        (Some(_), None) => Err(Problem::invalid_request(format!("ids: 1 to {MOST} of them"))),
        (None, Some(query)) => Ok(Which::Matching { filter: Box::new(query.filter()), at_most: MOST }),
        _ => Err(Problem::invalid_request("name either ids or matching, so that nothing is meant by accident")),
    }
}

fn channel(gateway: &Gateway, word: &str) -> Result<ChannelId, Problem> {
    let directory = gateway.directory();
    let mut entries = directory.channels.values();
    let found = entries.find(|entry| entry.channel.name == word || entry.channel.id.to_string() == word);
    found.map(|entry| entry.channel.id).ok_or_else(|| Problem::not_found("channel"))
}

fn expiry(seconds: u64) -> Result<Duration, Problem> {
    if (1..=MAX_EXPIRY_S).contains(&seconds) {
        Ok(Duration::from_secs(seconds))
    } else {
        Err(Problem::invalid_request(format!("expires_in: 1 to {MAX_EXPIRY_S} seconds")))
    }
}

fn answer(word: &str, decided: Decided) -> Json<Value> {
    let skipped: Vec<Value> =
        decided.skipped.into_iter().map(|(id, reason)| json!({"id": id, "reason": reason})).collect();
    Json(json!({word: decided.done.len(), "ids": decided.done, "skipped": skipped}))
}
