//! A client that signs V3 requests, written apart from the simulator's own check.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyhow::Result;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

pub const KEY: &str = "LTAIexampleKeyId";
pub const SECRET: &str = "exampleKeySecret";

/// RFC 3986: all but the unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub struct Client {
    pub http: Http<HttpConnector, Full<Bytes>>,
    pub url: String,
    pub key: String,
    pub secret: String,
    pub date: Option<String>,
    /// Used for every request instead of a fresh one.
    pub nonce: Option<String>,
}

impl Client {
    pub fn new(url: &str) -> Self {
        let http = Http::builder(TokioExecutor::new()).build_http();
        let (key, secret) = (KEY.to_owned(), SECRET.to_owned());
        Self { http, url: url.to_owned(), key, secret, date: None, nonce: None }
    }

    /// Sends the usual text to `number`.
    pub async fn send(&self, number: &str) -> Result<(StatusCode, Value)> {
        let params = [
            ("PhoneNumbers", number),
            ("SignName", "示例签名"),
            ("TemplateCode", "SMS_000000"),
            ("TemplateParam", r#"{"code":"1234"}"#),
            ("OutId", "msg-0001"),
        ];
        self.call("SendSms", &params).await
    }

    /// A signed call with a form body.
    pub async fn call(&self, action: &str, params: &[(&str, &str)]) -> Result<(StatusCode, Value)> {
        let request = self.signed(action, "", form(params), "application/x-www-form-urlencoded");
        self.exchange(request).await
    }

    /// A signed call with its parameters, already sorted, in the query.
    pub async fn call_by_query(&self, action: &str, params: &[(&str, &str)]) -> Result<(StatusCode, Value)> {
        self.exchange(self.signed(action, &form(params), String::new(), "")).await
    }

    /// A call of the control API.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(format!("{}/control/{path}", self.url));
        self.exchange(request.body(Full::new(body.to_string().into())).expect("a request")).await.expect("an answer")
    }

    pub async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Value)> {
        let answer = self.http.request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        let text = || String::from_utf8_lossy(&body).into_owned().into();
        Ok((status, serde_json::from_slice(&body).unwrap_or_else(|_| text())))
    }

    fn signed(&self, action: &str, query: &str, body: String, content_type: &str) -> Request<Full<Bytes>> {
        let host = self.url.trim_start_matches("http://");
        let payload = hex::encode(Sha256::digest(&body));
        let date = self.date.clone().unwrap_or_else(now);
        let nonce = self.nonce.clone().unwrap_or_else(fresh_nonce);
        let mut headers = vec![
            ("host", host),
            ("x-acs-action", action),
            ("x-acs-content-sha256", &payload),
            ("x-acs-date", &date),
            ("x-acs-signature-nonce", &nonce),
            ("x-acs-version", "2017-05-25"),
        ];
        if !content_type.is_empty() {
            headers.insert(0, ("content-type", content_type));
        }
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!("POST\n/\n{query}\n{lines}\n{names}\n{payload}");
        let string = format!("ACS3-HMAC-SHA256\n{}", hex::encode(Sha256::digest(canonical)));
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("any key");
        mac.update(string.as_bytes());
        let mac = hex::encode(mac.finalize().into_bytes());
        let authorization = format!("ACS3-HMAC-SHA256 Credential={},SignedHeaders={names},Signature={mac}", self.key);
        let mut request = Request::post(format!("{}/?{query}", self.url)).header("authorization", authorization);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(Full::new(body.into())).expect("a request")
    }
}

/// Parameters encoded and joined.
pub fn form(params: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, RESERVED));
    params.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn now() -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    OffsetDateTime::now_utc().format(form).expect("a date")
}

fn fresh_nonce() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("nonce-{}", NEXT.fetch_add(1, Relaxed))
}
