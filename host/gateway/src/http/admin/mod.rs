//! `/admin/v1`: what operators change. One file a noun; every change is checked, stored, and in force when it is answered.

mod account;
mod application;
mod auth;
mod blocklist;
mod channel;
mod channel_rules;
mod inbound_route;
mod message;
mod node;
mod opt_out;
mod parked;
mod provider;
mod ranking;
mod routing_policy;
mod sign_name;
mod template;
mod webhook;
mod webhook_delivery;

use crate::gateway::Gateway;
use axum::Router;
use std::sync::Arc;

/// All of it, below `/admin/v1`.
pub fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .merge(application::router())
        .merge(account::router())
        .merge(channel::router())
        .merge(template::router())
        .merge(sign_name::router())
        .merge(provider::router())
        .merge(ranking::router())
        .merge(blocklist::router())
        .merge(opt_out::router())
        .merge(inbound_route::router())
        .merge(routing_policy::router())
        .merge(message::router())
        .merge(node::router())
        .merge(parked::router())
        .merge(webhook::router())
        .merge(webhook_delivery::router())
}

/// A field that is there, also where it is null: with `#[serde(default)]`, one that is left out is `None` and null is `Some(None)`.
fn named<'de, D: serde::Deserializer<'de>, T: serde::Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Names are for people: something to read, not too long.
fn check_name(field: &str, name: &str) -> Result<(), crate::http::problem::Problem> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > 64 || name.chars().any(char::is_control) {
        return Err(crate::http::problem::Problem::invalid_request(format!("{field}: 1 to 64 characters")));
    }
    Ok(())
}
