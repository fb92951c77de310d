//! ACS3-HMAC-SHA256: the parameters travel in the query or in a form body, everything else in headers.

use jixinda_plugin_kit::canonical::{CanonicalRequest, hashed};
use jixinda_plugin_kit::digest::hmac_sha256;
use jixinda_plugin_kit::encoding::hex;

use super::{API_VERSION, Credentials, Params, Stamp, canonical};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
pub const FORM: &str = "application/x-www-form-urlencoded";

/// What of a request is signed. All requests are POSTs to "/".
pub struct Unsigned<'a> {
    pub host: &'a str,
    pub action: &'a str,
    /// Canonical; empty where the parameters are in the body.
    pub query: &'a str,
    /// Empty where the parameters are in the query.
    pub body: &'a str,
}

/// The form body of an operation. A query would do as well, but URLs have limits that a hundred numbers reach.
pub fn body(params: &Params) -> String {
    canonical(params)
}

/// The headers to send, but for `host`, which the gateway sets itself.
pub fn headers(unsigned: &Unsigned, credentials: &Credentials, stamp: &Stamp) -> Vec<(String, String)> {
    let mut headers = signed_headers(unsigned, credentials, stamp);
    let authorization = authorization(unsigned, &headers, credentials);
    headers.retain(|(name, _)| *name != "host");
    headers.push(("authorization", authorization));
    headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Sorted by name, as the canonical request wants them.
fn signed_headers(unsigned: &Unsigned, credentials: &Credentials, stamp: &Stamp) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("host", unsigned.host.to_owned()),
        ("x-acs-action", unsigned.action.to_owned()),
        ("x-acs-content-sha256", hashed(unsigned.body.as_bytes())),
        ("x-acs-date", stamp.date.clone()),
        ("x-acs-signature-nonce", stamp.nonce.clone()),
        ("x-acs-version", API_VERSION.to_owned()),
    ];
    if !unsigned.body.is_empty() {
        headers.push(("content-type", FORM.to_owned()));
    }
    if let Some(token) = &credentials.security_token {
        headers.push(("x-acs-security-token", token.clone()));
    }
    headers.sort_unstable();
    headers
}

fn authorization(unsigned: &Unsigned, headers: &[(&str, String)], credentials: &Credentials) -> String {
    let payload = hashed(unsigned.body.as_bytes());
    let canonical = canonical_request(unsigned, headers, &payload);
    let to_sign = format!("{ALGORITHM}\n{}", canonical.hash());
    let signature = hex(&hmac_sha256(credentials.key_secret.as_bytes(), to_sign.as_bytes()));
    let names = canonical.signed_headers();
    format!("{ALGORITHM} Credential={},SignedHeaders={names},Signature={signature}", credentials.key_id)
}

fn canonical_request<'a>(
    unsigned: &'a Unsigned,
    headers: &'a [(&'a str, String)],
    payload: &'a str,
) -> CanonicalRequest<'a> {
    CanonicalRequest { method: "POST", path: "/", query: unsigned.query, headers, payload }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::vectors::{credentials, params};

    fn stamp() -> Stamp {
        Stamp { date: "2024-01-02T03:04:05Z".into(), nonce: "00000000000040008000000000000001".into() }
    }

    fn sign(query: &str, body: &str) -> (String, String) {
        let unsigned = Unsigned { host: "dysmsapi.aliyuncs.com", action: "SendSms", query, body };
        let headers = signed_headers(&unsigned, &credentials(), &stamp());
        let hash = canonical_request(&unsigned, &headers, &hashed(unsigned.body.as_bytes())).hash();
        (hash, authorization(&unsigned, &headers, &credentials()))
    }

    #[test]
    fn vector_c_query_form() {
        let (hash, authorization) = sign(&canonical(&params()), "");
        assert_eq!(hash, "3efede6afc379ed85f7818f20de144c862821178e6ebf56dad42892b35e2e7d2");
        assert_eq!(
            authorization,
            "ACS3-HMAC-SHA256 Credential=LTAIexampleKeyId,\
             SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=9a63f4b2e86addbff7ca9fe5e35ed7b1c580e2adc10755e09aaf21ca8b06b549"
        );
    }

    #[test]
    fn vector_d_form_body() {
        let body = body(&params());
        assert_eq!(hashed(body.as_bytes()), "cc57263b9eeac93d79bfe1fdbb0ba6ff6bda4e6384aa1845ec0a6497b3626ed2");
        let (hash, authorization) = sign("", &body);
        assert_eq!(hash, "75186475f3a19524d812d0f597654226afb341d90925fb3305322201f3b40ed3");
        assert_eq!(
            authorization,
            "ACS3-HMAC-SHA256 Credential=LTAIexampleKeyId,SignedHeaders=content-type;host;x-acs-action;\
             x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=14b1325432bb2332160a2ca8c96e6d5a730df557986bd29a0db9df18b650abf6"
        );
    }

    #[test]
    fn a_security_token_is_sent_and_signed() {
        let credentials = Credentials { security_token: Some("token".into()), ..credentials() };
        let unsigned = Unsigned { host: "dysmsapi.aliyuncs.com", action: "SendSms", query: "", body: "a=b" };
        let headers = headers(&unsigned, &credentials, &stamp());
        assert!(headers.contains(&("x-acs-security-token".into(), "token".into())));
        assert!(headers.iter().all(|(name, _)| name != "host"));
        assert!(headers.last().unwrap().1.contains(";x-acs-security-token;x-acs-signature-nonce;"));
    }
}
