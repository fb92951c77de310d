//! [`HostGrant`]: one host that the operator lets a plugin reach.

use std::fmt;
use std::str::FromStr;
use url::Url;

/// A host that may be reached: `api.example.com`, `*.example.com:8443` or, without TLS, `http://127.0.0.1:9000`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostGrant {
    tls: bool,
    /// Lower case; for a wildcard the part after `*`, with its dot.
    host: String,
    wildcard: bool,
    port: u16,
}

/// The text is not a host grant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host: write api.example.com, api.example.com:8443, *.example.com or http://host:port")]
pub struct InvalidGrant(String);

impl HostGrant {
    /// Whether a request to this address is within the grant.
    pub fn covers(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let host = host.trim_end_matches('.');
        let tls = url.scheme() == "https";
        let name_fits = if self.wildcard {
            host.len() > self.host.len() && host.to_ascii_lowercase().ends_with(&self.host)
        } else {
            host.eq_ignore_ascii_case(&self.host)
        };
        name_fits && tls == self.tls && url.port_or_known_default() == Some(self.port)
    }
}

impl FromStr for HostGrant {
    type Err = InvalidGrant;

    fn from_str(text: &str) -> Result<Self, InvalidGrant> {
        let invalid = || InvalidGrant(text.to_owned());
        let (tls, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some(_) => return Err(invalid()),
            None => (true, text),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (wildcard, authority) = match authority.strip_prefix('*') {
            Some(suffix) if suffix.starts_with('.') => (true, &suffix[1..]),
            Some(_) => return Err(invalid()),
            None => (false, authority),
        };
        let scheme = if tls { "https" } else { "http" };
        let url = Url::parse(&format!("{scheme}://{authority}/")).map_err(|_| invalid())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid());
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(invalid)?.trim_end_matches('.');
        let port = url.port_or_known_default().ok_or_else(invalid)?;
        let host = if wildcard { format!(".{host}") } else { host.to_owned() };
        Ok(Self { tls, host: host.to_ascii_lowercase(), wildcard, port })
    }
}

impl fmt::Display for HostGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default) = if self.tls { ("https", 443) } else { ("http", 80) };
        let star = if self.wildcard { "*" } else { "" };
        write!(f, "{scheme}://{star}{}", self.host)?;
        if self.port == default { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(grant: &str, url: &str) -> bool {
        grant.parse::<HostGrant>().expect(grant).covers(&Url::parse(url).expect(url))
    }

    #[test]
    fn a_grant_fixes_scheme_host_and_port() {
        assert!(covers("api.example.com", "https://API.example.com/v1?x=1"));
        assert!(covers("https://api.example.com/path", "https://api.example.com./"));
        assert!(!covers("api.example.com", "http://api.example.com/"));
        assert!(!covers("api.example.com", "https://api.example.com:8443/"));
        assert!(!covers("api.example.com", "https://evil-api.example.com/"));
        assert!(!covers("api.example.com", "https://api.example.com.evil.test/"));
        assert!(covers("http://127.0.0.1:9000", "http://127.0.0.1:9000/"));
    }

    #[test]
    fn a_wildcard_covers_names_below_only() {
        assert!(covers("*.example.com:8443", "https://a.b.example.com:8443/"));
        assert!(!covers("*.example.com", "https://example.com/"));
        assert!(!covers("*.example.com", "https://notexample.com/"));
    }

    #[test]
    fn refuses_what_is_no_host() {
        for text in ["", "ftp://x", "*", "*example.com", "user:pw@host", "http://"] {
            assert!(text.parse::<HostGrant>().is_err(), "{text}");
        }
    }
}
