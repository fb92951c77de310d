//! How the control API answers: a value, or `{"error": …}` with a status.

use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::serve::{self, AnswerBody};

/// A call's result.
pub(super) type Reply = Result<Value, Problem>;

/// A call that could not be done, and why.
pub(super) struct Problem {
    status: StatusCode,
    error: String,
}

impl Problem {
    pub(super) fn bad_request(error: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: error.into() }
    }

    pub(super) fn not_found(error: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, error: error.into() }
    }
}

/// What the core refuses is the caller's mistake: an unknown key, a wrong share.
impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self::bad_request(format!("{error:#}"))
    }
}

pub(super) fn reply(reply: Reply) -> Response<AnswerBody> {
    match reply {
        Ok(value) => serve::json(StatusCode::OK, value.to_string()),
        Err(problem) => serve::json(problem.status, json!({ "error": problem.error }).to_string()),
    }
}
