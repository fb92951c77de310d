//! One report as a receipt (回执): as Tencent pushes it, and as it is pulled.

use jixinda_plugin_kit::china_time::{Zone, from_unix_seconds};
use jixinda_plugin_kit::types::{Receipt, ReceiptStatus};
use jixinda_plugin_kit::{json, number, outcome, receipt};
use serde_json::Value;

/// A pushed item; none where it is no report, or does not say of what.
pub fn pushed(item: &Value) -> Option<Receipt> {
    let status = json::text(item, "report_status")?;
    let code = json::text(item, "errmsg").unwrap_or_else(|| status.clone());
    let receipt = Receipt {
        upstream_id: json::text(item, "sid"),
        recipient: recipient(item, "nationcode", "mobile"),
        cause: Some(outcome::cause(&*code, json::text(item, "description").unwrap_or_default())),
        at: json::text(item, "user_receive_time").and_then(|time| instant(&time)),
        ..receipt::of(meaning(&status, &code))
    };
    let receipt = receipt.referring(json::text(item, "ext").as_deref());
    receipt.names_a_message().then_some(receipt)
}

/// A pulled element; none where it is no report, or does not say of what.
pub fn pulled(element: &Value) -> Option<Receipt> {
    let status = json::text(element, "ReportStatus")?;
    let words = json::text(element, "Description").unwrap_or_default();
    let whole_number = json::text(element, "PhoneNumber").filter(|number| number.starts_with('+'));
    let receipt = Receipt {
        upstream_id: json::text(element, "SerialNo"),
        recipient: match whole_number {
            Some(number) => number::e164(&number),
            None => recipient(element, "CountryCode", "SubscriberNumber"),
        },
        at: json::text(element, "UserReceiveTime").and_then(|time| instant(&time)),
        // A pulled report has no carrier's code but in its words.
        ..receipt::of(meaning(&status, &words))
    };
    let receipt = Receipt { cause: Some(outcome::cause(status, words)), ..receipt };
    receipt.names_a_message().then_some(receipt)
}

/// Country code and number in two fields.
pub fn recipient(item: &Value, country: &str, subscriber: &str) -> Option<String> {
    let subscriber = json::text(item, subscriber)?;
    match json::text(item, country) {
        Some(country) if !subscriber.starts_with('+') => {
            number::e164(&format!("+{}{subscriber}", country.trim_start_matches('+')))
        }
        _ => number::e164(&subscriber),
    }
}

/// Seconds since the epoch, or Beijing's time.
pub fn instant(text: &str) -> Option<u64> {
    text.parse().map_or_else(|_| Zone::CHINA.parse_instant(text), from_unix_seconds)
}

/// That carriers write EXPIRED is UNCONFIRMED.
fn meaning(status: &str, code: &str) -> ReceiptStatus {
    match status {
        "SUCCESS" => ReceiptStatus::Delivered,
        _ if code.contains("EXPIRED") => ReceiptStatus::Expired,
        "FAIL" => ReceiptStatus::Undelivered,
        _ => ReceiptStatus::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item() -> Value {
        json!({"user_receive_time": "2024-01-02 11:04:09", "nationcode": "86", "mobile": "13800000000",
               "report_status": "SUCCESS", "errmsg": "DELIVRD", "description": "words",
               "sid": "5000:0000000000000000000000000001"})
    }

    #[test]
    fn every_field_of_a_push_finds_its_place() {
        let expected = Receipt {
            upstream_id: Some("5000:0000000000000000000000000001".into()),
            recipient: Some("+8613800000000".into()),
            cause: Some(outcome::cause("DELIVRD", "words")),
            at: Some(1_704_164_649_000),
            ..receipt::of(ReceiptStatus::Delivered)
        };
        assert_eq!(pushed(&item()), Some(expected));
        let with = |key: &str, value: &str| {
            let mut item = item();
            item[key] = value.into();
            pushed(&item).unwrap()
        };
        assert_eq!(with("ext", "msg_1").message_id.as_deref(), Some("msg_1"));
        assert_eq!(with("ext", "cal_1").batch_id.as_deref(), Some("cal_1"));
        assert_eq!(with("report_status", "FAIL").status, ReceiptStatus::Undelivered);
        assert_eq!(with("report_status", "NEW").status, ReceiptStatus::Unknown);
        let mut expired = item();
        expired["report_status"] = "FAIL".into();
        expired["errmsg"] = "EXPIRED".into();
        assert_eq!(pushed(&expired).unwrap().status, ReceiptStatus::Expired);
    }

    #[test]
    fn every_field_of_a_pull_finds_its_place() {
        let element = json!({"UserReceiveTime": "1704164649", "CountryCode": "86", "SubscriberNumber": "13800000000",
                             "PhoneNumber": "+8613800000000", "SerialNo": "s", "ReportStatus": "FAIL",
                             "Description": "words"});
        let expected = Receipt {
            upstream_id: Some("s".into()),
            recipient: Some("+8613800000000".into()),
            cause: Some(outcome::cause("FAIL", "words")),
            at: Some(1_704_164_649_000),
            ..receipt::of(ReceiptStatus::Undelivered)
        };
        assert_eq!(pulled(&element), Some(expected));
        let bare = json!({"CountryCode": "65", "SubscriberNumber": "80000000", "PhoneNumber": "80000000",
                          "ReportStatus": "SUCCESS", "UserReceiveTime": "2024-01-02 11:04:09"});
        let receipt = pulled(&bare).unwrap();
        assert_eq!((receipt.recipient.as_deref(), receipt.at), (Some("+6580000000"), Some(1_704_164_649_000)));
    }

    #[test]
    fn what_names_no_message_is_no_receipt() {
        assert_eq!(pushed(&json!({"report_status": "SUCCESS"})), None);
        assert_eq!(pulled(&json!({"SerialNo": "s"})), None);
        assert_eq!(pushed(&Value::Null), None);
    }
}
