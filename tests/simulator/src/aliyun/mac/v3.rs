//! Scheme V3: ACS3-HMAC-SHA256 over a canonical request, carried in the `Authorization` header.

use hmac::{Hmac, KeyInit, Mac};
use hyper::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

use super::{Claim, Scheme, canonical_query, mismatch};
use crate::aliyun::answer;
use crate::aliyun::request::Rpc;
use crate::wire::Refusal;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// What every request must sign; `content-type` and any other `x-acs-*` come on top where they are sent.
const ALWAYS_SIGNED: [&str; 6] =
    ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

/// Takes the claim from a request's headers, once the body is what they say.
pub(super) fn claim<'r>(rpc: &'r Rpc<'_>) -> Result<Claim<'r>, Refusal> {
    let (key, signed_headers, mac) =
        rpc.header(AUTHORIZATION.as_str()).and_then(parse_authorization).ok_or_else(|| {
            incomplete(format!("Authorization must read {ALGORITHM} Credential=…,SignedHeaders=…,Signature=…"))
        })?;
    check_signed_headers(rpc, signed_headers)?;
    let payload = hex::encode(Sha256::digest(rpc.body));
    if rpc.header("x-acs-content-sha256") != Some(&payload) {
        return Err(mismatch(format!("x-acs-content-sha256 does not match the body, whose SHA-256 is {payload}")));
    }
    let canonical = canonical_request(rpc, signed_headers, &payload);
    Ok(Claim {
        key,
        date: rpc.header("x-acs-date").unwrap_or_default(),
        nonce: rpc.header("x-acs-signature-nonce").unwrap_or_default(),
        mac,
        string_to_sign: string_to_sign(&canonical),
        scheme: Scheme::V3,
    })
}

/// The lines that are hashed; no newline at the end.
pub(super) fn canonical_request(rpc: &Rpc<'_>, signed_headers: &str, payload: &str) -> String {
    let query = canonical_query(rpc.query.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let mut canonical = format!("{}\n{}\n{query}\n", rpc.method, rpc.path);
    for name in signed_headers.split(';') {
        let value = rpc.header(name).unwrap_or_default().trim();
        canonical.extend([name, ":", value, "\n"]);
    }
    canonical.extend(["\n", signed_headers, "\n", payload]);
    canonical
}

pub(super) fn string_to_sign(canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{}", hex::encode(Sha256::digest(canonical_request)))
}

/// Lower-case hex, with the plain secret as the key.
pub(super) fn mac(secret: &str, string_to_sign: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(string_to_sign.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// The access key id, the signed headers and the MAC.
fn parse_authorization(value: &str) -> Option<(&str, &str, &str)> {
    let mut parts = value.strip_prefix(ALGORITHM)?.strip_prefix(' ')?.split(',');
    let credential = parts.next()?.strip_prefix("Credential=")?;
    let signed_headers = parts.next()?.strip_prefix("SignedHeaders=")?;
    let mac = parts.next()?.strip_prefix("Signature=")?;
    parts.next().is_none().then_some((credential, signed_headers, mac))
}

fn check_signed_headers(rpc: &Rpc<'_>, signed_headers: &str) -> Result<(), Refusal> {
    let is_signed = |name: &str| signed_headers.split(';').any(|signed| signed == name);
    if let Some(name) = ALWAYS_SIGNED.iter().find(|name| rpc.header(name).is_none()) {
        return Err(incomplete(format!("the header {name} is missing")));
    }
    let sent = rpc.headers.keys().map(hyper::header::HeaderName::as_str);
    let mut owed = sent.filter(|name| name.starts_with("x-acs-") || matches!(*name, "host" | "content-type"));
    match owed.find(|name| !is_signed(name)) {
        Some(name) => Err(incomplete(format!("the header {name} is sent but not signed"))),
        None if !signed_headers.split(';').is_sorted() => Err(incomplete("SignedHeaders must be sorted")),
        None => Ok(()),
    }
}

fn incomplete(message: impl Into<String>) -> Refusal {
    answer::gateway(400, "IncompleteSignature", message)
}
