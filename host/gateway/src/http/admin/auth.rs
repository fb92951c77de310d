//! Who may change things: a token whose hash the store knows.

use crate::gateway::Gateway;
use crate::http::body::{MAX_BODY, json, read};
use crate::http::problem::Problem;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// An operator who has proved who it is.
pub struct Operator;

impl FromRequestParts<Arc<Gateway>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gateway: &Arc<Gateway>) -> Result<Self, Problem> {
        let header = parts.headers.get("authorization").and_then(|header| header.to_str().ok());
        let token = header.and_then(|header| header.strip_prefix("Bearer ")).ok_or_else(Problem::unauthorized)?;
        let hash = Sha256::digest(token.as_bytes());
        let known = gateway.store.admin_tokens().await?;
        // Every token is compared, so that the time tells nothing.
        let matches = known.iter().fold(false, |found, token| found | bool::from(token.token_hash.ct_eq(&hash)));
        if matches { Ok(Self) } else { Err(Problem::unauthorized()) }
    }
}

/// An operator and a JSON body.
pub struct Change<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Gateway>> for Change<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, gateway: &Arc<Gateway>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        Operator::from_request_parts(&mut parts, gateway).await?;
        Ok(Self(json(&read(gateway, body, MAX_BODY).await?)?))
    }
}
