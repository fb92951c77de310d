//! One reply as an inbound text (上行). It has no id, so one is made of what it says: the same push twice is one text.

use jixinda_plugin_kit::canonical::hashed;
use jixinda_plugin_kit::china_time::from_unix_seconds;
use jixinda_plugin_kit::types::Inbound;
use jixinda_plugin_kit::{json, number, receipt};
use serde_json::Value;

/// None where the item is no inbound text. An empty text is one. The old generation's names are UNCONFIRMED.
pub fn read(item: &Value) -> Option<Inbound> {
    let either = |v2: &str, v1: &str| json::text(item, v2).or_else(|| json::text(item, v1));
    let text = item.get("content").or_else(|| item.get("Content"))?.as_str()?;
    let (mobile, time) = (either("mobile", "Mobile")?, either("time", "Times").unwrap_or_default());
    let id = hashed(format!("{mobile}\n{time}\n{text}").as_bytes());
    Some(Inbound {
        upstream_id: id.get(..32).map(str::to_owned),
        at: time.parse().ok().and_then(from_unix_seconds),
        ..receipt::inbound(number::e164(&mobile)?, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_say_the_same() {
        let new = read(&json::parse(br#"{"time":1704165000,"content":"T","mobile":"13800000000"}"#)).unwrap();
        let old = read(&json::parse(br#"{"Times":"1704165000","Content":"T","Mobile":"13800000000"}"#)).unwrap();
        assert_eq!(new, old);
        assert_eq!((new.sender.as_str(), new.text.as_str()), ("+8613800000000", "T"));
        assert_eq!(new.at, Some(1_704_165_000_000));
        let later = read(&json::parse(br#"{"time":1704165001,"content":"T","mobile":"13800000000"}"#)).unwrap();
        assert_ne!(new.upstream_id, later.upstream_id);
    }

    #[test]
    fn without_text_or_sender_it_is_none() {
        assert_eq!(read(&json::parse(br#"{"mobile":"13800000000"}"#)), None);
        assert_eq!(read(&json::parse(br#"{"content":"T"}"#)), None);
    }
}
