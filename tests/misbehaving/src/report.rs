//! Telling a test what was seen: a rejection whose code and detail say it.

use jixinda_plugin_kit::http::{Response, SendError};
use jixinda_plugin_kit::outcome;
use jixinda_plugin_kit::types::{Outcome, Rejection};

/// For every message the same.
pub fn seen(messages: usize, code: impl Into<String>, detail: impl Into<String>) -> Vec<Outcome> {
    let cause = outcome::cause(code, detail);
    vec![outcome::rejected(Rejection::Other, false, cause); messages.max(1)]
}

/// What a request brought: its status, or its problem with the bit that says whether it left.
pub fn answer(messages: usize, answer: Result<Response, SendError>) -> Vec<Outcome> {
    match answer {
        Ok(response) => {
            let location = response.header("location").unwrap_or_default();
            let detail = format!("{} bytes, location {location:?}", response.body.len());
            seen(messages, response.status.to_string(), detail)
        }
        Err(error) => {
            let code = outcome::send_error_cause(&error).code;
            seen(messages, code, format!("sent={} {}", error.sent, error.detail))
        }
    }
}
