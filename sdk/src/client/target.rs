//! [`Target`]: where the gateway is, and how paths are put to it.

use crate::error::{Error, Result};
use reqwest::Url;
use std::fmt;

/// The gateway's address.
#[derive(Clone)]
pub(super) struct Target {
    base: Url,
}

impl Target {
    /// Checks an address. It may have a path, where a proxy in front of the gateway takes it away.
    pub fn parse(text: &str) -> Result<Self> {
        let refused = |what: &str| {
            let words = format!("the gateway's address {what}: it is written like https://sms.example.com");
            Err(Error::Configuration(words))
        };
        let Ok(base) = Url::parse(text.trim()) else { return refused("cannot be read") };
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return refused("is neither http nor https");
        }
        if !base.username().is_empty() || base.password().is_some() {
            return refused("has a user's name in it");
        }
        if base.query().is_some() || base.fragment().is_some() {
            return refused("has a query or a fragment");
        }
        Ok(Self { base })
    }

    /// The whole address of a call, and path and query as the gateway sees them, which is what is signed.
    pub fn address(&self, path: &str, query: &[(&'static str, String)]) -> (Url, String) {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.prefix()));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let seen = url.path().strip_prefix(self.prefix()).unwrap_or(path);
        let signed = url.query().map_or_else(|| seen.to_owned(), |query| format!("{seen}?{query}"));
        (url, signed)
    }

    fn prefix(&self) -> &str {
        self.base.path().trim_end_matches('/')
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.base.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_what_the_gateway_sees() {
        let check = |base: &str, url: &str, signed: &str| {
            let target = Target::parse(base).expect("an address");
            let query = [("to", "+8613800000000".to_owned()), ("reference", "a b&c/短".to_owned())];
            let (found, path) = target.address("/v1/messages", &query);
            assert_eq!((found.as_str(), path.as_str()), (url, signed));
        };
        let path = "/v1/messages?to=%2B8613800000000&reference=a+b%26c%2F%E7%9F%AD";
        check("http://127.0.0.1:8770", &format!("http://127.0.0.1:8770{path}"), path);
        check("https://example.com/", &format!("https://example.com{path}"), path);
        check("https://example.com/sms/", &format!("https://example.com/sms{path}"), path);
        let (_, path) = Target::parse("http://127.0.0.1").expect("an address").address("/v1/inbound", &[]);
        assert_eq!(path, "/v1/inbound");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "sms.example.com", "ftp://example.com", "http://me@example.com", "http://example.com/?a=b"] {
            assert!(matches!(Target::parse(text), Err(Error::Configuration(_))), "{text}");
        }
    }
}
