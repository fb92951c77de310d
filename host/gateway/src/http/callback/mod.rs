//! `/callbacks/{account}/{token}`: the door for providers. What they tell is stored before they are answered.

use super::Peer;
use super::body::{MAX_BODY, read};
use super::client_address::client_address;
use super::problem::Problem;
use crate::doors;
use crate::gateway::Gateway;
use crate::receipts;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use jixinda_domain::AccountId;
use jixinda_domain::provider::{CallbackCall, CallbackReply};
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

pub async fn receive(
    State(gateway): State<Arc<Gateway>>,
    Path((account, token)): Path<(String, String)>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    handle(&gateway, &account, &token, String::new(), peer, request).await
}

pub async fn receive_below(
    State(gateway): State<Arc<Gateway>>,
    Path((account, token, path)): Path<(String, String, String)>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    handle(&gateway, &account, &token, path, peer, request).await
}

async fn handle(
    gateway: &Gateway,
    account: &str,
    token: &str,
    path: String,
    peer: Peer,
    request: Request,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("callback address");
    let id: AccountId = account.parse().map_err(|_| unknown())?;
    let directory = gateway.directory().clone();
    let entry = directory.accounts.get(&id).ok_or_else(unknown)?;
    if !bool::from(entry.account.callback_token.as_bytes().ct_eq(token.as_bytes())) {
        return Err(unknown());
    }
    let _inside = gateway.doors.enter(id, doors::PATIENCE).await.ok_or_else(Problem::overloaded)?;
    let (parts, body) = request.into_parts();
    let call = CallbackCall {
        method: parts.method.to_string(),
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: read(gateway, body, MAX_BODY).await?.to_vec(),
        remote_address: client_address(peer.0.ip(), &parts.headers, &gateway.config.server.trusted_proxies).to_string(),
    };
    // Without a plugin, or after its fault, the provider is asked to call again.
    let plugin = gateway.runtime.plugin(&entry.account.provider).ok_or_else(Problem::overloaded)?;
    let heard = gateway.runtime.callback(&plugin, &entry.access, &call).await;
    let (events, reply) = heard.map_err(|error| {
        tracing::warn!(%error, account.id = %id, "a provider's call could not be read; it is asked to call again");
        Problem::overloaded()
    })?;
    match events {
        Ok(events) => receipts::apply(gateway, id, events, None).await?,
        Err(reason) => tracing::warn!(reason, account.id = %id, "a provider's call was refused"),
    }
    Ok(answer(reply))
}

fn answer(reply: CallbackReply) -> Response {
    let mut response = Response::new(reply.body.into());
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
