//! `SDK-HMAC-SHA256`: a MAC over a canonical request, in the `Authorization` header. Pushes may be signed the same way.

use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderName};

use super::refusal;
use crate::account::Account;
use crate::clock::now_ms;
use crate::dates;
use crate::push::PushBody;
use crate::signing::{Fields, canonical_headers, canonical_query, hmac_sha256, sha256_hex};
use crate::wire::{RawRequest, Refusal};

pub(super) const ALGORITHM: &str = "SDK-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const TOLERANCE_MS: u64 = 15 * 60 * 1_000;

/// The app_key that a request names.
pub(super) fn key(authorization: &str) -> Result<&str, Refusal> {
    let key = Fields::parse(authorization, ALGORITHM).and_then(|fields| fields.get("Access"));
    key.ok_or_else(|| {
        refusal("E000002", format!("Authorization must read {ALGORITHM} Access=…, SignedHeaders=…, Signature=…"))
    })
}

/// Checks date and MAC.
pub(super) fn check(request: &RawRequest, authorization: &str, secret: &str) -> Result<(), Refusal> {
    let fields = Fields::parse(authorization, ALGORITHM);
    let (names, claimed) =
        fields.and_then(|fields| Some((fields.get("SignedHeaders")?, fields.get("Signature")?))).unwrap_or_default();
    let date = request.header("x-sdk-date").unwrap_or_default();
    let is_now = dates::parse_compact_utc(date).is_some_and(|date| date.abs_diff(now_ms()) <= TOLERANCE_MS);
    if !is_now {
        return Err(refusal("E000045", "X-Sdk-Date is missing or more than 15 minutes off"));
    }
    if !["host", "x-sdk-date"].iter().all(|owed| names.split(';').any(|name| name == *owed)) {
        return Err(refusal("E000045", "host and x-sdk-date must be signed"));
    }
    let canonical =
        canonical_request(request, names).ok_or_else(|| refusal("E000045", "a signed header was not sent"))?;
    if claimed == mac(secret, date, &canonical) {
        return Ok(());
    }
    Err(refusal("E000045", format!("the signature does not verify; the canonical request is: {canonical}")))
}

/// The path ends in a slash here even where it does not in the request.
pub(super) fn canonical_request(request: &RawRequest, names: &str) -> Option<String> {
    let (method, path, query) = (&request.head.method, request.path().trim_end_matches('/'), canonical_query(request));
    let headers = canonical_headers(request, names)?;
    let payload = match request.header("x-sdk-content-sha256") {
        Some(UNSIGNED) if names.split(';').any(|name| name == "x-sdk-content-sha256") => UNSIGNED.to_owned(),
        _ => sha256_hex(&request.body),
    };
    Some(format!("{method}\n{path}/\n{query}\n{headers}\n{names}\n{payload}"))
}

pub(super) fn mac(secret: &str, date: &str, canonical_request: &str) -> String {
    let string = format!("{ALGORITHM}\n{date}\n{}", sha256_hex(canonical_request));
    hex::encode(hmac_sha256(secret, string))
}

/// The headers of a signed push. That it signs the hash of its body, forms too, is assumed.
pub(in crate::huawei) fn sign_push(account: &Account, url: &str, push: &PushBody) -> Vec<(HeaderName, String)> {
    let Ok(uri) = url.parse::<Uri>() else { return Vec::new() };
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let request = hyper::Request::post(url).header("host", host).header("content-type", push.content_type);
    let date = dates::compact_utc(now_ms());
    let Ok(request) = request.header("x-sdk-date", &date).body(()) else { return Vec::new() };
    let request = RawRequest { head: request.into_parts().0, body: push.body.clone() };
    let names = "content-type;host;x-sdk-date";
    let Some(canonical) = canonical_request(&request, names) else { return Vec::new() };
    let mac = mac(&account.secret, &date, &canonical);
    let authorization = format!("{ALGORITHM} Access={}, SignedHeaders={names}, Signature={mac}", account.key);
    vec![(AUTHORIZATION, authorization), (HeaderName::from_static("x-sdk-date"), date)]
}
