//! Rankings (通道排名): how good each channel is and how much it gets, what changed and why, and how it was before.

use super::auth::Operator;
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use jixinda_domain::{ChannelId, MessageClass, RoutingEventId};
use jixinda_routing::Standing;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/rankings", get(list))
        .route("/rankings/events", get(events))
        .route("/rankings/{channel}/history", get(history))
        .route("/rankings/{channel}/probe", post(probe))
}

const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;

/// All channels with their standing now, in the operator's order.
async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Json<Value> {
    let (snapshot, directory, posts) =
        (gateway.routing.snapshot(), gateway.directory().clone(), gateway.routing.posts());
    let mut entries: Vec<_> = directory.channels.values().collect();
    entries.sort_by_key(|entry| (entry.channel.position, entry.channel.id));
    let channels = entries.into_iter().map(|entry| {
        let id = entry.channel.id;
        let standing = snapshot.standings.get(&id).map_or(Value::Null, |standing| view(standing));
        json!({
            "channel": id,
            "name": entry.channel.name,
            "enabled": entry.is_on(),
            "position": entry.channel.position,
            "weight": entry.channel.weight,
            "standing": standing,
            "pace": posts.get(&id).map(|post| post.gate.figures()),
        })
    });
    let channels: Vec<Value> = channels.collect();
    Json(json!({"version": snapshot.version, "strategy": gateway.config.routing.strategy, "channels": channels}))
}

/// Places by the name of their class.
fn view(standing: &Standing) -> Value {
    by_class(serde_json::to_value(standing).unwrap_or_default())
}

fn by_class(mut standing: Value) -> Value {
    let places = standing["places"].take();
    let named = MessageClass::ALL.map(|class| (class.as_str().to_owned(), places[class as usize].clone()));
    standing["places"] = Value::Object(named.into_iter().collect());
    standing
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventQuery {
    /// Id or name.
    channel: Option<String>,
    /// For what concerned its plugin.
    provider: Option<String>,
    /// From an earlier answer.
    cursor: Option<RoutingEventId>,
    limit: Option<u32>,
}

/// What changed, latest first.
async fn events(
    State(gateway): State<Arc<Gateway>>,
    query: Result<Query<EventQuery>, QueryRejection>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    let limit = page(query.limit)?;
    let subject = match (query.channel, query.provider) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid_request("channel or provider, not both: an event is of one of them"));
        }
        (Some(channel), None) => Some(find(&gateway, &channel)?.to_string()),
        (None, provider) => provider,
    };
    let events = gateway.store.routing_events(subject.as_deref(), query.cursor, limit).await?;
    let cursor = (events.len() == limit as usize).then(|| events.last().map(|event| event.id)).flatten();
    let directory = gateway.directory();
    let name = |subject: &str| {
        let entry = subject.parse().ok().and_then(|id| directory.channels.get(&id));
        entry.map(|entry| entry.channel.name.clone())
    };
    let views = events.iter().map(|event| {
        let is_channel = event.subject.parse::<ChannelId>().is_ok();
        // A plugin's evidence is JSON, a channel's a sentence.
        let evidence = match serde_json::from_str::<Value>(&event.evidence) {
            Ok(figures) if !is_channel => figures,
            _ => Value::from(event.evidence.as_str()),
        };
        json!({
            "id": event.id,
            "at": event.occurred_at,
            "ranking": event.version,
            "channel": is_channel.then_some(&event.subject),
            "provider": (!is_channel).then_some(&event.subject),
            "name": name(&event.subject),
            "class": event.class,
            "destination": event.destination,
            "kind": event.kind,
            "cause": event.cause,
            "evidence": evidence,
        })
    });
    Ok(Json(json!({"events": views.collect::<Vec<Value>>(), "cursor": cursor})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryQuery {
    /// A version of the ranking, from an earlier answer: older ones follow.
    cursor: Option<u64>,
    limit: Option<u32>,
}

/// How a channel stood before, latest first.
async fn history(
    State(gateway): State<Arc<Gateway>>,
    Path(channel): Path<String>,
    query: Result<Query<HistoryQuery>, QueryRejection>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    let (id, limit) = (find(&gateway, &channel)?, page(query.limit)?);
    let standings = gateway.store.standings_of(id, query.cursor, limit).await?;
    let cursor = (standings.len() == limit as usize).then(|| standings.last().map(|last| last.version)).flatten();
    let views = standings.iter().map(|stored| {
        let standing = serde_json::from_str(&stored.standing).map_or(Value::Null, by_class);
        json!({"ranking": stored.version, "at": stored.changed_at, "standing": standing})
    });
    Ok(Json(json!({"channel": id, "standings": views.collect::<Vec<Value>>(), "cursor": cursor})))
}

/// A person says that what suspended it is over.
async fn probe(
    State(gateway): State<Arc<Gateway>>,
    Path(channel): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let id = find(&gateway, &channel)?;
    if !gateway.routing.with(|router, now| router.probe_now(id, now)) {
        return Err(Problem::conflict("the channel is not suspended"));
    }
    let standing = gateway.routing.snapshot().standings.get(&id).map(|standing| view(standing));
    Ok(Json(json!({"channel": id, "standing": standing})))
}

fn page(limit: Option<u32>) -> Result<u32, Problem> {
    let limit = limit.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(Problem::invalid_request(format!("limit: 1 to {LARGEST_PAGE}")));
    }
    Ok(limit)
}

fn find(gateway: &Gateway, word: &str) -> Result<ChannelId, Problem> {
    let directory = gateway.directory();
    let named = |entry: &&Arc<crate::directory::ChannelEntry>| {
        entry.channel.name == word || entry.channel.id.to_string() == word
    };
    directory.channels.values().find(named).map(|entry| entry.channel.id).ok_or_else(|| Problem::not_found("channel"))
}
