//! Who calls: a bearer secret or a signed request (MAC), from an address that the application is bound to.
//!
//! Unknown key, inactive application, wrong secret, stale timestamp, used nonce: all the same 401, compared in constant time.

use super::client_address::client_address;
use super::problem::Problem;
use crate::directory::Credential;
use crate::gateway::Gateway;
use crate::intake::Caller;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jixinda_domain::{AccessKeyId, Timestamp};
use jixinda_store::NonceClaim;
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// How far a signed request's clock may be off, either way.
const SKEW: Duration = Duration::from_secs(300);
const NONCE_CHARS: std::ops::RangeInclusive<usize> = 16..=64;

/// Checks the credentials of a request against its body.
pub fn authenticate(gateway: &Gateway, peer: IpAddr, parts: &Parts, body: &[u8]) -> Result<Caller, Problem> {
    let directory = gateway.directory();
    let find = |id: &str| -> Option<&Credential> { directory.keys.get(&id.parse::<AccessKeyId>().ok()?) };
    let (credential, nonce) = match parts.headers.get("x-jixinda-key") {
        Some(key) => {
            let credential = find(key.to_str().unwrap_or_default());
            let nonce = verify_mac(credential, parts, body, gateway.clock.now()).ok_or_else(Problem::unauthorized)?;
            (credential, Some(nonce))
        }
        None => {
            let (id, secret) = bearer(&parts.headers).ok_or_else(Problem::unauthorized)?;
            let credential = find(id);
            verify_bearer(credential, secret).ok_or_else(Problem::unauthorized)?;
            (credential, None)
        }
    };
    let credential = credential
        .filter(|credential| credential.active && credential.application.active)
        .ok_or_else(Problem::unauthorized)?;
    let address = client_address(peer, &parts.headers, &gateway.config.server.trusted_proxies);
    if !credential.application.allows_address(address) {
        return Err(Problem::ip_not_allowed());
    }
    Ok(Caller { application: credential.application.clone(), test: credential.test, nonce })
}

/// Whether the credentials may be good, from the headers alone: before a body is read for somebody.
pub fn known(gateway: &Gateway, parts: &Parts) -> Result<(), Problem> {
    let directory = gateway.directory();
    let find = |id: &str| directory.keys.get(&id.parse::<AccessKeyId>().ok()?);
    let plausible = match parts.headers.get("x-jixinda-key") {
        Some(key) => key.to_str().ok().and_then(find).map(|_| ()),
        None => bearer(&parts.headers).and_then(|(id, secret)| verify_bearer(find(id), secret)),
    };
    plausible.ok_or_else(Problem::unauthorized)
}

fn bearer(headers: &HeaderMap) -> Option<(&str, &str)> {
    let (scheme, credentials) = headers.get("authorization")?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credentials.split_once('.')).flatten()
}

fn verify_bearer(credential: Option<&Credential>, secret: &str) -> Option<()> {
    // An unknown key is compared too, so that it takes as long as a known one.
    let expected = credential.map_or(&[0u8; 32][..], |credential| &credential.secret);
    let equal = bool::from(Sha256::digest(expected).ct_eq(&Sha256::digest(secret.as_bytes())));
    (equal && credential?.application.allow_bearer).then_some(())
}

/// `X-Jixinda-Mac` is lower hex HMAC-SHA256(secret, `METHOD\nPATH?QUERY\nTIMESTAMP\nNONCE\nhex(sha256(body))`).
fn verify_mac(credential: Option<&Credential>, parts: &Parts, body: &[u8], now: Timestamp) -> Option<NonceClaim> {
    let header = |name: &str| parts.headers.get(name)?.to_str().ok();
    let key = header("x-jixinda-key")?;
    let (timestamp, nonce) = (header("x-jixinda-timestamp")?, header("x-jixinda-nonce")?);
    let given = hex::decode(header("x-jixinda-mac")?).ok()?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(credential.map_or(b"unknown", |credential| &credential.secret)).ok()?;
    let path = parts.uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    mac.update(
        format!("{}\n{path}\n{timestamp}\n{nonce}\n{}", parts.method, hex::encode(Sha256::digest(body))).as_bytes(),
    );
    mac.verify_slice(&given).ok()?;
    let signed_at = Timestamp::from_millis(timestamp.parse::<i64>().ok()?.checked_mul(1000)?);
    let fresh = signed_at.since(now) <= SKEW && now.since(signed_at) <= SKEW;
    let well_formed = NONCE_CHARS.contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_graphic());
    (fresh && well_formed).then(|| NonceClaim { hash: nonce_hash(key, nonce), expires_at: signed_at + SKEW + SKEW })
}

/// 64 bits of SHA-256 over key id and nonce.
fn nonce_hash(key: &str, nonce: &str) -> u64 {
    let digest = Sha256::new().chain_update(key).chain_update([0]).chain_update(nonce).finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

/// Uses up the nonce of a request that stores nothing of its own.
pub async fn spend(gateway: &Gateway, nonce: NonceClaim) -> Result<(), Problem> {
    let acceptance = jixinda_store::Acceptance {
        messages: Vec::new(),
        idempotency: None,
        nonce: Some(nonce),
        limits: jixinda_store::Limits::default(),
    };
    match gateway.writer.accept(acceptance).await? {
        jixinda_store::Accepted::NonceUsed => Err(Problem::unauthorized()),
        _ => Ok(()),
    }
}
