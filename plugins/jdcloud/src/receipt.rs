//! One row of a status report as a receipt (回执).

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::types::{Receipt, ReceiptStatus};
use jixinda_plugin_kit::{json, number, outcome, receipt};
use serde_json::Value;

use crate::config::Config;

/// None where the row names no number.
pub fn read(row: &Value, config: &Config) -> Option<Receipt> {
    let recipient = number::e164(&json::text(row, "phoneNum")?)?;
    let code = json::text(row, "code");
    let reported = json::text(row, "reportTime");
    let number = json::text(row, "status").and_then(|status| status.parse::<i64>().ok());
    Some(Receipt {
        upstream_id: json::text(row, "sequenceNumber"),
        recipient: Some(recipient),
        at: reported.as_deref().and_then(|time| Zone::CHINA.parse_instant(time)),
        segments: json::integer(row, "splitNum").and_then(|parts| u32::try_from(parts).ok()),
        ..receipt::of(meaning(config, code.as_deref().unwrap_or_default(), number, reported.is_some()))
    })
    .map(|receipt| Receipt { cause: code.map(|code| outcome::cause(code, "")), ..receipt })
}

fn meaning(config: &Config, code: &str, number: Option<i64>, is_reported: bool) -> ReceiptStatus {
    if config.says_delivered(code, number) {
        ReceiptStatus::Delivered
    } else if !is_reported || config.says_pending(number) {
        ReceiptStatus::Enroute
    } else if code.contains("EXPIRED") {
        ReceiptStatus::Expired
    } else {
        ReceiptStatus::Undelivered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;

    fn status(settings: &str, row: &str) -> Option<ReceiptStatus> {
        let row = json::parse(format!(r#"{{"phoneNum":"13800000000"{row}}}"#).as_bytes());
        read(&row, &Config::read(&account(settings)).unwrap()).map(|receipt| receipt.status)
    }

    #[test]
    fn every_field_finds_its_place() {
        let row = json::parse(
            br#"{"phoneNum":"13800000000","sequenceNumber":"seq-0000000001","sendTime":"2024-01-02 11:04:05",
                 "reportTime":"2024-01-02 11:04:09","status":1,"code":"DELIVRD","splitNum":2}"#,
        );
        let expected = Receipt {
            upstream_id: Some("seq-0000000001".into()),
            recipient: Some("+8613800000000".into()),
            cause: Some(outcome::cause("DELIVRD", "")),
            at: Some(1_704_164_649_000),
            segments: Some(2),
            ..receipt::of(ReceiptStatus::Delivered)
        };
        assert_eq!(read(&row, &Config::read(&account("")).unwrap()), Some(expected));
    }

    #[test]
    fn each_status_has_its_word() {
        let reported = r#","reportTime":"2024-01-02 11:04:09""#;
        assert_eq!(status("", &format!(r#"{reported},"code":"DELIVRD""#)), Some(ReceiptStatus::Delivered));
        assert_eq!(status("", &format!(r#"{reported},"code":"UNDELIV""#)), Some(ReceiptStatus::Undelivered));
        assert_eq!(status("", &format!(r#"{reported},"code":"EXPIRED""#)), Some(ReceiptStatus::Expired));
        assert_eq!(status("", r#","reportTime":"","code":"""#), Some(ReceiptStatus::Enroute));
        let learnt = r#","delivered_statuses":[0],"pending_statuses":[2],"delivered_codes":["OK"]"#;
        assert_eq!(status(learnt, &format!(r#"{reported},"status":"0""#)), Some(ReceiptStatus::Delivered));
        assert_eq!(status(learnt, &format!(r#"{reported},"status":2"#)), Some(ReceiptStatus::Enroute));
        assert_eq!(status(learnt, &format!(r#"{reported},"code":"ok""#)), Some(ReceiptStatus::Delivered));
        assert_eq!(status(learnt, &format!(r#"{reported},"code":"DELIVRD""#)), Some(ReceiptStatus::Undelivered));
    }

    #[test]
    fn without_a_number_it_is_none() {
        let config = Config::read(&account("")).unwrap();
        assert_eq!(read(&json::parse(br#"{"code":"DELIVRD"}"#), &config), None);
        assert_eq!(read(&Value::Null, &config), None);
    }
}
