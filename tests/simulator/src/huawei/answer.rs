//! What Huawei answers: a code for the request and a status for each number.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use crate::dates;
use crate::wire::{Answer, Provider, Refusal, Sent, Text};

/// A send that was processed. That one refused number makes the outer code E000510 is assumed.
pub(super) fn accepted(sent: &Sent<'_>) -> Answer {
    let results: Vec<Value> =
        sent.texts.iter().enumerate().map(|(position, text)| result(sent, position, text)).collect();
    let is_whole = sent.texts.iter().all(|text| text.refusal.is_none());
    let (code, description) =
        if is_whole { ("000000", "Success") } else { ("E000510", "see the status of each number") };
    let body = json!({ "code": code, "description": description, "result": results });
    Answer::json(StatusCode::OK, body.to_string())
}

/// An error of the request as a whole comes without results.
pub(super) fn refused(refusal: &Refusal) -> Answer {
    let body = json!({ "code": refusal.code, "description": refusal.message });
    Answer::json(refusal.status, body.to_string())
}

/// The HTTP status that a code of a request comes with.
pub(super) fn status_of(code: &str) -> StatusCode {
    match code {
        "E000620" => StatusCode::FORBIDDEN,
        _ if code.starts_with("E0000") => StatusCode::BAD_REQUEST,
        _ if code.starts_with("E0001") => StatusCode::UNAUTHORIZED,
        _ => StatusCode::OK,
    }
}

pub(super) fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(status_of(code), code, message)
}

fn result(sent: &Sent<'_>, position: usize, text: &Text) -> Value {
    let mut result = Map::new();
    result.insert("originTo".to_owned(), text.number.as_str().into());
    result.insert("createTime".to_owned(), dates::utc(sent.call.at_ms).into());
    result.insert("from".to_owned(), sent.call.sender.as_deref().into());
    if let Some(status) = &text.refusal {
        result.insert("smsMsgId".to_owned(), "".into());
        result.insert("status".to_owned(), (&**status).into());
        return result.into();
    }
    let id = Provider::Huawei.wire().provider_id(sent.call.id, position);
    result.insert("smsMsgId".to_owned(), id.into());
    result.insert("status".to_owned(), "000000".into());
    result.insert("countryId".to_owned(), country(&text.number).into());
    result.insert("total".to_owned(), text.parts.into());
    result.into()
}

fn country(number: &str) -> &'static str {
    match number {
        _ if number.starts_with("+86") => "CN",
        _ if number.starts_with("+1") => "US",
        _ => "",
    }
}
