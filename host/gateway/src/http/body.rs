//! Reading requests: bounded bodies, JSON with named mistakes, proof of who calls.

use super::Peer;
use super::auth::{authenticate, known};
use super::problem::Problem;
use crate::gateway::Gateway;
use crate::intake::Caller;
use axum::extract::{ConnectInfo, FromRequest, Request};
use axum::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

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
        // Nobody unknown has a body read, and none is begun that is said to be too large.
        if let Err(refused) = known(gateway, &parts) {
            discard(body, 64 << 10, Duration::from_millis(250)).await;
            return Err(refused);
        }
        let announced = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > LIMIT as u64) {
            discard(body, 2 * MAX_BATCH_BODY, Duration::from_secs(1)).await;
            return Err(Problem::payload_too_large(LIMIT));
        }
        let body = read(gateway, body, LIMIT).await?;
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

/// Reads a body, within the limits of size and time.
pub async fn read(gateway: &Gateway, body: axum::body::Body, limit: usize) -> Result<Bytes, Problem> {
    let patience = gateway.config.server.body_patience();
    let Ok(body) = tokio::time::timeout(patience, Limited::new(body, limit).collect()).await else {
        return Err(Problem::invalid_request(format!("the body did not come within {} ms", patience.as_millis())));
    };
    match body {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::payload_too_large(limit)),
        Err(_) => Err(Problem::invalid_request("the body broke off")),
    }
}

/// Lets a refused body pass by for a moment: a connection that is closed on unread bytes is reset, and the caller, still
/// writing, would see a broken pipe instead of the answer.
async fn discard(body: axum::body::Body, limit: usize, patience: Duration) {
    let mut body = Limited::new(body, limit);
    let passing = async { while let Some(Ok(_)) = body.frame().await {} };
    // Whatever is left after that is the caller's to lose.
    let _ = tokio::time::timeout(patience, passing).await;
}

/// Reads JSON; the mistake is told with its place.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde would take a list for a record, field by field.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| *first == b'[') {
        return Err(Problem::invalid_request("the body must be a JSON object"));
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::invalid_request(format!("the body is not the JSON that is expected: {error}")))
}
