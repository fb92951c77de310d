//! Channels (通道) and what they may carry.

use super::auth::{Change, Operator};
use super::{account, channel_rules, named, routing_policy, sign_name, template};
use crate::gateway::Gateway;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};
use jixinda_domain::channel::BoundParam;
use jixinda_domain::{
    AccountId, Amount, Carrier, Cause, Channel, ChannelId, SignNameBinding, SignNameId, Template, TemplateBinding,
    TemplateId, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/channels", get(list).post(create))
        .route("/channels/{id}", get(read).patch(update).delete(delete))
        .route("/channels/{id}/templates/{template}", put(bind_template).delete(unbind_template))
        .route("/channels/{id}/sign-names/{sign_name}", put(bind_sign_name).delete(unbind_sign_name))
}

/// Calls in flight where the operator says nothing.
const DEFAULT_CONCURRENCY: u32 = 32;
const MAX_CONCURRENCY: u32 = 1000;

#[derive(Serialize)]
struct ChannelView {
    id: ChannelId,
    name: String,
    account_id: AccountId,
    enabled: bool,
    position: i32,
    max_concurrency: u32,
    rate_per_second: Option<u32>,
    weight: u32,
    price: Option<Amount>,
    countries: Vec<u16>,
    carriers: Vec<Carrier>,
    rules: Option<Value>,
    templates: Vec<TemplateBindingView>,
    sign_names: Vec<SignNameBindingView>,
    created_at: Timestamp,
}

#[derive(Serialize)]
struct TemplateBindingView {
    template: TemplateId,
    provider_code: Option<String>,
    params: Vec<BoundParam>,
    refusal: Option<Cause>,
}

#[derive(Serialize)]
struct SignNameBindingView {
    sign_name: SignNameId,
    provider_code: Option<String>,
    carriers: Vec<Carrier>,
    refusal: Option<Cause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewChannel {
    name: String,
    /// Id or name.
    account: String,
    #[serde(default)]
    position: i32,
    max_concurrency: Option<u32>,
    rate_per_second: Option<u32>,
    weight: Option<u32>,
    price: Option<Amount>,
    #[serde(default)]
    countries: Vec<u16>,
    #[serde(default)]
    carriers: Vec<Carrier>,
    rules: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelChange {
    name: Option<String>,
    enabled: Option<bool>,
    position: Option<i32>,
    max_concurrency: Option<u32>,
    /// 0 for as fast as the provider takes them.
    rate_per_second: Option<u32>,
    weight: Option<u32>,
    /// Null where it is no longer known.
    #[serde(default, deserialize_with = "named")]
    price: Option<Option<Amount>>,
    countries: Option<Vec<u16>>,
    /// Empty for all.
    carriers: Option<Vec<Carrier>>,
    /// Null or an empty object for none.
    #[serde(default, deserialize_with = "named")]
    rules: Option<Option<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateBindingBody {
    provider_code: Option<String>,
    #[serde(default)]
    params: Vec<BoundParam>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignNameBindingBody {
    provider_code: Option<String>,
    #[serde(default)]
    carriers: Vec<Carrier>,
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Result<Json<Value>, Problem> {
    let (templates, sign_names) = (gateway.store.template_bindings().await?, gateway.store.sign_name_bindings().await?);
    let channels = gateway.store.channels().await?;
    let views: Vec<ChannelView> = channels.into_iter().map(|channel| view(channel, &templates, &sign_names)).collect();
    Ok(Json(json!({"channels": views})))
}

async fn read(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<Json<ChannelView>, Problem> {
    let channel = find(&gateway, &id).await?;
    show(&gateway, channel).await
}

async fn create(
    State(gateway): State<Arc<Gateway>>,
    Change(new): Change<NewChannel>,
) -> Result<(StatusCode, Json<ChannelView>), Problem> {
    super::check_name("name", &new.name)?;
    if new.rate_per_second == Some(0) {
        return Err(Problem::invalid_request(
            "rate_per_second: 1 or more, or left out for no limit; to stop a channel, disable it",
        ));
    }
    let account = account::find(&gateway, &new.account).await?;
    let now = gateway.clock.now();
    let channel = Channel {
        id: ChannelId::new(now, rand::random()),
        name: new.name,
        account_id: account.id,
        enabled: true,
        position: new.position,
        max_concurrency: concurrency(new.max_concurrency.unwrap_or(DEFAULT_CONCURRENCY))?,
        rate_per_second: new.rate_per_second,
        weight: weight(new.weight.unwrap_or(Channel::DEFAULT_WEIGHT))?,
        price: new.price.map(price).transpose()?,
        countries: new.countries,
        carriers: distinct(new.carriers),
        rules: rules(new.rules)?,
        created_at: now,
    };
    gateway.store.insert_channel(&channel).await?;
    gateway.reload_directory().await?;
    Ok((StatusCode::CREATED, show(&gateway, channel).await?))
}

async fn update(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Change(change): Change<ChannelChange>,
) -> Result<Json<ChannelView>, Problem> {
    let mut channel = find(&gateway, &id).await?;
    if let Some(name) = change.name {
        super::check_name("name", &name)?;
        channel.name = name;
    }
    channel.enabled = change.enabled.unwrap_or(channel.enabled);
    channel.position = change.position.unwrap_or(channel.position);
    channel.max_concurrency = concurrency(change.max_concurrency.unwrap_or(channel.max_concurrency))?;
    if let Some(rate) = change.rate_per_second {
        channel.rate_per_second = Some(rate).filter(|rate| *rate > 0);
    }
    channel.weight = weight(change.weight.unwrap_or(channel.weight))?;
    if let Some(wanted) = change.price {
        channel.price = wanted.map(price).transpose()?;
    }
    channel.countries = change.countries.unwrap_or(channel.countries);
    channel.carriers = change.carriers.map_or(channel.carriers, distinct);
    if let Some(wanted) = change.rules {
        channel.rules = rules(wanted)?;
    }
    gateway.store.update_channel(&channel).await?;
    gateway.reload_directory().await?;
    show(&gateway, channel).await
}

async fn delete(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    let channel = find(&gateway, &id).await?;
    if channel.enabled {
        return Err(Problem::in_use(
            "disable the channel first: what is accepted goes to others or waits, and what it sent has time for its receipts",
        ));
    }
    routing_policy::keep_channel(&gateway, channel.id).await?;
    gateway.store.delete_channel(channel.id).await?;
    gateway.reload_directory().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn bind_template(
    State(gateway): State<Arc<Gateway>>,
    Path((id, template)): Path<(String, String)>,
    Change(body): Change<TemplateBindingBody>,
) -> Result<Json<ChannelView>, Problem> {
    let channel = find(&gateway, &id).await?;
    let template = template::find(&gateway, &template).await?;
    check_params(&template, &body.params)?;
    let binding = TemplateBinding {
        channel_id: channel.id,
        template_id: template.id,
        provider_code: body.provider_code,
        params: body.params,
        refusal: None,
    };
    gateway.store.put_template_binding(&binding).await?;
    gateway.reload_directory().await?;
    show(&gateway, channel).await
}

async fn unbind_template(
    State(gateway): State<Arc<Gateway>>,
    Path((id, template)): Path<(String, String)>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    let (channel, template) = (find(&gateway, &id).await?, template::find(&gateway, &template).await?);
    if !gateway.store.delete_template_binding(channel.id, template.id).await? {
        return Err(Problem::not_found("binding"));
    }
    gateway.reload_directory().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn bind_sign_name(
    State(gateway): State<Arc<Gateway>>,
    Path((id, sign_name)): Path<(String, String)>,
    Change(body): Change<SignNameBindingBody>,
) -> Result<Json<ChannelView>, Problem> {
    let channel = find(&gateway, &id).await?;
    let sign_name = sign_name::find(&gateway, &sign_name).await?;
    let binding = SignNameBinding {
        channel_id: channel.id,
        sign_name_id: sign_name.id,
        provider_code: body.provider_code,
        carriers: distinct(body.carriers),
        refusal: None,
    };
    gateway.store.put_sign_name_binding(&binding).await?;
    gateway.reload_directory().await?;
    show(&gateway, channel).await
}

async fn unbind_sign_name(
    State(gateway): State<Arc<Gateway>>,
    Path((id, sign_name)): Path<(String, String)>,
    _: Operator,
) -> Result<StatusCode, Problem> {
    let (channel, sign_name) = (find(&gateway, &id).await?, sign_name::find(&gateway, &sign_name).await?);
    if !gateway.store.delete_sign_name_binding(channel.id, sign_name.id).await? {
        return Err(Problem::not_found("binding"));
    }
    gateway.reload_directory().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn concurrency(wanted: u32) -> Result<u32, Problem> {
    if !(1..=MAX_CONCURRENCY).contains(&wanted) {
        return Err(Problem::invalid_request(format!("max_concurrency: 1 to {MAX_CONCURRENCY}")));
    }
    Ok(wanted)
}

fn weight(wanted: u32) -> Result<u32, Problem> {
    if !(1..=Channel::MAX_WEIGHT).contains(&wanted) {
        let most = Channel::MAX_WEIGHT;
        return Err(Problem::invalid_request(format!("weight: 1 to {most}; to stop a channel, disable it")));
    }
    Ok(wanted)
}

fn price(wanted: Amount) -> Result<Amount, Problem> {
    match wanted.check_price() {
        Ok(()) => Ok(wanted),
        Err(error) => Err(Problem::invalid_request(format!("price: {error}"))),
    }
}

fn rules(wanted: Option<Value>) -> Result<Option<String>, Problem> {
    wanted.map_or(Ok(None), |wanted| channel_rules::check(&wanted))
}

/// Each once, in one order.
fn distinct(mut carriers: Vec<Carrier>) -> Vec<Carrier> {
    carriers.sort_unstable();
    carriers.dedup();
    carriers
}

fn check_params(template: &Template, params: &[BoundParam]) -> Result<(), Problem> {
    match params.iter().find(|bound| !template.params.iter().any(|param| param.name == bound.from)) {
        Some(stray) => Err(Problem::invalid_request(format!("params: the template has no parameter {}", stray.from))),
        None => Ok(()),
    }
}

/// By id or name.
async fn find(gateway: &Gateway, word: &str) -> Result<Channel, Problem> {
    let channels = gateway.store.channels().await?;
    let found = channels.into_iter().find(|known| known.id.to_string() == word || known.name == word);
    found.ok_or_else(|| Problem::not_found("channel"))
}

async fn show(gateway: &Gateway, channel: Channel) -> Result<Json<ChannelView>, Problem> {
    let (templates, sign_names) = (gateway.store.template_bindings().await?, gateway.store.sign_name_bindings().await?);
    Ok(Json(view(channel, &templates, &sign_names)))
}

fn view(channel: Channel, templates: &[TemplateBinding], sign_names: &[SignNameBinding]) -> ChannelView {
    let templates =
        templates.iter().filter(|binding| binding.channel_id == channel.id).map(|binding| TemplateBindingView {
            template: binding.template_id,
            provider_code: binding.provider_code.clone(),
            params: binding.params.clone(),
            refusal: binding.refusal.clone(),
        });
    let sign_names =
        sign_names.iter().filter(|binding| binding.channel_id == channel.id).map(|binding| SignNameBindingView {
            sign_name: binding.sign_name_id,
            provider_code: binding.provider_code.clone(),
            carriers: binding.carriers.clone(),
            refusal: binding.refusal.clone(),
        });
    ChannelView {
        id: channel.id,
        name: channel.name,
        account_id: channel.account_id,
        enabled: channel.enabled,
        position: channel.position,
        max_concurrency: channel.max_concurrency,
        rate_per_second: channel.rate_per_second,
        weight: channel.weight,
        price: channel.price,
        countries: channel.countries,
        carriers: channel.carriers,
        rules: channel.rules.and_then(|rules| serde_json::from_str(&rules).ok()),
        templates: templates.collect(),
        sign_names: sign_names.collect(),
        created_at: channel.created_at,
    }
}
