//! A small HTTP client that keeps its connections: enough for tests and load.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{HeaderMap, Method, Request};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Talks to one server with one credential.
#[derive(Clone)]
pub struct Client {
    inner: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
    base: String,
    bearer: Option<String>,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// HTTP headers.
    pub headers: HeaderMap,
    /// The body, where it is JSON; null otherwise.
    pub json: Value,
    /// The body as it came.
    pub body: Bytes,
}

impl Answer {
    /// The `code` of a problem; empty where it is none.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// Fails where the status is not of the 200s.
    ///
    /// # Errors
    /// With status and body.
    pub fn ok(self) -> anyhow::Result<Self> {
        anyhow::ensure!(
            (200..300).contains(&self.status),
            "HTTP {}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        Ok(self)
    }
}

impl Client {
    /// For a server such as `http://127.0.0.1:8770`.
    pub fn new(base: impl Into<String>, bearer: Option<String>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let inner = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
        Self { inner, base: base.into(), bearer }
    }

    /// One request with a JSON body; null for none.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn call(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        self.raw(method, path, &[], body).await
    }

    /// One request as it is told.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Bytes) -> anyhow::Result<Answer> {
        let mut request =
            Request::builder().method(Method::from_bytes(method.as_bytes())?).uri(format!("{}{path}", self.base));
        request = request.header(CONTENT_TYPE, "application/json");
        if let Some(bearer) = &self.bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {bearer}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.inner.request(request.body(Full::new(body))?).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, json, body })
    }

    /// Shorthand for `GET`.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.call("GET", path, &Value::Null).await
    }

    /// Shorthand for `POST`.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.call("POST", path, body).await
    }
}
