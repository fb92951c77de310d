//! Handing messages over: SendSms for one, SendBatchSms for several. Verification codes always go alone, as
//! the vendor asks, all at once.

use jixinda_plugin_kit::json::{Object, compact};
use jixinda_plugin_kit::types::{Batch, Failure, Message, Outcome, Rejection};
use jixinda_plugin_kit::verdict::Context;
use jixinda_plugin_kit::{json, number, outcome};

use crate::auth::Params;
use crate::client::{Client, Operation, Reply};
use crate::errors;

pub fn send(client: &Client, batch: &Batch, messages: &[Message]) -> Result<Vec<Outcome>, Failure> {
    check_alike(messages)?;
    let calls = calls(batch, messages);
    let replies = client.call_all(&calls);
    let mut outcomes: Vec<Outcome> = messages.iter().map(|_| without_template()).collect();
    for (call, reply) in calls.iter().zip(&replies) {
        let outcome = outcome_of(reply, context(client, call, messages));
        for &index in &call.carries {
            outcomes[index as usize] = outcome.clone();
        }
    }
    Ok(outcomes)
}

/// `limits.same` promises it; a text through a neighbour's template would be worse than none.
fn check_alike(messages: &[Message]) -> Result<(), Failure> {
    let alike =
        |left: &Message, right: &Message| left.template_code == right.template_code && left.category == right.category;
    if messages.windows(2).all(|pair| alike(&pair[0], &pair[1])) {
        return Ok(());
    }
    Err(Failure::Internal("a batch must share template-code and category".into()))
}

/// Messages without a template code are in no call.
fn calls(batch: &Batch, messages: &[Message]) -> Vec<Operation> {
    let indexed: Vec<(u32, &Message)> =
        (0..).zip(messages).filter(|(_, message)| template_code(message).is_some()).collect();
    match indexed.as_slice() {
        [] => Vec::new(),
        [(_, first), _, ..] if first.category != "otp" => vec![together(&batch.id, &indexed)],
        each => each.iter().map(|(index, message)| alone(*index, message)).collect(),
    }
}

fn alone(index: u32, message: &Message) -> Operation {
    let mut params: Params = vec![
        ("PhoneNumbers", number::domestic(&message.recipient).to_owned()),
        ("SignName", sign_name(message).to_owned()),
        ("TemplateCode", template_code(message).unwrap_or_default().to_owned()),
        ("OutId", message.id.clone()),
    ];
    if !message.params.is_empty() {
        params.push(("TemplateParam", compact(&Object(&message.params))));
    }
    if let Some(extension) = &message.extension {
        params.push(("SmsUpExtendCode", extension.clone()));
    }
    Operation { action: "SendSms", params, carries: vec![index] }
}

/// Arrays are matched by index; `OutId` is one for all, so receipts name the batch and the number.
fn together(batch_id: &str, messages: &[(u32, &Message)]) -> Operation {
    let of_each =
        |value: fn(&Message) -> &str| compact(&messages.iter().map(|(_, message)| value(message)).collect::<Vec<_>>());
    let template = messages.first().and_then(|(_, message)| template_code(message)).unwrap_or_default();
    let mut params: Params = vec![
        ("PhoneNumberJson", of_each(|message| number::domestic(&message.recipient))),
        ("SignNameJson", of_each(sign_name)),
        ("TemplateCode", template.to_owned()),
        ("OutId", batch_id.to_owned()),
    ];
    if messages.iter().any(|(_, message)| !message.params.is_empty()) {
        let objects: Vec<_> = messages.iter().map(|(_, message)| Object(&message.params)).collect();
        params.push(("TemplateParamJson", compact(&objects)));
    }
    if messages.iter().any(|(_, message)| message.extension.is_some()) {
        params.push(("SmsUpExtendCodeJson", of_each(|message| message.extension.as_deref().unwrap_or_default())));
    }
    Operation { action: "SendBatchSms", params, carries: messages.iter().map(|(index, _)| *index).collect() }
}

fn outcome_of(reply: &Reply, context: Context) -> Outcome {
    match reply {
        Reply::Answered { code, body, .. } if code == "OK" => outcome::accepted(json::text(body, "BizId")),
        refused => errors::outcome(refused, context),
    }
}

fn context(client: &Client, call: &Operation, messages: &[Message]) -> Context {
    let mut sign_names = call.carries.iter().map(|&index| sign_name(&messages[index as usize]));
    let first = sign_names.next();
    let mixed_sign_names = sign_names.any(|name| Some(name) != first);
    Context { now: client.gateway.now(), messages: call.carries.len(), mixed_sign_names }
}

fn without_template() -> Outcome {
    let cause = outcome::cause("no-template-code", "this channel's template binding has no code");
    outcome::rejected(Rejection::BadTemplate, true, cause)
}

fn template_code(message: &Message) -> Option<&str> {
    message.template_code.as_deref().filter(|code| !code.is_empty())
}

fn sign_name(message: &Message) -> &str {
    message.sign_code.as_deref().filter(|code| !code.is_empty()).unwrap_or(&message.sign_name)
}

#[cfg(test)]
mod tests;
