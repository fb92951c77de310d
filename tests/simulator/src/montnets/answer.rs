//! What Montnets answers: always status 200, a result, and words that are percent-encoded once more.
//!
//! An answer has the format of its request. What a form's answer looks like is not documented; the same fields are assumed.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::charset::Charset;
use super::options::MontnetsOptions;
use super::receipt;
use super::request::{Shape, function, shape, usual_charset};
use crate::form::{self, Form};
use crate::push::PushBody;
use crate::wire::{Answer, RawRequest, Refusal, Sent};

/// A send that was taken: one id, from which the others are counted.
pub(super) fn accepted(request: &RawRequest, sent: &Sent<'_>) -> Answer {
    let options: MontnetsOptions = sent.account.options();
    let custid = sent.texts.first().and_then(|text| text.out_id.as_deref()).unwrap_or_default();
    let msgid = receipt::shown_id(receipt::id(sent.call.id, 0, 1), &options);
    write(shape(request), json!({ "result": 0, "desc": "success", "msgid": msgid, "custid": custid }))
}

/// An error. Before the caller is known, its words are GBK.
pub(super) fn refused(request: &RawRequest, refusal: &Refusal) -> Answer {
    let is_known = !["-100001", "-100091", "-100100"].contains(&refusal.code.as_str());
    let charset = if is_known { usual_charset(function(request)) } else { Charset::Gbk };
    let body =
        json!({ "result": result(&refusal.code), "desc": charset.encode(&refusal.message), "msgid": 0, "custid": "" });
    Answer { status: refusal.status, ..write(shape(request), body) }
}

/// What was waiting.
pub(super) fn list(shape: Shape, name: &str, entries: Vec<Value>) -> Answer {
    write(Some(shape), json!({ "result": 0, name: entries }))
}

/// A count as it is told today; money in the older form.
pub(super) fn balance(shape: Shape, balance: &str) -> Answer {
    let body = match balance.parse::<i64>() {
        Ok(count) => json!({ "result": 0, "desc": "success", "balance": count }),
        Err(_) => json!({ "result": 0, "chargetype": 1, "balance": 0, "money": balance }),
    };
    write(Some(shape), body)
}

pub(super) fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::OK, code, message)
}

/// A callback owes the push's own sequence number and the result 0.
pub(super) fn acknowledges(push: &PushBody, status: StatusCode, body: &[u8]) -> bool {
    let sent = Form::parse(&push.body);
    let Ok(reply) = serde_json::from_slice::<Map<String, Value>>(body) else { return false };
    let is = |name: &str, expected: &str| {
        let found = reply.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        found.as_deref() == Some(expected)
    };
    let cmd = sent.get("cmd").unwrap_or_default().replace("REQ", "RESP");
    status == StatusCode::OK
        && is("cmd", &cmd)
        && is("seqid", sent.get("seqid").unwrap_or_default())
        && is("result", "0")
}

/// Codes are numbers, but a test may make one up.
fn result(code: &str) -> Value {
    code.parse::<i64>().map_or_else(|_| code.into(), Value::from)
}

fn write(shape: Option<Shape>, body: Value) -> Answer {
    if shape != Some(Shape::Form) {
        return Answer::json(StatusCode::OK, body.to_string());
    }
    let fields = body.as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields: Vec<(&str, String)> = fields.map(|(name, value)| (name.as_str(), text(value))).collect();
    let body = form::write(fields.iter().map(|(name, value)| (*name, Some(value.as_str()))));
    Answer { status: StatusCode::OK, content_type: "application/x-www-form-urlencoded", body: body.into() }
}
