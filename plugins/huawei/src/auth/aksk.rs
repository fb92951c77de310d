//! SDK-HMAC-SHA256: what we sign our requests with, and what an application may sign its pushes with.

use jixinda_plugin_kit::callbacks::Call;
use jixinda_plugin_kit::canonical::{CanonicalRequest, hashed};
use jixinda_plugin_kit::china_time::parse_basic_utc;
use jixinda_plugin_kit::digest::{constant_time_eq, hmac_sha256};
use jixinda_plugin_kit::encoding::{self, hex};
use jixinda_plugin_kit::request::authority;

use super::Credentials;

const ALGORITHM: &str = "SDK-HMAC-SHA256";
const FORM: &str = "application/x-www-form-urlencoded";
/// Stands for the body of a form, which the vendor's own signer does not hash.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const MAX_SKEW_MS: u64 = 15 * 60 * 1000;

/// The headers to send, but for `host`, which the gateway sets itself. `date` is `yyyyMMddTHHmmssZ`.
pub fn headers(
    credentials: &Credentials,
    url: &str,
    content_type: &str,
    body: &[u8],
    date: &str,
) -> Vec<(String, String)> {
    let mut signed = vec![("content-type", content_type.to_owned()), ("host", authority(url).to_owned())];
    let payload = if content_type == FORM { UNSIGNED.to_owned() } else { hashed(body) };
    if content_type == FORM {
        signed.push(("x-sdk-content-sha256", UNSIGNED.to_owned()));
    }
    signed.push(("x-sdk-date", date.to_owned()));
    let path = canonical_path(url);
    let request = CanonicalRequest { method: "POST", path: &path, query: "", headers: &signed, payload: &payload };
    let signature = signature(credentials, &request, date);
    let names = request.signed_headers();
    let authorization = format!("{ALGORITHM} Access={}, SignedHeaders={names}, Signature={signature}", credentials.key);
    signed.retain(|(name, _)| *name != "host");
    signed.push(("authorization", authorization));
    signed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Whether a push bears this application's signature; if not, why. `url` is the public one that was called.
pub fn verify(credentials: &Credentials, call: &Call, url: &str, now: u64) -> Result<(), &'static str> {
    let authorization = call.header("authorization").ok_or("the push is not signed")?;
    let rest = authorization.strip_prefix(ALGORITHM).ok_or("the push is signed in another way")?;
    let part = |name: &str| {
        rest.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=')).ok_or("a part is missing")
    };
    let (access, names, told) = (part("Access")?, part("SignedHeaders")?, part("Signature")?);
    let date = call.header("x-sdk-date").ok_or("the push has no date")?;
    let at = parse_basic_utc(date).ok_or("the push's date cannot be read")?;
    if !constant_time_eq(access.as_bytes(), credentials.key.as_bytes()) {
        return Err("the push is signed with another key");
    }
    if at.abs_diff(now) > MAX_SKEW_MS {
        return Err("the push's date is too old or too new");
    }
    let names: Vec<&str> = names.split(';').collect();
    if !names.contains(&"x-sdk-date") {
        return Err("the push's date is not signed");
    }
    // Before us a proxy may have set the host that the platform signed to one of its own.
    let hosts = [call.header("host").unwrap_or_default(), authority(url)];
    let fits = |host: &&str| {
        let expected = expected(credentials, call, url, &names, host, date);
        expected.is_some_and(|expected| constant_time_eq(expected.as_bytes(), told.as_bytes()))
    };
    if hosts.iter().any(fits) { Ok(()) } else { Err("the push's signature does not verify") }
}

fn expected(
    credentials: &Credentials,
    call: &Call,
    url: &str,
    names: &[&str],
    host: &str,
    date: &str,
) -> Option<String> {
    let value = |name: &str| if name == "host" { Some(host) } else { call.header(name) };
    let headers: Vec<_> = names.iter().map(|name| Some((*name, value(name)?.to_owned()))).collect::<Option<_>>()?;
    let is_unsigned = headers.iter().any(|(name, value)| *name == "x-sdk-content-sha256" && value == UNSIGNED);
    let payload = if is_unsigned { UNSIGNED.to_owned() } else { hashed(&call.body) };
    let mut query = encoding::parse_form(&call.query);
    query.sort_unstable();
    let (query, path) = (encoding::pairs(query), canonical_path(url));
    let request =
        CanonicalRequest { method: &call.method, path: &path, query: &query, headers: &headers, payload: &payload };
    Some(signature(credentials, &request, date))
}

fn signature(credentials: &Credentials, request: &CanonicalRequest, date: &str) -> String {
    let to_sign = format!("{ALGORITHM}\n{date}\n{}", request.hash());
    hex(&hmac_sha256(credentials.secret.as_bytes(), to_sign.as_bytes()))
}

/// The path of a URL; in the canonical request it always ends in "/".
fn canonical_path(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |start| &rest[start..]);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if path.ends_with('/') { path.to_owned() } else { format!("{path}/") }
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples;

    use super::*;
    use crate::auth::example;

    const DATE: &str = "20240102T030405Z";
    const HOST: &str = "https://smsapi.cn-north-4.myhuaweicloud.com:443";
    const JSON: &str = r#"{"from":"8820000000000","statusCallback":"https://gw.example.com/cb/huawei","smsContent":[{"to":["+8613800000000"],"templateId":"00000000000000000000000000000000","templateParas":["369751"],"signature":"示例签名"}]}"#;

    fn authorization(path: &str, content_type: &str, body: &str) -> String {
        let url = format!("{HOST}{path}");
        let headers = headers(&example(), &url, content_type, body.as_bytes(), DATE);
        assert!(headers.iter().all(|(name, _)| name != "host"));
        headers.into_iter().find(|(name, _)| name == "authorization").map(|(_, value)| value).unwrap()
    }

    #[test]
    fn the_json_vector() {
        assert_eq!(hashed(JSON.as_bytes()), "3a5ec616bf569e52ff063027bddf264e291b8098d80e27303a3b89b9508a1437");
        assert_eq!(
            authorization("/sms/batchSendDiffSms/v1", "application/json", JSON),
            "SDK-HMAC-SHA256 Access=appkeyEXAMPLE0001, SignedHeaders=content-type;host;x-sdk-date, \
             Signature=00feab411a1425de6e66069043caccb1df1d237ba5cea8310759629fbbb9b3cf"
        );
    }

    #[test]
    fn the_form_vector_whatever_the_body() {
        for body in ["", "from=8820000000000"] {
            assert_eq!(
                authorization("/sms/batchSendSms/v1", FORM, body),
                "SDK-HMAC-SHA256 Access=appkeyEXAMPLE0001, \
                 SignedHeaders=content-type;host;x-sdk-content-sha256;x-sdk-date, \
                 Signature=5201ee05ddfd979dc9b10912fdc47100bd7c08f82ff1327af29a2b4d0de17365"
            );
        }
    }

    const URL: &str = "https://gw.example.com/cb/acc_1/token";

    fn push(content_type: &str, body: &str) -> Call {
        let mut call = samples::call(content_type, body);
        call.headers.extend(headers(&example(), URL, content_type, body.as_bytes(), DATE));
        call
    }

    #[test]
    fn a_push_that_is_signed_so_verifies() {
        for content_type in [FORM, "application/json"] {
            assert_eq!(verify(&example(), &push(content_type, "a=1"), URL, samples::NOW), Ok(()), "{content_type}");
        }
        let mut behind_proxy = push("application/json", "{}");
        behind_proxy.headers.retain(|(name, _)| name != "Host");
        behind_proxy.headers.push(("host".into(), "10.0.0.1:8080".into()));
        assert_eq!(verify(&example(), &behind_proxy, URL, samples::NOW), Ok(()));
    }

    #[test]
    fn a_push_that_was_changed_or_replayed_does_not() {
        let call = push("application/json", "{}");
        let refused = |call: &Call, url: &str, now: u64| verify(&example(), call, url, now).is_err();
        assert!(refused(&Call { body: b"{ }".to_vec(), ..call.clone() }, URL, samples::NOW));
        assert!(refused(&call, "https://gw.example.com/cb/acc_2/token", samples::NOW));
        assert!(refused(&call, URL, samples::NOW + MAX_SKEW_MS + 1));
        assert!(refused(&samples::call("application/json", "{}"), URL, samples::NOW));
        let other = Credentials { key: "appkeyEXAMPLE0001".into(), secret: "another".into() };
        assert!(verify(&other, &call, URL, samples::NOW).is_err());
        for rubbish in ["", "SDK-HMAC-SHA256", "SDK-HMAC-SHA256 Access=appkeyEXAMPLE0001, SignedHeaders=, Signature="] {
            let mut call = call.clone();
            call.headers.retain(|(name, _)| name != "authorization");
            call.headers.push(("authorization".into(), rubbish.into()));
            assert!(refused(&call, URL, samples::NOW), "{rubbish}");
        }
    }
}
