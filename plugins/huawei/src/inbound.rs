//! One uplink push as an inbound text (上行). Its id has no relation to any text of ours.

use jixinda_plugin_kit::callback::Form;
use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::types::Inbound;
use jixinda_plugin_kit::{number, receipt};

use crate::config::Config;

/// None where the form is no inbound text. An empty text is one.
pub fn read(form: &Form, config: &Config) -> Option<Inbound> {
    let (from, text) = (form.get("from")?, form.any("body")?);
    let to = form.get("to");
    Some(Inbound {
        upstream_id: form.get("smsMsgId").map(str::to_owned),
        recipient: to.map(str::to_owned),
        extension: to.and_then(|to| config.extension_of(to)).map(str::to_owned),
        at: form.get("createTime").and_then(|time| Zone::UTC.parse_instant(time)),
        ..receipt::inbound(number::e164(from).unwrap_or_else(|| from.to_owned()), text)
    })
}
