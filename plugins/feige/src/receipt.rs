//! One report as a receipt (回执): as it is pulled in either generation, and as the new one is pushed.

use jixinda_plugin_kit::china_time::from_unix_seconds;
use jixinda_plugin_kit::types::{Receipt, ReceiptStatus};
use jixinda_plugin_kit::{json, number, outcome, receipt};
use serde_json::Value;

/// None where the item is no report, or does not say of what. The generations differ in the names' first letters.
pub fn read(item: &Value) -> Option<Receipt> {
    let either = |v2: &str, v1: &str| json::text(item, v2).or_else(|| json::text(item, v1));
    let status = either("status", "Status")?;
    let receipt = Receipt {
        upstream_id: either("msg_no", "SendID").or_else(|| json::text(item, "SendId")),
        recipient: either("mobile", "Mobile").and_then(|written| number::e164(&written)),
        at: either("time", "Times").and_then(|seconds| from_unix_seconds(seconds.parse().ok()?)),
        ..receipt::of(meaning(&status))
    };
    // A call has one id for all of its numbers: alone it names none of them.
    let names_one = receipt.recipient.is_some();
    names_one.then(|| Receipt { cause: Some(outcome::cause(status, "")), ..receipt })
}

/// That carriers write EXPIRED is UNCONFIRMED.
fn meaning(status: &str) -> ReceiptStatus {
    match status {
        "DELIVRD" => ReceiptStatus::Delivered,
        "EXPIRED" => ReceiptStatus::Expired,
        _ => ReceiptStatus::Undelivered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_say_the_same() {
        let new = r#"{"time":1704164649,"msg_no":20240102110405000001,"mobile":"13800000000","status":"DELIVRD"}"#;
        let old = r#"{"SendID":"20240102110405000001","Status":"DELIVRD","Times":1704164649,"Mobile":"13800000000"}"#;
        let expected = Receipt {
            upstream_id: Some("20240102110405000001".into()),
            recipient: Some("+8613800000000".into()),
            cause: Some(outcome::cause("DELIVRD", "")),
            at: Some(1_704_164_649_000),
            ..receipt::of(ReceiptStatus::Delivered)
        };
        assert_eq!(read(&json::parse(new.as_bytes())), Some(expected.clone()));
        assert_eq!(read(&json::parse(old.as_bytes())), Some(expected));
    }

    #[test]
    fn failures_and_rubbish() {
        let status = |word: &str| {
            let item = format!(r#"{{"msg_no":"1","mobile":"13800000000","status":"{word}"}}"#);
            read(&json::parse(item.as_bytes())).map(|receipt| receipt.status)
        };
        assert_eq!(status("EXPIRED"), Some(ReceiptStatus::Expired));
        assert_eq!(status("UNDELIV"), Some(ReceiptStatus::Undelivered));
        assert_eq!(read(&json::parse(br#"{"msg_no":"1","status":"DELIVRD"}"#)), None);
        assert_eq!(read(&Value::Null), None);
    }
}
