//! What Twilio answers: a message as a resource, or an error with a code and a status of its own.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::options::TwilioOptions;
use crate::account::Account;
use crate::dates;
use crate::wire::{Answer, Provider, Refusal, Sent};

/// A message, as it is created and as it is fetched later.
pub(super) struct Message<'m> {
    pub(super) sid: &'m str,
    pub(super) account_sid: &'m str,
    pub(super) to: &'m str,
    /// A number, a name, or the SID of a messaging service.
    pub(super) sender: &'m str,
    pub(super) body: &'m str,
    pub(super) status: &'m str,
    pub(super) parts: u32,
    pub(super) error_code: Option<i64>,
    pub(super) at_ms: i64,
}

/// A message that was taken. A messaging service accepts it first and queues it later.
pub(super) fn created(sent: &Sent<'_>) -> Answer {
    let Some(text) = sent.texts.first() else { return refused(&refusal("21211", "there is no To")) };
    let sender = sent.call.sender.as_deref().unwrap_or_default();
    let message = Message {
        sid: &Provider::Twilio.wire().provider_id(sent.call.id, 0),
        account_sid: &sent.account.key,
        to: &text.number,
        sender,
        body: text.content.as_deref().unwrap_or_default(),
        status: if is_service(sender) { "accepted" } else { "queued" },
        parts: text.parts,
        error_code: None,
        at_ms: sent.call.at_ms,
    };
    Answer::json(StatusCode::CREATED, message.json().to_string())
}

pub(super) fn refused(refusal: &Refusal) -> Answer {
    let Refusal { status, code, message } = refusal;
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    let code = code.parse::<i64>().map_or_else(|_| Value::from(code.as_str()), Value::from);
    let body = json!({ "code": code, "message": message, "more_info": more_info, "status": status.as_u16() });
    Answer::json(*status, body.to_string())
}

pub(super) fn balance(account: &Account) -> Answer {
    let currency = account.options::<TwilioOptions>().currency;
    let body = json!({ "account_sid": account.key, "balance": account.balance(), "currency": currency });
    Answer::json(StatusCode::OK, body.to_string())
}

pub(super) fn not_found(path: &str) -> Refusal {
    refusal("20404", format!("The requested resource {path} was not found"))
}

/// The HTTP status that a code comes with.
pub(super) fn status_of(code: &str) -> StatusCode {
    match code {
        "20003" => StatusCode::UNAUTHORIZED,
        "20404" => StatusCode::NOT_FOUND,
        "20429" | "63038" => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_REQUEST,
    }
}

pub(super) fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(status_of(code), code, message)
}

pub(super) fn is_service(sender: &str) -> bool {
    sender.len() == 34 && sender.starts_with("MG")
}

impl Message<'_> {
    pub(super) fn json(&self) -> Value {
        let is_service = is_service(self.sender);
        json!({
            "sid": self.sid,
            "account_sid": self.account_sid,
            "to": self.to,
            "from": (!is_service).then_some(self.sender),
            "messaging_service_sid": is_service.then_some(self.sender),
            "body": self.body,
            "status": self.status,
            "num_segments": self.parts.to_string(),
            "price": null,
            "price_unit": "USD",
            "error_code": self.error_code,
            "error_message": null,
            "direction": "outbound-api",
            "api_version": "2010-04-01",
            "date_created": dates::rfc_2822(self.at_ms),
        })
    }
}
