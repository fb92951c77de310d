//! [`RequestMac`]: the four headers of a signed request, as docs/http-api.md has them.

use crate::key::AccessKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};

/// 请求签名: proof of who made a request, good for one moment and one use.
pub(crate) struct RequestMac {
    timestamp: String,
    nonce: String,
    mac: String,
}

impl RequestMac {
    /// Signs a request. `path` is path and query exactly as the request line holds them. `None` never comes: HMAC takes secrets of any
    /// length; but no type says so.
    pub fn sign(
        key: &AccessKey,
        method: &str,
        path: &str,
        timestamp: i64,
        nonce: String,
        body: &[u8],
    ) -> Option<RequestMac> {
        let timestamp = timestamp.to_string();
        let digest = hex::encode(Sha256::digest(body));
        let mut mac = Hmac::<Sha256>::new_from_slice(key.secret().as_bytes()).ok()?;
        mac.update(format!("{method}\n{path}\n{timestamp}\n{nonce}\n{digest}").as_bytes());
        let mac = hex::encode(mac.finalize().into_bytes());
        Some(Self { timestamp, nonce, mac })
    }

    /// Adds its headers to a request.
    pub fn add_to(self, key: &AccessKey, headers: &mut HeaderMap) {
        let values = [
            ("x-jixinda-key", key.id()),
            ("x-jixinda-timestamp", &self.timestamp),
            ("x-jixinda-nonce", &self.nonce),
            ("x-jixinda-mac", &self.mac),
        ];
        for (name, value) in values {
            // All of them are visible ASCII: that of the key was checked when it was read.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// A new nonce: 128 random bits.
pub(crate) fn nonce() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> AccessKey {
        "key_1.example-secret".parse().expect("a key")
    }

    /// Both worked examples of docs/http-api.md.
    #[test]
    fn the_worked_examples_hold() {
        let body = br#"{"to":"13800000000","template":"login","sign_name":"jixinda","params":{"code":"123456"}}"#;
        let nonce = "0123456789abcdef0123456789abcdef".to_owned();
        let signed = RequestMac::sign(&key(), "POST", "/v1/messages", 1_767_225_600, nonce, body).expect("signed");
        assert_eq!(signed.mac, "bd06139f061f456f5d801e58e19c4376c025ac0e8f7d3db8a3f20aeea6f919fa");

        let (path, nonce) = ("/v1/messages?limit=2&status=delivered", "fedcba9876543210fedcba9876543210".to_owned());
        let signed = RequestMac::sign(&key(), "GET", path, 1_767_225_600, nonce, b"").expect("signed");
        assert_eq!(signed.mac, "4ced68e2aab04c1de085844f475de8729e148164c840176007a49b7ec46c9a4e");
    }

    #[test]
    fn four_headers_are_added_and_the_secret_is_not_among_them() {
        let mut headers = HeaderMap::new();
        let signed = RequestMac::sign(&key(), "GET", "/", 1, nonce(), b"").expect("signed");
        signed.add_to(&key(), &mut headers);
        assert_eq!(headers.len(), 4);
        assert_eq!(headers["x-jixinda-key"], "key_1");
        assert!(headers.values().all(|value| value.as_bytes() != b"example-secret"));
    }

    #[test]
    fn nonces_are_new_and_well_formed() {
        let (one, other) = (nonce(), nonce());
        assert!(one != other && one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_graphic()));
    }
}
