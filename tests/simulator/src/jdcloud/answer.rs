//! What JD Cloud answers: a result that may be a failure, or an error of the API gateway.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::wire::{Answer, Refusal};

/// A send that was taken.
pub(super) fn accepted(sequence: &str, dice: &Dice) -> Answer {
    ok(&json!({ "sequenceNumber": sequence }), dice)
}

/// Any good answer. The values of `code` and `message` in it are assumed.
pub(super) fn ok(data: &Value, dice: &Dice) -> Answer {
    let result = json!({ "data": data, "status": true, "code": "200", "message": "ok" });
    write(StatusCode::OK, "result", &result, dice)
}

/// Numbers are failures of the service, and come with 200; words are errors of the gateway before it.
pub(super) fn refused(refusal: &Refusal, dice: &Dice) -> Answer {
    let Refusal { status, code, message } = refusal;
    match code.parse::<i64>() {
        Ok(code) => {
            let result = json!({ "code": code, "message": message, "status": false, "data": null });
            write(*status, "result", &result, dice)
        }
        Err(_) => {
            let error = json!({ "code": status.as_u16(), "message": message, "status": code });
            write(*status, "error", &error, dice)
        }
    }
}

/// The HTTP status that a code comes with. Only the first of them is documented.
pub(super) fn status_of(code: &str) -> StatusCode {
    match code {
        "INVALID_ARGUMENT" => StatusCode::BAD_REQUEST,
        "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
        "PERMISSION_DENIED" => StatusCode::FORBIDDEN,
        "NOT_FOUND" => StatusCode::NOT_FOUND,
        "QUOTA_EXCEEDED" => StatusCode::TOO_MANY_REQUESTS,
        "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
        "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }
}

pub(super) fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(status_of(code), code, message)
}

pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    refusal("INVALID_ARGUMENT", message)
}

fn write(status: StatusCode, name: &str, value: &Value, dice: &Dice) -> Answer {
    let request_id = format!("c{:015x}{:016x}", dice.roll() >> 4, dice.roll());
    Answer::json(status, json!({ "requestId": request_id, name: value }).to_string())
}
