//! A message's status as a receipt (回执): as Twilio calls back with it, and as it is fetched.

use jixinda_plugin_kit::types::{Cause, Receipt, ReceiptStatus};
use jixinda_plugin_kit::{number, outcome, receipt};

/// None where there is no status, or nothing to say of what. `field` reads one of the callback's fields; the
/// message's own id is what our URL said.
pub fn read(field: impl Fn(&str) -> Option<String>, message_id: Option<String>) -> Option<Receipt> {
    let status = field("MessageStatus").or_else(|| field("SmsStatus"))?;
    Some(Receipt {
        upstream_id: Some(field("MessageSid").or_else(|| field("SmsSid"))?),
        message_id,
        recipient: field("To").and_then(|written| number::e164(&written)),
        cause: cause(field("ErrorCode"), field("ErrorMessage"), &status),
        ..receipt::of(meaning(&status))
    })
}

/// The code and words of a failure; other statuses need none but their own.
pub fn cause(code: Option<String>, words: Option<String>, status: &str) -> Option<Cause> {
    match code.filter(|code| code != "0") {
        Some(code) => {
            let words = words.unwrap_or_else(|| explain(&code).to_owned());
            Some(outcome::cause(code, words))
        }
        None => Some(outcome::cause(status, "")),
    }
}

/// Callbacks can come out of order; the gateway keeps what is final. A text that outlives its validity is `failed`, so there
/// is no expiry. One that was delivered in part may still be on its way.
pub fn meaning(status: &str) -> ReceiptStatus {
    match status {
        "delivered" | "read" => ReceiptStatus::Delivered,
        "undelivered" | "failed" | "canceled" => ReceiptStatus::Undelivered,
        "accepted" | "scheduled" | "queued" | "sending" | "sent" | "partially_delivered" => ReceiptStatus::Enroute,
        _ => ReceiptStatus::Unknown,
    }
}

fn explain(code: &str) -> &'static str {
    match code {
        "30001" => "the sender's queue overflowed",
        "30002" => "the account is suspended",
        "30003" => "the handset cannot be reached",
        "30004" => "the message was blocked",
        "30005" => "the handset is unknown",
        "30006" => "a landline, or a carrier that cannot be reached",
        "30007" => "filtered by the carrier",
        "30008" => "unknown error",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_pairs(pairs: &[(&str, &str)]) -> Option<Receipt> {
        let field = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        read(field, Some("msg_1".into()))
    }

    #[test]
    fn every_field_finds_its_place() {
        let receipt = read_pairs(&[
            ("MessageSid", "SM1"),
            ("MessageStatus", "undelivered"),
            ("ErrorCode", "30005"),
            ("To", "+8613800000000"),
        ]);
        let expected = Receipt {
            upstream_id: Some("SM1".into()),
            message_id: Some("msg_1".into()),
            recipient: Some("+8613800000000".into()),
            cause: Some(outcome::cause("30005", "the handset is unknown")),
            ..receipt::of(ReceiptStatus::Undelivered)
        };
        assert_eq!(receipt, Some(expected));
    }

    #[test]
    fn each_status_has_its_word() {
        use ReceiptStatus::{Delivered, Enroute, Undelivered, Unknown};
        for (word, status) in [
            ("accepted", Enroute),
            ("scheduled", Enroute),
            ("queued", Enroute),
            ("sending", Enroute),
            ("sent", Enroute),
            ("partially_delivered", Enroute),
            ("delivered", Delivered),
            ("read", Delivered),
            ("undelivered", Undelivered),
            ("failed", Undelivered),
            ("canceled", Undelivered),
            ("novelty", Unknown),
        ] {
            assert_eq!(read_pairs(&[("SmsSid", "SM1"), ("SmsStatus", word)]).unwrap().status, status, "{word}");
        }
        assert_eq!(read_pairs(&[("MessageStatus", "sent")]), None);
        assert_eq!(read_pairs(&[("MessageSid", "SM1")]), None);
    }
}
