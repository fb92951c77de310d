//! Routing policies (路由策略): which channels may carry what, and how to choose between them.

use super::auth::{Change, Operator};
use super::named;
use crate::directory::Directory;
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use jixinda_domain::{
    Application, ChannelId, MessageClass, RoutingPolicy, RoutingPolicyId, Strategy, Template, TemplateId,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const LONGEST_NOTE: usize = 200;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/routing-policies", get(list).post(create))
        .route("/routing-policies/effective", get(effective))
        .route("/routing-policies/{id}", get(read).patch(update).delete(remove))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPolicy {
    /// Name or id.
    application: Option<String>,
    /// Code or id.
    template: Option<String>,
    class: Option<MessageClass>,
    strategy: Option<Strategy>,
    /// Names or ids.
    #[serde(default)]
    pinned: Vec<String>,
    #[serde(default)]
    excluded: Vec<String>,
    #[serde(default)]
    weights: BTreeMap<String, u32>,
    #[serde(default)]
    note: String,
}

/// The scope stays: another scope is another policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyChange {
    /// Null to leave it to more general policies.
    #[serde(default, deserialize_with = "named")]
    strategy: Option<Option<Strategy>>,
    pinned: Option<Vec<String>>,
    excluded: Option<Vec<String>>,
    weights: Option<BTreeMap<String, u32>>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    application: String,
    template: String,
    class: Option<MessageClass>,
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Result<Json<Value>, Problem> {
    let policies = gateway.store.routing_policies().await?;
    let directory = gateway.directory();
    let views: Vec<Value> = policies.iter().map(|policy| view(&directory, policy)).collect();
    Ok(Json(json!({"routing_policies": views})))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<Value>, Problem> {
    let policy = find(&gateway, &id).await?;
    Ok(Json(view(&gateway.directory(), &policy)))
}

/// What holds for a message of this application and template, all policies laid over each other.
async fn effective(
    State(gateway): State<Arc<Gateway>>,
    _: Operator,
    query: Result<Query<Kind>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(kind) = query.map_err(|error| Problem::invalid_request(error.body_text()))?;
    let directory = gateway.directory();
    let application = application(&directory, &kind.application)?;
    let template = template(&directory, &kind.template)?;
    let held = directory.policy(application.id, template.id, kind.class.unwrap_or(template.class));
    let held = held.as_deref().cloned().unwrap_or_default();
    let excluded: Vec<ChannelId> = held.excluded.into_iter().collect();
    Ok(Json(json!({
        "policies": held.policies,
        "strategy": held.strategy.unwrap_or_default(),
        "pinned": names(&directory, &held.pinned),
        "excluded": names(&directory, &excluded),
        "weights": weight_names(&directory, &held.weights),
    })))
}

async fn create(
    State(gateway): State<Arc<Gateway>>,
    Change(new): Change<NewPolicy>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let now = gateway.clock.now();
    let policy = {
        let directory = gateway.directory();
        let application = new.application.map(|word| application(&directory, &word)).transpose()?;
        let template = new.template.map(|word| template(&directory, &word)).transpose()?;
        RoutingPolicy {
            id: RoutingPolicyId::new(now, rand::random()),
            application_id: application.map(|known| known.id),
            template_id: template.map(|known| known.id),
            class: new.class,
            strategy: new.strategy,
            pinned: channels(&directory, "pinned", &new.pinned)?,
            excluded: distinct(channels(&directory, "excluded", &new.excluded)?),
            weights: weights(&directory, new.weights)?,
            note: note(new.note)?,
            created_at: now,
            updated_at: now,
        }
    };
    check(&gateway.directory(), &policy)?;
    // The store refuses a twin that comes between this look and the insert, in fewer words.
    let twin = gateway.store.routing_policies().await?.into_iter().find(|known| known.scope() == policy.scope());
    if let Some(twin) = twin {
        return Err(Problem::conflict(format!("{} is the policy of this scope already: change that one", twin.id)));
    }
    gateway.store.insert_routing_policy(&policy).await?;
    gateway.reload_directory().await?;
    Ok((StatusCode::CREATED, Json(view(&gateway.directory(), &policy))))
}

async fn update(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Change(change): Change<PolicyChange>,
) -> Result<Json<Value>, Problem> {
    let mut policy = find(&gateway, &id).await?;
    {
        let directory = gateway.directory();
        policy.strategy = change.strategy.unwrap_or(policy.strategy);
        if let Some(words) = change.pinned {
            policy.pinned = channels(&directory, "pinned", &words)?;
        }
        if let Some(words) = change.excluded {
            policy.excluded = distinct(channels(&directory, "excluded", &words)?);
        }
        if let Some(wanted) = change.weights {
            policy.weights = weights(&directory, wanted)?;
        }
        policy.note = change.note.map_or(Ok(policy.note), note)?;
        policy.updated_at = gateway.clock.now();
        check(&directory, &policy)?;
    }
    if !gateway.store.update_routing_policy(&policy).await? {
        return Err(Problem::not_found("routing policy"));
    }
    gateway.reload_directory().await?;
    Ok(Json(view(&gateway.directory(), &policy)))
}

async fn remove(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    let unknown = || Problem::not_found("routing policy");
    if !gateway.store.delete_routing_policy(id.parse().map_err(|_| unknown())?).await? {
        return Err(unknown());
    }
    gateway.reload_directory().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses to delete a channel that a policy names: without its only pinned channel, a policy would let every other one in.
pub(super) async fn keep_channel(gateway: &Gateway, channel: ChannelId) -> Result<(), Problem> {
    keep(gateway, "channel", |policy| policy.names(channel)).await
}

/// Refuses to delete a template that a policy is about.
pub(super) async fn keep_template(gateway: &Gateway, template: TemplateId) -> Result<(), Problem> {
    keep(gateway, "template", |policy| policy.template_id == Some(template)).await
}

async fn keep(gateway: &Gateway, what: &str, names: impl Fn(&RoutingPolicy) -> bool) -> Result<(), Problem> {
    let policies = gateway.store.routing_policies().await?;
    match policies.iter().find(|policy| names(policy)) {
        Some(policy) => Err(Problem::in_use(format!(
            "the routing policy {} names the {what}: change or remove it first",
            policy.id
        ))),
        None => Ok(()),
    }
}

async fn find(gateway: &Gateway, id: &str) -> Result<RoutingPolicy, Problem> {
    let unknown = || Problem::not_found("routing policy");
    let id: RoutingPolicyId = id.parse().map_err(|_| unknown())?;
    gateway.store.routing_policies().await?.into_iter().find(|policy| policy.id == id).ok_or_else(unknown)
}

fn application<'a>(directory: &'a Directory, word: &str) -> Result<&'a Application, Problem> {
    let mut applications = directory.applications.values();
    let found = applications.find(|known| known.name == word || known.id.to_string() == word);
    found.map(AsRef::as_ref).ok_or_else(|| Problem::not_found("application"))
}

fn template<'a>(directory: &'a Directory, word: &str) -> Result<&'a Template, Problem> {
    directory.template(word).map(AsRef::as_ref).ok_or_else(|| Problem::not_found("template"))
}

fn channels(directory: &Directory, field: &str, words: &[String]) -> Result<Vec<ChannelId>, Problem> {
    words.iter().map(|word| channel(directory, field, word)).collect()
}

fn channel(directory: &Directory, field: &str, word: &str) -> Result<ChannelId, Problem> {
    let mut entries = directory.channels.values();
    let found = entries.find(|entry| entry.channel.name == word || entry.channel.id.to_string() == word);
    let unknown = || Problem::invalid_request(format!("{field}: there is no channel {word:?}"));
    found.map(|entry| entry.channel.id).ok_or_else(unknown)
}

fn weights(directory: &Directory, wanted: BTreeMap<String, u32>) -> Result<BTreeMap<ChannelId, u32>, Problem> {
    let mut weights = BTreeMap::new();
    for (word, weight) in wanted {
        if weights.insert(channel(directory, "weights", &word)?, weight).is_some() {
            return Err(Problem::invalid_request(format!(
                "weights: the channel {word:?} is named twice, by name and by id"
            )));
        }
    }
    Ok(weights)
}

/// Each once, in the order that they were named in.
fn distinct(mut channels: Vec<ChannelId>) -> Vec<ChannelId> {
    let mut seen = BTreeSet::new();
    channels.retain(|channel| seen.insert(*channel));
    channels
}

fn note(note: String) -> Result<String, Problem> {
    if note.chars().count() > LONGEST_NOTE || note.chars().any(char::is_control) {
        return Err(Problem::invalid_request(format!("note: at most {LONGEST_NOTE} characters on one line")));
    }
    Ok(note)
}

fn check(directory: &Directory, policy: &RoutingPolicy) -> Result<(), Problem> {
    policy.check().map_err(|error| {
        let channel = name(directory, error.channel_id());
        Problem::invalid_request(format!("{error} ({channel})"))
    })
}

fn name(directory: &Directory, channel: ChannelId) -> String {
    directory.channels.get(&channel).map_or_else(|| channel.to_string(), |entry| entry.channel.name.clone())
}

fn names(directory: &Directory, channels: &[ChannelId]) -> Vec<String> {
    channels.iter().map(|channel| name(directory, *channel)).collect()
}

fn weight_names(directory: &Directory, weights: &BTreeMap<ChannelId, u32>) -> Map<String, Value> {
    weights.iter().map(|(channel, weight)| (name(directory, *channel), (*weight).into())).collect()
}

fn view(directory: &Directory, policy: &RoutingPolicy) -> Value {
    let application = policy.application_id.and_then(|id| directory.applications.get(&id));
    let template = policy.template_id.and_then(|id| directory.templates.get(&id));
    json!({
        "id": policy.id,
        "application": application.map(|known| &known.name),
        "application_id": policy.application_id,
        "template": template.map(|known| &known.code),
        "template_id": policy.template_id,
        "class": policy.class,
        "strategy": policy.strategy,
        "pinned": names(directory, &policy.pinned),
        "excluded": names(directory, &policy.excluded),
        "weights": weight_names(directory, &policy.weights),
        "note": policy.note,
        "created_at": policy.created_at,
        "updated_at": policy.updated_at,
    })
}
