//! JDCLOUD2-HMAC-SHA256 and JDCLOUD3-HMAC-SHA256 (请求签名), which differ in one digit. That the service still takes
//! version 2 is UNCONFIRMED, so the version is a setting. Time and nonce are arguments: the worked vectors are tests.

use jixinda_plugin_kit::canonical::{CanonicalRequest, hashed};
use jixinda_plugin_kit::digest::{hmac_sha256, hmac_sha256_chain};
use jixinda_plugin_kit::encoding::hex;
use jixinda_plugin_kit::request::authority;
use serde::Deserialize;

const SERVICE: &str = "sms";
const CONTENT_TYPE: &str = "application/json";

/// What signs a request.
pub struct Credentials {
    pub key_id: String,
    pub key_secret: String,
    pub region: String,
    pub version: Version,
}

/// Which signature to use.
#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    #[default]
    #[serde(rename = "2")]
    Two,
    #[serde(rename = "3")]
    Three,
}

/// When a request is signed, and the number that makes it singular. Never used twice.
pub struct Stamp {
    /// `yyyyMMddTHHmmssZ`.
    pub date: String,
    /// In the form of a UUID.
    pub nonce: String,
}

/// The headers to send, but for `host`, which the gateway sets itself.
pub fn headers(
    credentials: &Credentials,
    endpoint: &str,
    path: &str,
    body: &str,
    stamp: &Stamp,
) -> Vec<(String, String)> {
    let mut headers = signed_headers(endpoint, stamp);
    let payload = hashed(body.as_bytes());
    let request = CanonicalRequest { method: "POST", path, query: "", headers: &headers, payload: &payload };
    let authorization = authorization(credentials, &request, &stamp.date);
    headers.retain(|(name, _)| *name != "host");
    headers.push(("authorization", authorization));
    headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn signed_headers(endpoint: &str, stamp: &Stamp) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", CONTENT_TYPE.to_owned()),
        ("host", authority(endpoint).to_owned()),
        ("x-jdcloud-date", stamp.date.clone()),
        ("x-jdcloud-nonce", stamp.nonce.clone()),
    ]
}

fn authorization(credentials: &Credentials, request: &CanonicalRequest, date: &str) -> String {
    let name = credentials.version.name();
    let day = date.get(..8).unwrap_or_default();
    let end = format!("{}_request", name.to_lowercase());
    let scope = format!("{day}/{}/{SERVICE}/{end}", credentials.region);
    let to_sign = format!("{name}-HMAC-SHA256\n{date}\n{scope}\n{}", request.hash());
    let signature = hex(&hmac_sha256(&signing_key(credentials, day, &end), to_sign.as_bytes()));
    let names = request.signed_headers();
    format!(
        "{name}-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        credentials.key_id
    )
}

fn signing_key(credentials: &Credentials, day: &str, end: &str) -> Vec<u8> {
    let first = format!("{}{}", credentials.version.name(), credentials.key_secret);
    hmac_sha256_chain(first.as_bytes(), &[day, &credentials.region, SERVICE, end])
}

impl Version {
    fn name(self) -> &'static str {
        match self {
            Self::Two => "JDCLOUD2",
            Self::Three => "JDCLOUD3",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"templateId":"mb_00000000000000000000000000000000","signId":"qm_00000000000000000000000000000000","phoneList":["13800000000"],"params":["369751","5"]}"#;
    const PATH: &str = "/v1/regions/cn-north-1/batchSend";

    fn credentials(version: Version) -> Credentials {
        Credentials {
            key_id: "JDAKexample0001".into(),
            key_secret: "JDSKexample0001".into(),
            region: "cn-north-1".into(),
            version,
        }
    }

    fn stamp() -> Stamp {
        Stamp { date: "20240102T030405Z".into(), nonce: "00000000-0000-4000-8000-000000000001".into() }
    }

    #[test]
    fn the_canonical_request_of_the_vector() {
        let headers = signed_headers("https://sms.jdcloud-api.com", &stamp());
        let payload = hashed(BODY.as_bytes());
        assert_eq!(payload, "6eb37b96d7adda066931a1ef4a2fa23157cdc4e580f30eed708f05331add81db");
        let request = CanonicalRequest { method: "POST", path: PATH, query: "", headers: &headers, payload: &payload };
        assert_eq!(request.hash(), "94cc15feb6a3c428c65f18153700082a88fa8953494aa74095a9601acef8c9bb");
    }

    #[test]
    fn keys_and_signatures_of_both_versions() {
        for (version, end, key, signature) in [
            (
                Version::Two,
                "jdcloud2_request",
                "a0d611ee1103aa70f5dc9a3e9d7597e0391b9db585e694ba63210b5461415b70",
                "a2da0eae41770b39e765b080b4d16dd2aa8b7baca211945baf743998aae04a19",
            ),
            (
                Version::Three,
                "jdcloud3_request",
                "897c9d7a87e2e9d6f208e8ca33cbe2565123a5753eb5754571ac2a7cd42da901",
                "62873a87fe23743e656407510b8443c99d5383c4127e2c808c43f156cf80e349",
            ),
        ] {
            let credentials = credentials(version);
            assert_eq!(hex(&signing_key(&credentials, "20240102", end)), key);
            let headers = headers(&credentials, "https://sms.jdcloud-api.com", PATH, BODY, &stamp());
            assert!(headers.iter().all(|(name, _)| name != "host"));
            assert_eq!(
                headers.last().unwrap().1,
                format!(
                    "{}-HMAC-SHA256 Credential=JDAKexample0001/20240102/cn-north-1/sms/{end}, \
                     SignedHeaders=content-type;host;x-jdcloud-date;x-jdcloud-nonce, Signature={signature}",
                    version.name()
                )
            );
        }
    }
}
