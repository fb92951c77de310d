//! One reply as an inbound text (上行). Neither form has an id.

use jixinda_plugin_kit::canonical::hashed;
use jixinda_plugin_kit::types::Inbound;
use jixinda_plugin_kit::{json, number, receipt};
use serde_json::Value;

use crate::receipt::{instant, recipient};

/// A pushed item; its names are UNCONFIRMED.
pub fn pushed(item: &Value) -> Option<Inbound> {
    let sender = recipient(item, "nationcode", "mobile")?;
    read(item, sender, ["text", "time", "extend", "sign"])
}

/// A pulled element.
pub fn pulled(element: &Value) -> Option<Inbound> {
    let whole_number = json::text(element, "PhoneNumber").filter(|number| number.starts_with('+'));
    let sender = match whole_number {
        Some(number) => number::e164(&number)?,
        None => recipient(element, "CountryCode", "SubscriberNumber")
            .or_else(|| recipient(element, "CountryCode", "PhoneNumber"))?,
    };
    read(element, sender, ["ReplyContent", "ReplyTime", "ExtendCode", "SignName"])
}

/// An empty text is one; a text that is told twice has the same id made of what it says.
fn read(item: &Value, sender: String, [text, time, extension, sign_name]: [&str; 4]) -> Option<Inbound> {
    let text = item.get(text)?.as_str()?;
    let time = json::text(item, time).unwrap_or_default();
    let id = hashed(format!("{sender}\n{time}\n{text}").as_bytes());
    Some(Inbound {
        upstream_id: id.get(..32).map(str::to_owned),
        extension: json::text(item, extension),
        sign_name: json::text(item, sign_name),
        at: instant(&time),
        ..receipt::inbound(sender, text)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let pushed = pushed(&json!({"extend": "07", "mobile": "13800000000", "nationcode": "86", "sign": "示例签名",
                                    "text": "T", "time": "1704164645"}))
        .unwrap();
        let pulled = pulled(&json!({"ExtendCode": "07", "CountryCode": "86", "PhoneNumber": "+8613800000000",
                                    "SignName": "示例签名", "ReplyContent": "T", "ReplyTime": "1704164645"}))
        .unwrap();
        assert_eq!(pushed, pulled);
        assert_eq!((pulled.sender.as_str(), pulled.text.as_str()), ("+8613800000000", "T"));
        assert_eq!((pulled.extension.as_deref(), pulled.at), (Some("07"), Some(1_704_164_645_000)));
        assert_eq!(pulled.sign_name.as_deref(), Some("示例签名"));
    }

    #[test]
    fn texts_are_told_apart_and_rubbish_is_none() {
        let id = |text: &str, time: &str| {
            let item = json!({"mobile": "13800000000", "nationcode": "86", "text": text, "time": time});
            pushed(&item).unwrap().upstream_id.unwrap()
        };
        assert_eq!(id("T", "1"), id("T", "1"));
        assert_ne!(id("T", "1"), id("T", "2"));
        assert_ne!(id("T", "1"), id("U", "1"));
        assert_eq!(pushed(&json!({"mobile": "13800000000"})), None);
        assert_eq!(pulled(&json!({"ReplyContent": "T"})), None);
    }
}
