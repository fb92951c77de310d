//! [`Event`]: what a webhook tells.

use crate::inbound::InboundMessage;
use crate::message::{Cause, MessageClass};
use crate::phone::PhoneNumber;
use crate::status::MessageStatus;
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::serde::rfc3339;

/// 事件: something that happened. It may come more than once, always with the same id; and events may overtake each other.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// `webhook-id`: remember those that you have worked on.
    pub id: String,
    /// When it happened.
    pub timestamp: OffsetDateTime,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// `message.updated`: a message moved.
    MessageUpdated(MessageUpdate),
    /// `message.inbound`: a person wrote (上行).
    MessageInbound(InboundMessage),
    /// `webhook.test`: an operator wants to know whether you are there.
    Test,
    /// A type that this version of the SDK does not know.
    Other {
        /// Its `type`.
        kind: String,
        /// Its `data`.
        data: Value,
    },
}

/// A message as it stood when it moved.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MessageUpdate {
    /// The message's id, `msg_…`.
    pub id: String,
    /// Where it stands.
    pub status: MessageStatus,
    /// To whom.
    pub to: PhoneNumber,
    /// What it is for.
    pub class: MessageClass,
    /// The application's own word for it.
    pub reference: Option<String>,
    /// The batch it came in.
    pub batch_id: Option<String>,
    /// 条: how many segments are billed.
    pub segments: u16,
    /// Made with a test key: it reached nobody.
    pub test: bool,
    /// Why it stands there.
    pub cause: Option<Cause>,
}

#[derive(Deserialize)]
struct Body {
    r#type: String,
    #[serde(with = "rfc3339")]
    timestamp: OffsetDateTime,
    data: Value,
}

impl Event {
    pub(super) fn read(id: &str, body: &[u8]) -> Result<Self, serde_json::Error> {
        let Body { r#type: kind, timestamp, data } = serde_json::from_slice(body)?;
        let kind = match kind.as_str() {
            "message.updated" => EventKind::MessageUpdated(serde_json::from_value(data)?),
            "message.inbound" => EventKind::MessageInbound(serde_json::from_value(data)?),
            "webhook.test" => EventKind::Test,
            _ => EventKind::Other { kind, data },
        };
        Ok(Self { id: id.to_owned(), timestamp, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_and_those_to_come_are_kept() {
        let read = |kind: &str, data: &str| {
            let body = format!(r#"{{"type":"{kind}","timestamp":"2026-01-01T00:00:00.000Z","data":{data}}}"#);
            Event::read("evt_1", body.as_bytes()).map(|event| event.kind)
        };
        let inbound = r#"{"id":"inb_1","from":"+8613800000001","extension":"01","sign_name":null,"text":"TD",
            "occurred_at":null,"received_at":"2026-01-01T00:00:00.000Z","field_to_come":1}"#;
        let Ok(EventKind::MessageInbound(text)) = read("message.inbound", inbound) else { panic!("a text") };
        assert_eq!((text.text.as_str(), text.occurred_at), ("TD", None));
        assert!(!format!("{text:?}").contains("TD"));
        assert_eq!(read("webhook.test", r#"{"application":"app_1"}"#).ok(), Some(EventKind::Test));
        assert!(matches!(read("moon.rises", "null"), Ok(EventKind::Other { kind, .. }) if kind == "moon.rises"));
        assert!(read("message.updated", "{}").is_err());
    }
}
