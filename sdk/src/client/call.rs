//! [`Call`]: one call from its first try to its answer. What the calls are is in the files of their nouns.

use super::{Client, Shared};
use crate::clock;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::key::AuthMode;
use crate::mac::{self, RequestMac};
use crate::problem::Problem;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method};
use serde::de::DeserializeOwned;
use std::time::Duration;
use tracing::{Instrument as _, Span, field};

/// What is asked of the gateway. Its bytes are the same at every try; time and nonce are not.
pub(super) struct Call {
    name: &'static str,
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Bytes,
    once: Option<IdempotencyKey>,
}

impl Call {
    pub fn get(name: &'static str, path: impl Into<String>) -> Self {
        Self { name, method: Method::GET, path: path.into(), query: Vec::new(), body: Bytes::new(), once: None }
    }

    pub fn post(name: &'static str, path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { method: Method::POST, body: body.into(), ..Self::get(name, path) }
    }

    /// With a key by which the gateway knows a repetition.
    pub fn once(self, key: &IdempotencyKey) -> Self {
        Self { once: Some(key.clone()), ..self }
    }

    pub fn query(self, query: Vec<(&'static str, String)>) -> Self {
        Self { query, ..self }
    }

    /// Whether a second try cannot do a second time what the first has done.
    fn is_repeatable(&self) -> bool {
        self.method == Method::GET || self.once.is_some()
    }
}

impl Client {
    /// Makes a call, with as many tries as it takes and is allowed.
    pub(super) async fn run<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        // No path and no query: they have ids and numbers.
        let span = tracing::debug_span!(
            "jixinda",
            call = call.name,
            http.status = field::Empty,
            problem.code = field::Empty,
            tries = field::Empty
        );
        let answer = self.shared.tries(&call).instrument(span.clone()).await;
        note(&span, answer.as_ref().err());
        serde_json::from_slice(&answer?).map_err(Error::unreadable)
    }
}

impl Shared {
    async fn tries(&self, call: &Call) -> Result<Bytes> {
        let mut tries = 0;
        loop {
            tries += 1;
            Span::current().record("tries", tries);
            let error = match self.one_try(call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let pause = self.retries.pause_after(&error, tries, rand::random());
            let Some(pause) = pause.filter(|_| call.is_repeatable()) else { return Err(error) };
            tracing::debug!(tries, pause_ms = pause.as_millis(), "the gateway did not answer well, it is tried again");
            self.pauses.pause(pause).await;
        }
    }

    async fn one_try(&self, call: &Call) -> Result<Bytes> {
        let (url, signed_path) = self.target.address(&call.path, &call.query);
        let mut headers = HeaderMap::new();
        self.prove(call, &signed_path, &mut headers)?;
        if !call.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(key) = &call.once {
            let value = HeaderValue::from_str(key.as_str());
            headers.insert("idempotency-key", value.map_err(|error| Error::InvalidArgument(error.to_string()))?);
        }
        let request = self.http.request(call.method.clone(), url).headers(headers).body(call.body.clone());
        let response = request.send().await.map_err(Error::no_answer)?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let body = response.bytes().await.map_err(Error::no_answer)?;
        if status.is_success() {
            return Ok(body);
        }
        Err(Error::Problem(Problem::read(status.as_u16(), retry_after, &body)))
    }

    /// Says who calls. A MAC is made anew for each try: the gateway takes a nonce once.
    fn prove(&self, call: &Call, path: &str, headers: &mut HeaderMap) -> Result<()> {
        let unusable = || Error::Configuration("the key cannot be used in a request".to_owned());
        match self.mode {
            AuthMode::Mac => {
                let (now, nonce) = (clock::unix_seconds(), mac::nonce());
                let signed = RequestMac::sign(&self.key, call.method.as_str(), path, now, nonce, &call.body);
                signed.ok_or_else(unusable)?.add_to(&self.key, headers);
            }
            AuthMode::Bearer => {
                let text = format!("Bearer {}.{}", self.key.id(), self.key.secret());
                let mut value = HeaderValue::from_str(&text).map_err(|_| unusable())?;
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
        }
        Ok(())
    }
}

/// In seconds, as the gateway writes it. A date, which only a proxy would write, is passed over.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

fn note(span: &Span, error: Option<&Error>) {
    match error {
        None => {}
        Some(Error::Problem(problem)) => {
            span.record("http.status", problem.status);
            span.record("problem.code", problem.code.as_str());
        }
        Some(_) => {
            span.record("problem.code", "no_answer");
        }
    }
}
