//! The request MAC: JDCLOUD2-HMAC-SHA256, or the same with a 3 in its names.
//!
//! How far a date may be off is not documented; a quarter of an hour is assumed, as at the other clouds.

use std::sync::Arc;

use super::options::{JdcloudOptions, Version};
use super::{answer, place};
use crate::account::AccountState;
use crate::clock::now_ms;
use crate::dates;
use crate::signing::{Fields, canonical_headers, canonical_query, hmac_sha256, sha256_hex};
use crate::wire::{Provider, RawRequest, Refusal};
use crate::world::World;

const TOLERANCE_MS: u64 = 15 * 60 * 1_000;

/// The names that differ between the versions.
struct Names {
    algorithm: &'static str,
    prefix: &'static str,
    end: &'static str,
}

impl Version {
    fn names(self) -> Names {
        match self {
            Self::Two => Names { algorithm: "JDCLOUD2-HMAC-SHA256", prefix: "JDCLOUD2", end: "jdcloud2_request" },
            Self::Three => Names { algorithm: "JDCLOUD3-HMAC-SHA256", prefix: "JDCLOUD3", end: "jdcloud3_request" },
        }
    }
}

/// Finds the account that a request proves to be.
pub(super) fn authenticate(request: &RawRequest, world: &World) -> Result<Arc<AccountState>, Refusal> {
    let header = request.header("authorization").ok_or_else(|| failed("Authorization is missing"))?;
    let parse = |version: Version| Fields::parse(header, version.names().algorithm).map(|fields| (version, fields));
    let (version, fields) = [Version::Two, Version::Three]
        .into_iter()
        .find_map(parse)
        .ok_or_else(|| failed("the algorithm of Authorization is not known"))?;
    let field = |name: &str| fields.get(name).ok_or_else(|| failed(format!("Authorization lacks {name}")));
    let (credential, signed_headers, claimed) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let (key, scope) = credential.split_once('/').ok_or_else(|| failed("Credential lacks its scope"))?;
    let account = world.accounts.at(Provider::Jdcloud, key).ok_or_else(|| failed("the access key is not known"))?;
    let settings = account.settings();
    if settings.options::<JdcloudOptions>().signature != version {
        return Err(failed("this version of the signature is not accepted"));
    }
    let date = checked_date(request, scope, version)?;
    check_signed(signed_headers, version)?;
    let canonical = canonical_request(request, signed_headers).ok_or_else(|| failed("a signed header was not sent"))?;
    if claimed != mac(&settings.secret, scope, date, &canonical, version) {
        return Err(failed(format!("the signature does not match; the canonical request is: {canonical}")));
    }
    let nonce = request.header("x-jdcloud-nonce").ok_or_else(|| failed("x-jdcloud-nonce is missing"))?;
    let is_fresh = world.nonces.as_ref().is_none_or(|nonces| nonces.spend(key, nonce));
    if is_fresh { Ok(account) } else { Err(failed("x-jdcloud-nonce was used before")) }
}

/// The date of a request, if it is now and the scope is of its day and place.
fn checked_date<'r>(request: &'r RawRequest, scope: &str, version: Version) -> Result<&'r str, Refusal> {
    let date = request.header("x-jdcloud-date").ok_or_else(|| failed("x-jdcloud-date is missing"))?;
    let is_now = dates::parse_compact_utc(date).is_some_and(|ms| ms.abs_diff(now_ms()) <= TOLERANCE_MS);
    if !is_now {
        return Err(failed("x-jdcloud-date is more than 15 minutes off"));
    }
    let (region, _) = place(request).unwrap_or_default();
    let expected = format!("{}/{region}/sms/{}", date.get(..8).unwrap_or_default(), version.names().end);
    if scope == expected { Ok(date) } else { Err(failed(format!("the scope must be {expected}"))) }
}

/// Version 3 of the vendor's own code signs only content type and host.
fn check_signed(signed_headers: &str, version: Version) -> Result<(), Refusal> {
    let owed: &[&str] = match version {
        Version::Two => &["content-type", "x-jdcloud-date", "x-jdcloud-nonce"],
        Version::Three => &["content-type"],
    };
    match owed.iter().find(|owed| !signed_headers.split(';').any(|name| name == **owed)) {
        Some(missing) => Err(failed(format!("{missing} must be signed"))),
        None => Ok(()),
    }
}

fn canonical_request(request: &RawRequest, signed_headers: &str) -> Option<String> {
    let (method, path, query) = (&request.head.method, request.path(), canonical_query(request));
    let (headers, payload) = (canonical_headers(request, signed_headers)?, sha256_hex(&request.body));
    Some(format!("{method}\n{path}\n{query}\n{headers}\n{signed_headers}\n{payload}"))
}

fn mac(secret: &str, scope: &str, date: &str, canonical_request: &str, version: Version) -> String {
    let string = format!("{}\n{date}\n{scope}\n{}", version.names().algorithm, sha256_hex(canonical_request));
    hex::encode(hmac_sha256(signing_key(secret, scope, version), string))
}

/// A chain over the parts of the scope: day, region, service, end.
fn signing_key(secret: &str, scope: &str, version: Version) -> Vec<u8> {
    let first = format!("{}{secret}", version.names().prefix).into_bytes();
    scope.split('/').fold(first, |key, part| hmac_sha256(key, part).to_vec())
}

fn failed(message: impl Into<String>) -> Refusal {
    answer::refusal("UNAUTHENTICATED", message)
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    const DATE: &str = "20240102T030405Z";
    const BODY: &str = r#"{"templateId":"mb_00000000000000000000000000000000","signId":"qm_00000000000000000000000000000000","phoneList":["13800000000"],"params":["369751","5"]}"#;

    /// The sheet's vector, in both versions.
    #[test]
    fn worked_vectors() {
        let request = Request::post("/v1/regions/cn-north-1/batchSend")
            .header("content-type", "application/json")
            .header("host", "sms.jdcloud-api.com")
            .header("x-jdcloud-date", DATE)
            .header("x-jdcloud-nonce", "00000000-0000-4000-8000-000000000001");
        let head = request.body(()).expect("a request").into_parts().0;
        let request = RawRequest { head, body: BODY.into() };
        let canonical =
            canonical_request(&request, "content-type;host;x-jdcloud-date;x-jdcloud-nonce").expect("all sent");
        assert_eq!(sha256_hex(&canonical), "94cc15feb6a3c428c65f18153700082a88fa8953494aa74095a9601acef8c9bb");
        for (version, scope, key, signature) in [
            (
                Version::Two,
                "20240102/cn-north-1/sms/jdcloud2_request",
                "a0d611ee1103aa70f5dc9a3e9d7597e0391b9db585e694ba63210b5461415b70",
                "a2da0eae41770b39e765b080b4d16dd2aa8b7baca211945baf743998aae04a19",
            ),
            (
                Version::Three,
                "20240102/cn-north-1/sms/jdcloud3_request",
                "897c9d7a87e2e9d6f208e8ca33cbe2565123a5753eb5754571ac2a7cd42da901",
                "62873a87fe23743e656407510b8443c99d5383c4127e2c808c43f156cf80e349",
            ),
        ] {
            assert_eq!(hex::encode(signing_key("JDSKexample0001", scope, version)), key);
            assert_eq!(mac("JDSKexample0001", scope, DATE, &canonical, version), signature);
        }
        assert!(checked_date(&request, "", Version::Two).is_err(), "it is long ago");
    }
}
