//! Handing messages over: one alone, one text to many numbers, or many texts to one number each. Every request has one
//! result; a text's own reference (`custid`) comes back with its receipts, so that they find it even where the answer
//! was lost.

use jixinda_plugin_kit::http::{Response, SendError};
use jixinda_plugin_kit::sign_name::signed;
use jixinda_plugin_kit::types::{Batch, Message, Outcome, Rejection};
use jixinda_plugin_kit::verdict::Context;
use jixinda_plugin_kit::{json, number, outcome};
use serde_json::{Value, json};

use crate::client::{Client, Fields, Operation};
use crate::config::Function;
use crate::errors;
use crate::message_id::MessageId;

/// The gateway lets a mebibyte out; what surrounds the items is far below the rest.
const MAX_ITEMS_BYTES: usize = 900_000;
/// What an item has besides its text and its references.
const ITEM_FRAME_BYTES: usize = 120;

/// A message that can be sent.
struct Ready<'a> {
    index: u32,
    message: &'a Message,
    mobile: String,
    content: String,
}

pub fn send(client: &Client, batch: &Batch, messages: &[Message]) -> Vec<Outcome> {
    let abroad = messages.iter().any(|message| !number::is_mainland(number::domestic(&message.recipient)));
    let mut outcomes: Vec<Outcome> = messages.iter().map(|_| cannot_be_written()).collect();
    let ready: Vec<Ready> = (0..).zip(messages).filter_map(|(index, it)| prepare(client, index, it, abroad)).collect();
    let operations = operations(client, batch, &ready);
    for (operation, answer) in operations.iter().zip(client.call_all(&operations)) {
        for (place, &index) in operation.carries.iter().enumerate() {
            outcomes[index as usize] = read(client, &answer, place, operation.carries.len());
        }
    }
    outcomes
}

/// None where the text has a character that the account's charset lacks. Numbers abroad begin with "00", and beside
/// one of them all do.
fn prepare<'a>(client: &Client, index: u32, message: &'a Message, abroad: bool) -> Option<Ready<'a>> {
    let text = signed(&message.text, &message.sign_name, client.config.sign_name_place);
    let content = client.config.charset().encode(&text)?;
    let mobile = if abroad {
        format!("00{}", message.recipient.trim_start_matches('+'))
    } else {
        number::domestic(&message.recipient).to_owned()
    };
    Some(Ready { index, message, mobile, content })
}

fn operations(client: &Client, batch: &Batch, ready: &[Ready]) -> Vec<Operation> {
    let [first, others @ ..] = ready else { return Vec::new() };
    let is_alike = |it: &Ready| it.content == first.content && it.message.extension == first.message.extension;
    match others {
        [] => {
            let fields = item(client, first, &first.mobile, &first.message.id);
            vec![Operation { function: Function::Single, fields, carries: vec![first.index] }]
        }
        _ if others.iter().all(is_alike) => vec![same_text(client, batch, ready)],
        _ => parts(client, ready).into_iter().map(|part| different_texts(client, batch, part)).collect(),
    }
}

/// One reference for all: receipts name the batch and the number.
fn same_text(client: &Client, batch: &Batch, ready: &[Ready]) -> Operation {
    let mobiles = ready.iter().map(|it| it.mobile.as_str()).collect::<Vec<_>>().join(",");
    let fields = item(client, &ready[0], &mobiles, &batch.id);
    Operation { function: Function::Batch, fields, carries: ready.iter().map(|it| it.index).collect() }
}

fn different_texts(client: &Client, batch: &Batch, ready: &[Ready]) -> Operation {
    let items: Vec<Value> =
        ready.iter().map(|it| Value::Object(item(client, it, &it.mobile, &it.message.id))).collect();
    let mut fields = Fields::new();
    fields.insert("multimt".into(), items.into());
    fields.insert("custid".into(), batch.id.as_str().into());
    Operation { function: Function::Multi, fields, carries: ready.iter().map(|it| it.index).collect() }
}

fn item(client: &Client, ready: &Ready, mobile: &str, reference: &str) -> Fields {
    let mut fields = Fields::new();
    let extension = ready.message.extension.as_deref().unwrap_or_default();
    for (name, value) in [
        ("mobile", mobile),
        ("content", &ready.content),
        ("custid", reference),
        ("svrtype", &client.config.service_type),
        ("exno", extension),
    ] {
        if !value.is_empty() {
            fields.insert(name.into(), json!(value));
        }
    }
    fields
}

/// As many items as one request may have, by number and by size.
fn parts<'a, 'b>(client: &Client, ready: &'a [Ready<'b>]) -> Vec<&'a [Ready<'b>]> {
    let (mut parts, mut start, mut size) = (Vec::new(), 0, 0);
    for (index, it) in ready.iter().enumerate() {
        let more = it.content.len() + it.message.id.len() + it.mobile.len() + ITEM_FRAME_BYTES;
        let is_full = index - start >= client.config.max_items || size + more > MAX_ITEMS_BYTES;
        if is_full && index > start {
            parts.push(&ready[start..index]);
            (start, size) = (index, 0);
        }
        size += more;
    }
    parts.push(&ready[start..]);
    parts
}

/// What an answer says of the message at this place in its request.
fn read(client: &Client, answer: &Result<Response, SendError>, place: usize, messages: usize) -> Outcome {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return outcome::from_send_error(error),
    };
    let body = response.json();
    match json::text(&body, "result").as_deref() {
        Some("0") => {
            let first = json::text(&body, "msgid").and_then(|id| MessageId::read(&id));
            outcome::accepted(first.map(|first| first.of_recipient(place).text()))
        }
        Some(code) => errors::outcome(client, code, &body, Context::of(client.gateway.now(), messages)),
        None => outcome::from_status(response),
    }
}

fn cannot_be_written() -> Outcome {
    let detail = "the account's charset (GBK) lacks a character of the text";
    outcome::rejected(Rejection::ContentRefused, true, outcome::cause("charset", detail))
}

#[cfg(test)]
mod tests;
