//! Handing messages over: one call for all that say the same. It answers with one id for all; v1 may drop some of the
//! numbers and says only how many.

use jixinda_plugin_kit::http::{Response, SendError};
use jixinda_plugin_kit::types::{Accepted, Amount, Message, Outcome, Rejection, Uncertain};
use jixinda_plugin_kit::verdict::Context;
use jixinda_plugin_kit::{batch, json, number, outcome};
use serde_json::Value;

use crate::api::{Field, Fields, Function};
use crate::client::{Client, Operation};
use crate::config::Version;
use crate::errors;

/// Stands between the values of a template, where texts are sent within the mainland and abroad.
const SEPARATOR: &str = "||";
const SEPARATOR_ABROAD: &str = "|";

pub fn send(client: &Client, messages: &[Message]) -> Vec<Outcome> {
    let hopeless: Vec<Option<Outcome>> = messages.iter().map(|message| hopeless(client, message)).collect();
    let open = (0..messages.len()).filter(|&place| hopeless[place].is_none());
    // `limits.same` promises one group; a text with a neighbour's values would be worse than two calls.
    let groups = batch::groups(open, |left, right| is_alike(client, &messages[left], &messages[right]));
    let calls: Vec<&[usize]> = groups.iter().flat_map(|group| group.chunks(client.config.max_numbers.max(1))).collect();
    let operations: Vec<Operation> = calls.iter().map(|group| operation(client, messages, group)).collect();
    let mut outcomes: Vec<Outcome> = hopeless.into_iter().map(|told| told.unwrap_or_else(errors::not_asked)).collect();
    for (answer, group) in client.call_all(&operations).iter().zip(calls) {
        let outcome = read(client, answer, group.len());
        for &place in group {
            outcomes[place] = outcome.clone();
        }
    }
    outcomes
}

/// What can be said without asking.
fn hopeless(client: &Client, message: &Message) -> Option<Outcome> {
    let rejected =
        |reason, code: &str, detail: &str| Some(outcome::rejected(reason, true, outcome::cause(code, detail)));
    if client.config.sign_id_of(message).is_none() {
        return rejected(
            Rejection::BadSignName,
            "no-sign-id",
            "neither the sign name's binding nor the account has a sign id",
        );
    }
    if !is_mainland(message) && !client.config.international {
        return rejected(Rejection::Unroutable, "not-mainland", "the account is not set to send abroad");
    }
    let cuts = |value: &str| value.contains(separator(message));
    if has_template(message) && message.params.iter().any(|(_, value)| cuts(value)) {
        return rejected(
            Rejection::Other,
            "separator",
            "a value has what stands between values, and there is no escape",
        );
    }
    None
}

fn is_alike(client: &Client, left: &Message, right: &Message) -> bool {
    client.config.sign_id_of(left) == client.config.sign_id_of(right)
        && left.template_code == right.template_code
        && content(left) == content(right)
        && is_mainland(left) == is_mainland(right)
        && left.extension == right.extension
}

fn operation(client: &Client, messages: &[Message], group: &[usize]) -> Operation {
    let first = &messages[group[0]];
    let numbers: Vec<&str> = group.iter().map(|&place| number::domestic(&messages[place].recipient)).collect();
    let mut fields: Fields = vec![(Field::Content, content(first)), (Field::Mobile, numbers.join(","))];
    if has_template(first) {
        fields.push((Field::TemplateId, first.template_code.clone().unwrap_or_default()));
    }
    fields.push((Field::SignId, client.config.sign_id_of(first).unwrap_or_default().to_owned()));
    fields.extend(first.extension.iter().map(|extension| (Field::Extension, extension.clone())));
    let function = match (is_mainland(first), has_template(first)) {
        (false, _) => Function::Abroad,
        (true, true) => Function::Template,
        (true, false) => Function::Text,
    };
    Operation { function, fields, carries: batch::carried(group) }
}

/// The finished text, or the values of the template.
fn content(message: &Message) -> String {
    if !has_template(message) {
        return message.text.clone();
    }
    message.params.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(separator(message))
}

fn separator(message: &Message) -> &'static str {
    if is_mainland(message) { SEPARATOR } else { SEPARATOR_ABROAD }
}

fn has_template(message: &Message) -> bool {
    message.template_code.as_deref().is_some_and(|code| !code.is_empty())
}

fn is_mainland(message: &Message) -> bool {
    number::is_mainland(number::domestic(&message.recipient))
}

/// What an answer says of every message of its call.
fn read(client: &Client, answer: &Result<Response, SendError>, messages: usize) -> Outcome {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return outcome::from_send_error(error),
    };
    let body = response.json();
    match client.code(&body).as_deref() {
        Some("0") if client.config.api_version == Version::V1 => counted(client, &body, messages),
        Some("0") => accepted(&body, messages),
        Some(code) => {
            let context = Context::of(client.gateway.now(), messages);
            outcome::heeding(errors::outcome(client, code, &body, context), response)
        }
        None => outcome::from_status(response),
    }
}

/// The fee is the call's, so it is one message's only where that was alone.
fn accepted(body: &Value, messages: usize) -> Outcome {
    let fee = json::text(body, "fee").filter(|_| messages == 1);
    let price = fee.map(|value| Amount { value, unit: "CNY".into() });
    Outcome::Accepted(Accepted { upstream_id: json::text(body, "msg_no"), segments: None, price })
}

/// v1 takes a call even if it drops numbers of it, and does not say which.
fn counted(client: &Client, body: &Value, messages: usize) -> Outcome {
    let upstream_id = json::text(body, "SendId");
    let number = |key: &str| json::integer(body, key);
    let (invalid, blocked) = (number("InvalidCount").unwrap_or(0), number("BlackCount").unwrap_or(0));
    if invalid + blocked == 0 && number("SuccessCount") != Some(0) {
        return outcome::accepted(upstream_id);
    }
    let cause = client.cause_of("0", body);
    let all_of = |count: u64| count == messages as u64;
    let none_taken = number("SuccessCount") == Some(0);
    match (none_taken, all_of(invalid), all_of(blocked)) {
        (true, _, true) => outcome::rejected(Rejection::RecipientBlocked, false, cause),
        (true, true, _) => outcome::rejected(Rejection::BadRecipient, false, cause),
        (true, ..) if messages == 1 => outcome::rejected(Rejection::Other, false, cause),
        // Receipts will tell.
        _ => Outcome::Uncertain(Uncertain { upstream_id, cause }),
    }
}

#[cfg(test)]
mod tests;
