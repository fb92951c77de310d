//! The request MAC: TC3-HMAC-SHA256.

use std::sync::Arc;

use time::OffsetDateTime;

use super::answer;
use crate::account::AccountState;
use crate::clock::now_ms;
use crate::signing::{Fields, canonical_headers, canonical_query, hmac_sha256, sha256_hex};
use crate::wire::{Provider, RawRequest, Refusal};
use crate::world::World;

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const TOLERANCE_S: u64 = 5 * 60;

/// Finds the account that a request proves to be.
pub(super) fn authenticate(request: &RawRequest, world: &World) -> Result<Arc<AccountState>, Refusal> {
    let fields = request.header("authorization").and_then(|header| Fields::parse(header, ALGORITHM));
    let incomplete = || {
        failed(
            "InvalidAuthorization",
            "Authorization must read TC3-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…",
        )
    };
    let fields = fields.ok_or_else(incomplete)?;
    let field = |name| fields.get(name).ok_or_else(incomplete);
    let (credential, signed_headers, claimed) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let (key, scope) = credential.split_once('/').ok_or_else(incomplete)?;
    let account = world.accounts.at(Provider::Tencent, key);
    let account = account.ok_or_else(|| failed("SecretIdNotFound", "the SecretId is not found"))?;
    let timestamp = request.header("x-tc-timestamp").and_then(|text| text.parse().ok()).unwrap_or_default();
    if (now_ms() / 1_000).abs_diff(timestamp) > TOLERANCE_S {
        return Err(failed("SignatureExpire", "X-TC-Timestamp is missing or more than 5 minutes off"));
    }
    if scope != expected_scope(timestamp)
        || !["content-type", "host"].iter().all(|owed| signed_headers.split(';').any(|name| name == *owed))
    {
        return Err(failed("SignatureFailure", "the scope is of another day, or content-type and host are not signed"));
    }
    let canonical = canonical_request(request, signed_headers);
    let canonical = canonical.ok_or_else(|| failed("SignatureFailure", "a signed header was not sent"))?;
    let mac = mac(&account.settings().secret, scope, timestamp, &canonical);
    if claimed == mac {
        Ok(account)
    } else {
        Err(failed("SignatureFailure", format!("the canonical request is: {canonical}")))
    }
}

/// The day is that of the timestamp in UTC.
fn expected_scope(timestamp: i64) -> String {
    let day = OffsetDateTime::from_unix_timestamp(timestamp).unwrap_or(OffsetDateTime::UNIX_EPOCH).date();
    format!("{day}/sms/tc3_request")
}

fn canonical_request(request: &RawRequest, signed_headers: &str) -> Option<String> {
    let (method, path, query) = (&request.head.method, request.path(), canonical_query(request));
    let (headers, payload) = (canonical_headers(request, signed_headers)?, sha256_hex(&request.body));
    Some(format!("{method}\n{path}\n{query}\n{headers}\n{signed_headers}\n{payload}"))
}

fn mac(secret: &str, scope: &str, timestamp: i64, canonical_request: &str) -> String {
    let string = format!("{ALGORITHM}\n{timestamp}\n{scope}\n{}", sha256_hex(canonical_request));
    let first = format!("TC3{secret}").into_bytes();
    let key = scope.split('/').fold(first, |key, part| hmac_sha256(key, part).to_vec());
    hex::encode(hmac_sha256(key, string))
}

fn failed(code: &str, message: impl Into<String>) -> Refusal {
    answer::refusal(&format!("AuthFailure.{code}"), message)
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    const BODY: &str = r#"{"PhoneNumberSet":["+8613800000000"],"SmsSdkAppId":"1400000000","TemplateId":"000001","SignName":"示例签名","TemplateParamSet":["369751","5"],"SessionContext":"msg-0001"}"#;

    /// The sheet's vectors, with either content type.
    #[test]
    fn worked_vectors() {
        for (content_type, hash, signature) in [
            (
                "application/json",
                "0bdccb4ae822dc735da2b42e607c6f128e3924ef00682680c6f4c7b5a72ddfba",
                "b10405d3631d0d4f9abeee2c119788f6851b372d66ce9059df89221c72eebba2",
            ),
            (
                "application/json; charset=utf-8",
                "61fd40bfd6780fac68ed4f14ad31cee1af7bab9979110d09dbecc8f499dc2a03",
                "bc53bb26921ce021608e8016f85d1513105c4d88cf4587793dcf8ff41f29f0c0",
            ),
        ] {
            let request =
                Request::post("/").header("content-type", content_type).header("host", "sms.tencentcloudapi.com");
            let request = RawRequest { head: request.body(()).expect("a request").into_parts().0, body: BODY.into() };
            let canonical = canonical_request(&request, "content-type;host").expect("both sent");
            assert_eq!(sha256_hex(&canonical), hash);
            let scope = expected_scope(1_704_164_645);
            assert_eq!(scope, "2024-01-02/sms/tc3_request");
            assert_eq!(mac("SKexample0001", &scope, 1_704_164_645, &canonical), signature);
        }
    }
}
