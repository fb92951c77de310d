//! One item of a callback as a receipt (回执), by the account's paths and words.

use jixinda_plugin_kit::china_time::{Zone, from_unix_seconds};
use jixinda_plugin_kit::types::{Receipt, ReceiptStatus};
use jixinda_plugin_kit::{number, outcome, receipt};
use serde_json::Value;

use crate::config::{Config, StatusWord};

/// Seconds since the epoch have ten digits until the year 2286, milliseconds thirteen.
const FIRST_MILLISECONDS: u64 = 100_000_000_000;

/// None where the item is no receipt, or does not say of what.
pub fn read(item: &Value, config: &Config) -> Option<Receipt> {
    let status = config.receipt_status_path.text(item)?;
    let code = config.receipt_error_path.text(item);
    let receipt = Receipt {
        upstream_id: config.receipt_id_path.text(item),
        serial: config.receipt_serial_path.text(item),
        recipient: config.receipt_to_path.text(item).and_then(|written| number::e164(&written)),
        cause: Some(outcome::cause(code.unwrap_or_else(|| status.clone()), "")),
        at: config.receipt_time_path.text(item).and_then(|time| instant(&time, config.zone())),
        ..receipt::of(meaning(config, &status))
    };
    let receipt = receipt.referring(config.receipt_reference_path.text(item).as_deref());
    receipt.names_a_message().then_some(receipt)
}

fn meaning(config: &Config, status: &str) -> ReceiptStatus {
    let row = config.receipt_statuses.iter().find(|row| row.value.fits_any_case(status));
    match row.map_or(StatusWord::Unknown, |row| row.status) {
        StatusWord::Enroute => ReceiptStatus::Enroute,
        StatusWord::Delivered => ReceiptStatus::Delivered,
        StatusWord::Undelivered => ReceiptStatus::Undelivered,
        StatusWord::Expired => ReceiptStatus::Expired,
        StatusWord::Rejected => ReceiptStatus::Rejected,
        StatusWord::Unknown => ReceiptStatus::Unknown,
    }
}

fn instant(text: &str, zone: Zone) -> Option<u64> {
    match text.parse::<u64>() {
        Ok(milliseconds) if milliseconds >= FIRST_MILLISECONDS => Some(milliseconds),
        Ok(seconds) => from_unix_seconds(seconds),
        Err(_) if text.ends_with('Z') => Zone::UTC.parse_instant(text),
        Err(_) => zone.parse_instant(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::account;

    const ALL: &str = r#","receipt_reference_path":"ref","receipt_serial_path":"serial","receipt_time_path":"at""#;

    #[test]
    fn every_field_finds_its_place() {
        let config = Config::read(&account(ALL)).unwrap();
        let item = json!({"id": "up-1", "status": "FAILED", "to": "13800000000", "error": "E7", "ref": "msg_1",
                          "serial": "7", "at": "2024-01-02 11:04:09"});
        let expected = Receipt {
            upstream_id: Some("up-1".into()),
            message_id: Some("msg_1".into()),
            serial: Some("7".into()),
            recipient: Some("+8613800000000".into()),
            cause: Some(outcome::cause("E7", "")),
            at: Some(1_704_164_649_000),
            ..receipt::of(ReceiptStatus::Undelivered)
        };
        assert_eq!(read(&item, &config), Some(expected));
    }

    #[test]
    fn statuses_by_the_default_words_and_by_others() {
        let status = |settings: &str, word: &str| {
            let config = Config::read(&account(settings)).unwrap();
            read(&json!({"id": "i", "status": word}), &config).unwrap().status
        };
        for (word, expected) in [
            ("delivered", ReceiptStatus::Delivered),
            ("DELIVRD", ReceiptStatus::Delivered),
            ("expired", ReceiptStatus::Expired),
            ("rejected", ReceiptStatus::Rejected),
            ("failed", ReceiptStatus::Undelivered),
            ("UNDELIV", ReceiptStatus::Undelivered),
            ("sent", ReceiptStatus::Enroute),
            ("novelty", ReceiptStatus::Unknown),
        ] {
            assert_eq!(status("", word), expected, "{word}");
        }
        let own = r#","receipt_statuses":[{"value":"0","status":"delivered"},{"value":"*","status":"undelivered"}]"#;
        assert_eq!(
            (status(own, "0"), status(own, "delivered")),
            (ReceiptStatus::Delivered, ReceiptStatus::Undelivered)
        );
    }

    #[test]
    fn times_in_each_form_and_rubbish() {
        for text in ["1704164649", "1704164649000", "2024-01-02 11:04:09", "2024-01-02T03:04:09Z"] {
            assert_eq!(instant(text, Zone::CHINA), Some(1_704_164_649_000), "{text}");
        }
        assert_eq!(instant("soon", Zone::CHINA), None);
        let config = Config::read(&account("")).unwrap();
        assert_eq!(read(&json!({"status": "delivered"}), &config), None);
        assert_eq!(read(&json!({"id": "i"}), &config), None);
        assert_eq!(read(&Value::Null, &config), None);
    }
}
