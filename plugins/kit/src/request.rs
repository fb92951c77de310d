//! Building requests and reading responses.

use crate::http::{Request, Response};

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

/// The authority of an absolute URL, as it stands in the `Host` header.
#[must_use]
pub fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
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
    }

    #[test]
    fn an_authority_keeps_its_port_and_nothing_else() {
        assert_eq!(authority("https://api.example.com/a?b"), "api.example.com");
        assert_eq!(authority("http://127.0.0.1:8080"), "127.0.0.1:8080");
        assert_eq!(authority("http://127.0.0.1:8080?q"), "127.0.0.1:8080");
    }
}
