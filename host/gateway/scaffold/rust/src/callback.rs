//! Receipts that the provider pushes to the account's callback address.

use jixinda_plugin_kit::callbacks::{Call, Events, Refusal, Reply};
use jixinda_plugin_kit::types::{Receipt, ReceiptStatus};
use jixinda_plugin_kit::{Gateway, outcome};
use serde::Deserialize;

pub fn parse(_: &dyn Gateway, call: &Call) -> Result<Events, Refusal> {
    // A provider that signs its calls is checked here, in constant time; a forged call is a `Refusal`.
    let pushed: Pushed = serde_json::from_slice(&call.body)
        .map_err(|error| Refusal { reason: error.to_string(), reply: reply(400) })?;
    Ok(Events { receipts: vec![receipt(pushed)], inbound: Vec::new(), reply: reply(200) })
}

#[derive(Deserialize)]
struct Pushed {
    id: String,
    status: String,
    error: Option<String>,
}

fn receipt(pushed: Pushed) -> Receipt {
    let status = match pushed.status.as_str() {
        "delivered" => ReceiptStatus::Delivered,
        "failed" => ReceiptStatus::Undelivered,
        "expired" => ReceiptStatus::Expired,
        // A word of tomorrow: kept, and it moves nothing.
        _ => ReceiptStatus::Unknown,
    };
    Receipt {
        upstream_id: Some(pushed.id),
        message_id: None,
        serial: None,
        batch_id: None,
        batch_serial: None,
        recipient: None,
        part: None,
        status,
        cause: pushed.error.map(|code| outcome::cause(&code, &code)),
        at: None,
        segments: None,
        price: None,
    }
}

fn reply(status: u16) -> Reply {
    Reply { status, headers: Vec::new(), body: Vec::new() }
}
