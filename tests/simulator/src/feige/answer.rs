//! The codes of Feige's answers. Those of the second generation; few of the first are known, and these stand in for the others.

use hyper::StatusCode;
use serde_json::Value;

use crate::wire::{Answer, Refusal};

pub(super) const STRANGER: &str = "1";
pub(super) const EMPTY: &str = "10001";
pub(super) const WRONG: &str = "10002";
pub(super) const TOO_MANY: &str = "10003";
pub(super) const NO_RECEIPTS: i64 = 10_004;
pub(super) const NO_INBOUND: i64 = 10_005;

pub(super) fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::OK, code, message)
}

pub(super) fn json(body: &Value) -> Answer {
    Answer::json(StatusCode::OK, body.to_string())
}

/// Codes are numbers, but a test may make one up.
pub(super) fn number(code: &str) -> Value {
    code.parse::<i64>().map_or_else(|_| code.into(), Value::from)
}
