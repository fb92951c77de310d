//! What Tencent answers: always status 200, and a code for each number.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::wire::{Answer, Provider, Refusal, Sent, Text};

/// A send that was processed, number by number.
pub(super) fn accepted(sent: &Sent<'_>, dice: &Dice) -> Answer {
    let statuses: Vec<Value> =
        sent.texts.iter().enumerate().map(|(position, text)| status(sent, position, text)).collect();
    response("SendStatusSet", statuses.into(), dice)
}

pub(super) fn refused(refusal: &Refusal, dice: &Dice) -> Answer {
    let error = json!({ "Code": refusal.code, "Message": refusal.message });
    Answer { status: refusal.status, ..response("Error", error, dice) }
}

pub(super) fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::OK, code, message)
}

fn status(sent: &Sent<'_>, position: usize, text: &Text) -> Value {
    let (serial, fee, code, message) = match text.refusal.as_deref() {
        Some(code) => (String::new(), 0, code, "this number is refused"),
        None => (Provider::Tencent.wire().provider_id(sent.call.id, position), text.parts, "Ok", "send success"),
    };
    json!({
        "SerialNo": serial,
        "PhoneNumber": text.number,
        "Fee": fee,
        "SessionContext": text.out_id.as_deref().unwrap_or_default(),
        "Code": code,
        "Message": message,
        "IsoCode": if text.number.starts_with("+86") { "CN" } else { "" },
    })
}

/// Any answer: a value under its own name.
pub(super) fn response(name: &str, value: Value, dice: &Dice) -> Answer {
    let request_id = dice.uuid().to_lowercase();
    Answer::json(StatusCode::OK, json!({ "Response": { name: value, "RequestId": request_id } }).to_string())
}
