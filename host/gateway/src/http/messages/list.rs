//! `GET /v1/messages`: the caller's messages, newest first, a page at a time.

use super::view::MessageView;
use crate::gateway::Gateway;
use crate::http::body::Signed;
use crate::http::problem::Problem;
use axum::Json;
use axum::extract::{Query, State};
use jixinda_domain::{ApplicationId, BatchId, MessageId, MessageStatus, PhoneNumber, Timestamp};
use jixinda_store::MessageFilter;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    reference: Option<String>,
    batch_id: Option<BatchId>,
    to: Option<String>,
    status: Option<MessageStatus>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    cursor: Option<MessageId>,
    limit: Option<u32>,
}

#[derive(Serialize)]
pub struct ListAnswer {
    messages: Vec<MessageView>,
    /// Send it back as `cursor` for the next page; absent on the last.
    next_cursor: Option<MessageId>,
}

pub async fn list(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
    request: Signed,
) -> Result<Json<ListAnswer>, Problem> {
    let Query(query) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    Ok(Json(query.run(&gateway, Some(request.caller.application.id)).await?))
}

impl ListQuery {
    /// One page; of one application, or of all.
    pub async fn run(self, gateway: &Gateway, application_id: Option<ApplicationId>) -> Result<ListAnswer, Problem> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Problem::invalid_request(format!("limit: 1 to {MAX_LIMIT}")));
        }
        let recipient = self.to.map(|to| PhoneNumber::parse(&to)).transpose();
        let recipient = recipient.map_err(|error| Problem::invalid_request(format!("to: {error}")))?;
        let filter = MessageFilter {
            application_id,
            reference: self.reference,
            batch_id: self.batch_id,
            recipient: recipient.map(|number| number.e164().to_owned()),
            status: self.status,
            from: self.from,
            until: self.until,
            before: self.cursor,
            ..MessageFilter::default()
        };
        let mut messages = gateway.store.list_messages(&filter, limit + 1).await?;
        let more = messages.len() > limit as usize;
        messages.truncate(limit as usize);
        let now = gateway.clock.now();
        let next_cursor = messages.last().filter(|_| more).map(|message| message.id);
        Ok(ListAnswer {
            messages: messages.into_iter().map(|message| MessageView::new(message, now)).collect(),
            next_cursor,
        })
    }
}
