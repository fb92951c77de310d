//! What Aliyun answers: the service's own four keys, and the API gateway's error shape.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::wire::{Answer, Refusal};

/// A send whose texts were taken.
pub(super) fn accepted(biz_id: &str, dice: &Dice) -> Answer {
    // Written by hand: every byte of it is known to need no escaping, and it is the hot path.
    let body = format!(r#"{{"Code":"OK","Message":"OK","RequestId":"{}","BizId":"{biz_id}"}}"#, dice.uuid());
    Answer::json(StatusCode::OK, body)
}

/// An error of the service (`isv.…`, `isp.…`) or of the API gateway before it, told apart by the code.
pub(super) fn refused(refusal: &Refusal, dice: &Dice) -> Answer {
    let Refusal { status, code, message } = refusal;
    let mut body = json!({ "RequestId": dice.uuid(), "Code": code, "Message": message });
    if !code.starts_with("isv.") && !code.starts_with("isp.") {
        body["HostId"] = "dysmsapi.aliyuncs.com".into();
        body["Recommend"] = format!("https://next.api.aliyun.com/troubleshoot?q={code}").into();
    }
    Answer::json(*status, body.to_string())
}

/// Any other good answer.
pub(super) fn ok(mut body: Value, dice: &Dice) -> Answer {
    body["Code"] = "OK".into();
    body["Message"] = "OK".into();
    body["RequestId"] = dice.uuid().into();
    Answer::json(StatusCode::OK, body.to_string())
}

/// A refusal by the API gateway.
pub(super) fn gateway(status: u16, code: impl Into<String>, message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), code, message)
}

/// The API gateway misses a parameter; it names it in the code.
pub(super) fn missing(parameter: &str) -> Refusal {
    gateway(400, format!("Missing{parameter}"), format!("{parameter} is mandatory for this action."))
}

/// A refusal by the SMS service, which comes with status 200.
pub(super) fn service(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::OK, code, message)
}
