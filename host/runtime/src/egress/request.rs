//! One request of a plugin, checked before anything is opened for it.

use crate::grants::HostGrant;
use crate::limits::MAX_HTTP_BODY;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Uri};
use http_body_util::Full;
use std::time::Duration;
use url::Url;

/// What a plugin asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// How long it may take; the call's own deadline bounds it too.
    pub timeout: Option<Duration>,
}

/// What the provider answered.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header names and values; values that are not UTF-8 are decoded lossily.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The host is not granted, or the address is not allowed.
    Denied,
    /// The request cannot be sent as it is.
    InvalidRequest,
    /// The call has no request left.
    BudgetExceeded,
    /// The name could not be resolved.
    Dns,
    /// No connection.
    Connect,
    /// TLS failed, or the certificate is not trusted.
    Tls,
    /// No answer in time.
    Timeout,
    /// The connection broke.
    ConnectionLost,
    /// The answer is larger than allowed.
    ResponseTooLarge,
    /// Something else.
    Other,
}

/// A request that brought no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendError {
    /// What went wrong.
    pub problem: Problem,
    /// False: no byte of the request left. True: the provider may have acted.
    pub sent: bool,
    /// The same in words.
    pub detail: String,
}

impl SendError {
    pub(crate) fn unsent(problem: Problem, detail: impl Into<String>) -> Self {
        Self { problem, sent: false, detail: detail.into() }
    }

    pub(crate) fn sent(problem: Problem, detail: impl Into<String>) -> Self {
        Self { problem, sent: true, detail: detail.into() }
    }
}

/// Headers that belong to the connection, not to the plugin.
const RESERVED_HEADERS: &[&str] =
    &["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "keep-alive"];
const MAX_HEADERS: usize = 64;

/// A request that may be sent.
pub(super) struct Checked {
    pub(super) url: Url,
    pub(super) request: http::Request<Full<Bytes>>,
}

/// Checks form and grants. Nothing has been opened when this refuses.
pub(super) fn check(request: Request, grants: &[HostGrant]) -> Result<Checked, SendError> {
    let invalid = |detail: &str| SendError::unsent(Problem::InvalidRequest, detail);
    let url = Url::parse(&request.url).map_err(|_| invalid("the URL is not absolute or malformed"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("only http and https are spoken"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("the URL carries a user name or password"));
    }
    if request.body.len() > MAX_HTTP_BODY {
        return Err(invalid("the body is larger than 1 MiB"));
    }
    let granted = grants.iter().any(|grant| grant.covers(&url));
    if !granted {
        let wanted =
            format!("{}://{}:{}", url.scheme(), url.host_str().unwrap_or(""), url.port_or_known_default().unwrap_or(0));
        return Err(SendError::unsent(
            Problem::Denied,
            format!("{wanted} is not granted: add it to the account or to plugins.grants"),
        ));
    }
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| invalid("the method is malformed"))?;
    if method == Method::CONNECT {
        return Err(invalid("CONNECT is not for plugins"));
    }
    let uri: Uri = url.as_str().parse().map_err(|_| invalid("the URL is malformed"))?;
    let mut built = http::Request::new(Full::new(Bytes::from(request.body)));
    *built.method_mut() = method;
    *built.uri_mut() = uri;
    if request.headers.len() > MAX_HEADERS {
        return Err(invalid("there are more than 64 headers"));
    }
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("a header name is malformed"))?;
        if RESERVED_HEADERS.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
            if name == http::header::HOST && Some(value.as_str()) == authority(&url).as_deref() {
                continue;
            }
            return Err(invalid(&format!("header {name} is the gateway's to set")));
        }
        let value = HeaderValue::from_str(value).map_err(|_| invalid("a header value is malformed"))?;
        built.headers_mut().append(name, value);
    }
    Ok(Checked { url, request: built })
}

/// Whether the gateway would make this request: its form, its headers, its host. For stand-ins.
///
/// # Errors
/// With the refusal that the plugin would be told; nothing was sent.
pub fn check_request(request: &Request, grants: &[HostGrant]) -> Result<(), SendError> {
    check(request.clone(), grants).map(|_| ())
}

/// What the gateway itself puts into `Host`; a plugin that signs its headers may repeat it.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, headers: &[(&str, &str)]) -> Request {
        Request {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Vec::new(),
            timeout: None,
        }
    }

    fn problem(url: &str, headers: &[(&str, &str)]) -> Option<Problem> {
        let grants =
            ["https://api.example.com".parse().expect("a grant"), "http://127.0.0.1:9".parse().expect("a grant")];
        let error = check(request(url, headers), &grants).err()?;
        assert!(!error.sent, "a refused request never left");
        Some(error.problem)
    }

    #[test]
    fn only_granted_hosts_pass() {
        assert_eq!(problem("https://api.example.com/x", &[]), None);
        assert_eq!(problem("https://other.example.com/x", &[]), Some(Problem::Denied));
        assert_eq!(problem("http://api.example.com/x", &[]), Some(Problem::Denied));
        assert_eq!(problem("https://api.example.com:25/x", &[]), Some(Problem::Denied));
        // Other spellings of a granted loopback address are the same address once the URL is parsed.
        assert_eq!(problem("http://0x7f.1:9/", &[]), None);
        assert_eq!(problem("http://2130706433:9/", &[]), None);
    }

    #[test]
    fn odd_schemes_and_credentials_are_refused() {
        for url in ["file:///etc/passwd", "gopher://api.example.com/", "https://u:p@api.example.com/", "/relative", ""]
        {
            assert_eq!(problem(url, &[]), Some(Problem::InvalidRequest), "{url}");
        }
    }

    #[test]
    fn headers_of_the_connection_are_refused() {
        for name in ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Proxy-Authorization", "TE"] {
            assert_eq!(problem("https://api.example.com/", &[(name, "x")]), Some(Problem::InvalidRequest), "{name}");
        }
        assert_eq!(problem("https://api.example.com/", &[("host", "api.example.com")]), None);
        assert_eq!(problem("https://api.example.com/", &[("x-a", "1\r\nx-b: 2")]), Some(Problem::InvalidRequest));
        assert_eq!(problem("https://api.example.com/", &[("x a", "1")]), Some(Problem::InvalidRequest));
    }
}
