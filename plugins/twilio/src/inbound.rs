//! A text to one of our numbers as an inbound text (上行).

use jixinda_plugin_kit::callback::Form;
use jixinda_plugin_kit::types::Inbound;
use jixinda_plugin_kit::{number, receipt};

/// None where the form is no inbound text. An empty text is one, for pictures come so; how many is told along.
pub fn read(form: &Form) -> Option<Inbound> {
    let (from, text) = (form.get("From")?, form.any("Body")?);
    let media = form.get("NumMedia").filter(|count| *count != "0");
    Some(Inbound {
        upstream_id: form.get("MessageSid").or_else(|| form.get("SmsSid")).map(str::to_owned),
        recipient: form.get("To").map(str::to_owned),
        extra: media.map(|count| ("media".to_owned(), count.to_owned())).into_iter().collect(),
        ..receipt::inbound(number::e164(from).unwrap_or_else(|| from.to_owned()), text)
    })
}
