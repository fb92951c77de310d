//! One item of SmsUp as an inbound text (上行).

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::types::Inbound;
use jixinda_plugin_kit::{json, number};
use serde_json::Value;

/// None where the item is no inbound text. An empty text is one.
pub fn read(item: &Value, zone: Zone) -> Option<Inbound> {
    let text = item.get("content")?.as_str()?;
    Some(Inbound {
        upstream_id: json::text(item, "sequence_id"),
        sender: number::e164(&json::text(item, "phone_number")?)?,
        recipient: None,
        extension: json::text(item, "dest_code"),
        sign_name: json::text(item, "sign_name"),
        text: text.to_owned(),
        part: None,
        at: json::text(item, "send_time").and_then(|time| zone.parse_instant(&time)),
        extra: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sequence_id_is_text_or_number() {
        for sequence in [json!("1234567890"), json!(1_234_567_890)] {
            let item = json!({"phone_number":"13800000000","content":"T","send_time":"2024-01-02 11:10:00",
                              "dest_code":"0001","sequence_id":sequence,"sign_name":"示例签名"});
            let inbound = read(&item, Zone::CHINA).unwrap();
            assert_eq!(inbound.upstream_id.as_deref(), Some("1234567890"));
            assert_eq!((inbound.sender.as_str(), inbound.text.as_str()), ("+8613800000000", "T"));
            assert_eq!(inbound.extension.as_deref(), Some("0001"));
            assert_eq!(inbound.sign_name.as_deref(), Some("示例签名"));
            assert_eq!(inbound.at, Some(1_704_165_000_000));
        }
    }

    #[test]
    fn without_text_or_sender_it_is_none() {
        assert!(read(&json!({"phone_number":"13800000000"}), Zone::CHINA).is_none());
        assert!(read(&json!({"content":"T"}), Zone::CHINA).is_none());
    }
}
