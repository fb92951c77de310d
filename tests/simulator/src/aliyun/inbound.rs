//! `SmsUp`: the body of a push of inbound texts. It is acknowledged as receipts are.

use bytes::Bytes;
use serde_json::{Value, json};

use super::dates;
use crate::clock::now_ms;
use crate::dice::Dice;
use crate::push::InboundText;

/// Inbound texts travel as an array, too.
pub(super) fn body(texts: &[InboundText], dice: &Dice) -> Bytes {
    let entries: Vec<Value> = texts.iter().map(|text| entry(text, dice)).collect();
    Value::from(entries).to_string().into()
}

fn entry(text: &InboundText, dice: &Dice) -> Value {
    json!({
        "phone_number": text.number,
        "content": text.content,
        "send_time": dates::local(now_ms()),
        "dest_code": text.dest_code.as_deref().unwrap_or_default(),
        "sequence_id": (dice.roll() % 10_000_000_000).to_string(),
    })
}
