//! Reading requests: bounded bodies, JSON with named mistakes, proof of who calls.

use super::Peer;
use super::auth::authenticate;
use super::problem::Problem;
use crate::gateway::Gateway;
use crate::intake::Caller;
use axum::extract::{ConnectInfo, FromRequest, Request};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The largest body of an ordinary request.
pub const MAX_BODY: usize = 1 << 20;
/// The largest body of a batch.
pub const MAX_BATCH_BODY: usize = 16 << 20;

/// A request of an application: who, and what. `LIMIT` bounds its body.
pub struct Signed<const LIMIT: usize = MAX_BODY> {
    pub caller: Caller,
    pub headers: axum::http::HeaderMap,
    pub body: Bytes,
}

impl<const LIMIT: usize> FromRequest<Arc<Gateway>> for Signed<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, gateway: &Arc<Gateway>) -> Result<Self, Problem> {
        let peer = request.extensions().get::<ConnectInfo<Peer>>().ok_or_else(Problem::internal)?.0.0.ip();
        let (parts, body) = request.into_parts();
        let body = read(body, LIMIT).await?;
        let mut caller = authenticate(gateway, peer, &parts, &body)?;
        // A signed request that stores nothing still uses up its nonce.
        if let Some(nonce) = caller.nonce.filter(|_| !parts.method.is_safe() && !stores(&parts.uri)) {
            super::auth::spend(gateway, nonce).await?;
            caller.nonce = None;
        }
        Ok(Self { caller, headers: parts.headers, body })
    }
}

/// Paths whose handlers claim the nonce with what they store.
fn stores(uri: &axum::http::Uri) -> bool {
    matches!(uri.path(), "/v1/messages" | "/v1/messages/batch")
}

/// Reads a body up to a limit.
pub async fn read(body: axum::body::Body, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::payload_too_large(limit)),
        Err(_) => Err(Problem::invalid_request("the body broke off")),
    }
}

/// Reads JSON; the mistake is told with its place.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::invalid_request(format!("the body is not the JSON that is expected: {error}")))
}
