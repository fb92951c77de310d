//! One text from a person, pulled or pushed, as an inbound text (上行). A long one comes in parts.

use jixinda_plugin_kit::types::Inbound;
use jixinda_plugin_kit::{json, receipt};
use serde_json::Value;

use crate::config::Config;
use crate::receipt::{part, recipient};

/// None where the item is no inbound text. An empty text is one.
pub fn read(item: &Value, config: &Config) -> Option<Inbound> {
    let content = item.get("content")?.as_str()?;
    let part = part(item).filter(|part| part.total > 1);
    let id = json::text(item, "msgid").filter(|id| id != "0");
    Some(Inbound {
        // Whether parts share their id is not documented.
        upstream_id: id.map(|id| part.as_ref().map_or(id.clone(), |part| format!("{id}/{}", part.number))),
        recipient: json::text(item, "spno"),
        extension: json::text(item, "exno"),
        part,
        at: json::text(item, "rtime").and_then(|time| config.zone().parse_instant(&time)),
        ..receipt::inbound(recipient(item)?, config.charset().decode(content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;

    fn read_item(more: &str) -> Option<Inbound> {
        let item = format!(
            r#"{{"msgid":-9223372036800000001,"mobile":"13800000000","countrycode":"","spno":"1069000000",
                "exno":"0006","rtime":"2024-01-02 11:10:00","pknum":1,"pktotal":1{more}}}"#
        );
        read(&json::parse(item.as_bytes()), &Config::read(&account("")).unwrap())
    }

    #[test]
    fn every_field_finds_its_place() {
        let inbound = read_item(r#","content":"%E9%80%80%E8%AE%A2+1""#).unwrap();
        assert_eq!(inbound.upstream_id.as_deref(), Some("-9223372036800000001"));
        assert_eq!((inbound.sender.as_str(), inbound.text.as_str()), ("+8613800000000", "退订+1"));
        assert_eq!((inbound.recipient.as_deref(), inbound.extension.as_deref()), (Some("1069000000"), Some("0006")));
        assert_eq!((inbound.at, inbound.part), (Some(1_704_165_000_000), None));
    }

    #[test]
    fn parts_are_told_apart() {
        let inbound = read_item(r#","content":"","pknum":2,"pktotal":3"#).unwrap();
        assert_eq!(inbound.upstream_id.as_deref(), Some("-9223372036800000001/2"));
        assert_eq!(inbound.part.map(|part| (part.number, part.total)), Some((2, 3)));
    }

    #[test]
    fn without_text_or_sender_it_is_none() {
        assert!(read_item("").is_none());
        assert!(read_item(r#","content":"T","mobile":"x""#).is_none());
    }
}
