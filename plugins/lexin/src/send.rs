//! Handing messages over: one call for all that get the same text. The provider gives no id; the digits of the message, or
//! of the call where it carries several, come back with receipts.

use jixinda_plugin_kit::http::{Response, SendError};
use jixinda_plugin_kit::sign_name::signed;
use jixinda_plugin_kit::types::{Accepted, Amount, Batch, Message, Outcome, Rejection};
use jixinda_plugin_kit::verdict::Context;
use jixinda_plugin_kit::{batch, json, number, outcome};
use serde_json::Value;

use crate::balance::money;
use crate::client::{Client, Function, Operation};
use crate::errors;

/// What `replyCode` says.
const TAKEN: &str = "1";
const REFUSED: &str = "0";

pub fn send(client: &Client, batch: &Batch, messages: &[Message]) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = messages.iter().map(|_| abroad()).collect();
    let open = (0..messages.len()).filter(|&place| is_mainland(&messages[place]));
    // `limits.same` promises one group; whoever gets a neighbour's text must not exist.
    let groups = batch::groups(open, |left, right| is_alike(&messages[left], &messages[right]));
    let mut operations: Vec<Operation> = Vec::new();
    for group in &groups {
        // Several calls with the call's own digits could not be told apart, so of several groups each message goes alone.
        let calls = if groups.len() == 1 { vec![&group[..]] } else { group.chunks(1).collect() };
        operations.extend(calls.into_iter().map(|group| operation(client, batch, messages, group)));
    }
    for (operation, answer) in operations.iter().zip(client.call_all(&operations)) {
        let outcome = read(client, &answer, operation.carries.len());
        for &index in &operation.carries {
            outcomes[index as usize] = outcome.clone();
        }
    }
    outcomes
}

fn is_alike(left: &Message, right: &Message) -> bool {
    left.text == right.text && left.sign_name == right.sign_name && left.extension == right.extension
}

fn operation(client: &Client, batch: &Batch, messages: &[Message], group: &[usize]) -> Operation {
    let first = &messages[group[0]];
    let numbers: Vec<&str> = group.iter().map(|&place| number::domestic(&messages[place].recipient)).collect();
    let serial = if group.len() == 1 { &first.serial } else { &batch.serial };
    let mut fields = vec![
        ("aimcodes", numbers.join(",")),
        ("content", signed(&first.text, &first.sign_name, client.config.sign_name_place)),
        ("msgId", serial.clone()),
        ("dataType", "json".to_owned()),
    ];
    fields.extend(first.extension.iter().map(|extension| ("extNo", extension.clone())));
    Operation { function: Function::Send, fields, carries: batch::carried(group) }
}

/// What an answer says of every message of its call. Where it counts failures among several, it does not say which: all
/// are uncertain, and receipts will tell.
fn read(client: &Client, answer: &Result<Response, SendError>, messages: usize) -> Outcome {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return outcome::from_send_error(error),
    };
    let body = response.json();
    let words = json::text(&body, "replyMsg").unwrap_or_default();
    let count = |key: &str| json::integer(&body, key).unwrap_or(0);
    match json::text(&body, "replyCode").as_deref() {
        Some(TAKEN) if count("failedNum") == 0 => accepted(&body, messages),
        Some(REFUSED) if count("succeedNum") == 0 => {
            errors::outcome(&client.config, &words, Context::of(client.gateway.now(), messages))
        }
        Some(code @ (TAKEN | REFUSED)) => outcome::uncertain(outcome::cause(format!("{code}-in-part"), words)),
        _ => outcome::from_status(response),
    }
}

/// What is charged is the call's, so it is one message's only where that was alone.
fn accepted(body: &Value, messages: usize) -> Outcome {
    let alone = messages == 1;
    let segments = json::integer(body, "chargCount").and_then(|count| u32::try_from(count).ok());
    let price = json::integer(body, "deduction").map(|li| Amount { value: money(li), unit: "CNY".into() });
    Outcome::Accepted(Accepted {
        upstream_id: None,
        segments: segments.filter(|&segments| alone && segments > 0),
        price: price.filter(|_| alone),
    })
}

fn abroad() -> Outcome {
    let cause = outcome::cause("not-mainland", "Lexin sends to mainland numbers only");
    outcome::rejected(Rejection::Unroutable, true, cause)
}

fn is_mainland(message: &Message) -> bool {
    number::is_mainland(number::domestic(&message.recipient))
}

#[cfg(test)]
mod tests;
