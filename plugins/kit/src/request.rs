//! Building requests and reading responses.

use serde_json::Value;

use crate::encoding::{base64, form};
use crate::http::{Request, Response};
use crate::json;

/// A POST of `body`, handing over every message of the call (see `carries` in the WIT).
pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Request {
    Request {
        method: "POST".into(),
        url: url.into(),
        headers: Vec::new(),
        body: body.into(),
        timeout_ms: None,
        carries: None,
    }
}

/// A GET, handing over every message of the call.
pub fn get(url: impl Into<String>) -> Request {
    Request { method: "GET".into(), ..post(url, Vec::new()) }
}

/// A POST of a form, handing over every message of the call.
pub fn post_form<N: AsRef<str>, V: AsRef<str>>(
    url: impl Into<String>,
    fields: impl IntoIterator<Item = (N, V)>,
) -> Request {
    post(url, form(fields)).header("content-type", "application/x-www-form-urlencoded")
}

/// A POST of JSON, handing over every message of the call.
pub fn post_json(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Request {
    post(url, body).header("content-type", "application/json")
}

/// The value of the header `Authorization` for HTTP Basic.
#[must_use]
pub fn basic_auth(user: &str, password: &str) -> String {
    format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))
}

impl Request {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Bounds how long the gateway waits for the answer.
    #[must_use]
    pub fn timeout(mut self, milliseconds: u32) -> Self {
        self.timeout_ms = Some(milliseconds);
        self
    }

    /// Says which messages, by index, this request hands over; an empty list for a mere question.
    #[must_use]
    pub fn carries(mut self, messages: impl Into<Vec<u32>>) -> Self {
        self.carries = Some(messages.into());
        self
    }
}

impl Response {
    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Response {
    /// The body as JSON whose numbers are texts; null where it is none. See [`json::parse`].
    #[must_use]
    pub fn json(&self) -> Value {
        json::parse(&self.body)
    }

    /// What `Retry-After` asks for, where it is a number of seconds.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u32> {
        let seconds: u32 = self.header("retry-after")?.trim().parse().ok()?;
        Some(seconds.saturating_mul(1000))
    }
}

/// The authority of an absolute URL, as it stands in the `Host` header: without the scheme's own port.
#[must_use]
pub fn authority(url: &str) -> &str {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let usual_port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    authority.strip_suffix(usual_port).unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_built_step_by_step() {
        let request = post("https://api.example.com", "x").header("a", "b").timeout(5).carries([1]);
        assert_eq!(request.headers, [("a".to_owned(), "b".to_owned())]);
        assert_eq!((request.timeout_ms, request.carries), (Some(5), Some(vec![1])));
        assert_eq!(get("https://api.example.com").method, "GET");
    }

    #[test]
    fn headers_are_found_in_any_case() {
        let response = Response { status: 200, headers: vec![("Retry-After".into(), "3".into())], body: vec![] };
        assert_eq!(response.header("retry-after"), Some("3"));
        assert_eq!(response.header("date"), None);
        assert_eq!(response.retry_after_ms(), Some(3000));
        let dated = Response { headers: vec![("retry-after".into(), "Tue, 02 Jan 2024".into())], ..response };
        assert_eq!(dated.retry_after_ms(), None);
    }

    #[test]
    fn a_body_says_its_type() {
        let request = post_form("https://api.example.com", [("a", "1 2")]);
        assert_eq!(request.body, b"a=1+2");
        assert_eq!(request.headers[0].1, "application/x-www-form-urlencoded");
        assert_eq!(post_json("https://api.example.com", "{}").headers[0].1, "application/json");
    }

    #[test]
    fn basic_auth_of_rfc_7617() {
        assert_eq!(basic_auth("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    #[test]
    fn an_authority_keeps_its_port_unless_it_is_the_usual_one() {
        assert_eq!(authority("https://api.example.com:443/a"), "api.example.com");
        assert_eq!(authority("http://api.example.com:443"), "api.example.com:443");
        assert_eq!(authority("http://api.example.com:80"), "api.example.com");
        assert_eq!(authority("https://api.example.com/a?b"), "api.example.com");
        assert_eq!(authority("http://127.0.0.1:8080"), "127.0.0.1:8080");
        assert_eq!(authority("http://127.0.0.1:8080?q"), "127.0.0.1:8080");
    }
}
