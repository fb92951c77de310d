//! One item of SmsReport as a receipt (回执).

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::types::{Receipt, ReceiptStatus};
use jixinda_plugin_kit::{json, number, outcome};
use serde_json::Value;

/// None where the item is no receipt, or does not say of what.
pub fn read(item: &Value, zone: Zone) -> Option<Receipt> {
    let success = json::boolean(item, "success")?;
    let (message_id, batch_id) = json::text(item, "out_id").map(ours).unwrap_or_default();
    let code = json::text(item, "err_code");
    let receipt = Receipt {
        upstream_id: json::text(item, "biz_id"),
        message_id,
        serial: None,
        batch_id,
        batch_serial: None,
        recipient: json::text(item, "phone_number").and_then(|written| number::e164(&written)),
        part: None,
        status: if success { ReceiptStatus::Delivered } else { failed(code.as_deref()) },
        cause: code.map(|code| outcome::cause(code, json::text(item, "err_msg").unwrap_or_default())),
        at: json::text(item, "report_time").and_then(|time| zone.parse_instant(&time)),
        segments: json::integer(item, "sms_size").and_then(|size| u32::try_from(size).ok()),
        price: None,
    };
    let named = receipt.upstream_id.is_some() || receipt.message_id.is_some() || receipt.batch_id.is_some();
    (named || receipt.recipient.is_some()).then_some(receipt)
}

/// What a failure's code means; that carriers write EXPIRED is UNCONFIRMED.
pub fn failed(code: Option<&str>) -> ReceiptStatus {
    match code {
        Some(code) if code.contains("EXPIRED") => ReceiptStatus::Expired,
        _ => ReceiptStatus::Undelivered,
    }
}

/// An `OutId` of ours is a message's id if one message was sent, else the batch's.
fn ours(out_id: String) -> (Option<String>, Option<String>) {
    if out_id.starts_with("msg_") { (Some(out_id), None) } else { (None, Some(out_id)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item() -> Value {
        json!({"phone_number":"13800000000","send_time":"2024-01-02 11:04:05","report_time":"2024-01-02 11:04:09",
               "success":true,"err_code":"DELIVERED","err_msg":"ok","sms_size":"2",
               "biz_id":"900000000000000000^0","out_id":"msg_1"})
    }

    fn with(key: &str, value: Value) -> Receipt {
        let mut item = item();
        item[key] = value;
        read(&item, Zone::CHINA).unwrap()
    }

    #[test]
    fn every_field_finds_its_place() {
        let receipt = read(&item(), Zone::CHINA).unwrap();
        assert_eq!(
            receipt,
            Receipt {
                upstream_id: Some("900000000000000000^0".into()),
                message_id: Some("msg_1".into()),
                serial: None,
                batch_id: None,
                batch_serial: None,
                recipient: Some("+8613800000000".into()),
                part: None,
                status: ReceiptStatus::Delivered,
                cause: Some(outcome::cause("DELIVERED", "ok")),
                at: Some(1_704_164_649_000),
                segments: Some(2),
                price: None,
            }
        );
    }

    #[test]
    fn variations() {
        assert_eq!(with("sms_size", json!(3)).segments, Some(3));
        assert_eq!(with("success", json!("false")).status, ReceiptStatus::Undelivered);
        let batched = with("out_id", json!("cal_1"));
        assert_eq!((batched.message_id, batched.batch_id), (None, Some("cal_1".into())));
        let nameless = with("out_id", json!(""));
        assert_eq!((nameless.message_id, nameless.batch_id), (None, None));
        assert_eq!(with("report_time", json!("soon")).at, None);
    }

    #[test]
    fn failures_may_be_expiries() {
        assert_eq!(failed(Some("USER_REJECT")), ReceiptStatus::Undelivered);
        assert_eq!(failed(Some("MSG_EXPIRED")), ReceiptStatus::Expired);
        assert_eq!(failed(None), ReceiptStatus::Undelivered);
    }

    #[test]
    fn what_names_no_message_is_no_receipt() {
        assert!(read(&json!({"success": true}), Zone::CHINA).is_none());
        assert!(read(&json!({"phone_number": "13800000000"}), Zone::CHINA).is_none());
    }
}
