//! What the plain API answers: whether it went well, and an id or an error.

use hyper::StatusCode;
use serde_json::json;

use crate::wire::{Answer, Refusal};

/// A send that was taken.
pub(super) fn accepted(id: &str) -> Answer {
    Answer::json(StatusCode::OK, json!({ "ok": true, "id": id }).to_string())
}

/// An error; with seconds to wait where waiting helps.
pub(super) fn refused(refusal: &Refusal) -> Answer {
    let mut body = json!({ "ok": false, "error": refusal.code, "message": refusal.message });
    let retry_after = match refusal.code.as_str() {
        "throttled" => Some(30),
        "busy" => Some(5),
        _ => None,
    };
    if let Some(seconds) = retry_after {
        body["retry_after"] = seconds.into();
    }
    Answer::json(refusal.status, body.to_string())
}

pub(super) fn balance(balance: &str) -> Answer {
    Answer::json(StatusCode::OK, json!({ "ok": true, "balance": balance, "currency": "CNY" }).to_string())
}

/// The HTTP status that an error comes with.
pub(super) fn status_of(code: &str) -> StatusCode {
    match code {
        "unauthorized" => StatusCode::UNAUTHORIZED,
        "no_balance" => StatusCode::PAYMENT_REQUIRED,
        "not_found" => StatusCode::NOT_FOUND,
        "throttled" => StatusCode::TOO_MANY_REQUESTS,
        "internal" => StatusCode::INTERNAL_SERVER_ERROR,
        "busy" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

pub(super) fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(status_of(code), code, message)
}
