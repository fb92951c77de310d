//! Handing messages over: `batchSendSms` where all say the same, `batchSendDiffSms` where they do not. Each number has
//! a status of its own in the answer.

use jixinda_plugin_kit::http::{Response, SendError};
use jixinda_plugin_kit::json::compact;
use jixinda_plugin_kit::types::{Accepted, Batch, Message, Outcome, Rejection};
use jixinda_plugin_kit::{encoding, json, number, outcome, receipt};
use serde::Serialize;
use serde_json::Value;

use crate::client::{Client, Operation};
use crate::errors::{self, OK};

/// A body of `batchSendDiffSms` may have 64 KB.
const MAX_DIFF_BODY: usize = 60_000;

/// The body of `batchSendDiffSms`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Diff<'a> {
    from: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_callback: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extend: Option<&'a str>,
    sms_content: Vec<Content<'a>>,
}

/// What one number gets.
#[derive(Serialize, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    to: [&'a str; 1],
    template_id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    template_paras: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a str>,
}

/// A message that can be sent, with all that a request says of it.
#[derive(Clone)]
struct Ready<'a> {
    index: u32,
    id: &'a str,
    from: &'a str,
    content: Content<'a>,
}

pub fn send(client: &Client, batch: &Batch, messages: &[Message]) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(messages.len());
    let mut ready = Vec::with_capacity(messages.len());
    for (index, message) in (0..).zip(messages) {
        // Overwritten by the answer of the request that carries it.
        outcomes.push(match prepare(client, index, message) {
            Ok(it) => {
                ready.push(it);
                outcome::uncertain(outcome::cause("not-asked", ""))
            }
            Err(refused) => refused,
        });
    }
    let operations = operations(client, batch, &ready);
    for (operation, answer) in operations.iter().zip(client.call_all(&operations)) {
        let carried: Vec<&Message> = operation.carries.iter().map(|&index| &messages[index as usize]).collect();
        let told = read(client, &answer, &carried);
        for (&index, outcome) in operation.carries.iter().zip(told) {
            outcomes[index as usize] = outcome;
        }
    }
    outcomes
}

/// Without a template or a channel number nothing can leave.
fn prepare<'a>(client: &'a Client, index: u32, message: &'a Message) -> Result<Ready<'a>, Outcome> {
    let missing = |reason, code: &str, detail: &str| outcome::rejected(reason, true, outcome::cause(code, detail));
    let template_id = message.template_code.as_deref().filter(|code| !code.is_empty()).ok_or_else(|| {
        missing(Rejection::BadTemplate, "no-template-code", "this channel's template binding has no code")
    })?;
    let from = client.config.sender_of(message).ok_or_else(|| {
        missing(
            Rejection::BadSignName,
            "no-sender",
            "neither the sign name's binding nor the account has a channel number",
        )
    })?;
    let signature = client.config.send_sign_name.then_some(message.sign_name.as_str()).filter(|name| !name.is_empty());
    let template_paras = message.params.iter().map(|(_, value)| value.as_str()).collect();
    let content = Content { to: [&message.recipient], template_id, template_paras, signature };
    Ok(Ready { index, id: &message.id, from, content })
}

/// `limits.same` promises one channel number; if there are several after all, each gets requests of its own.
fn operations(client: &Client, batch: &Batch, ready: &[Ready]) -> Vec<Operation> {
    let mut operations = Vec::new();
    let mut rest = ready.to_vec();
    while let Some(from) = rest.first().map(|it| it.from) {
        let (group, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|it| it.from == from);
        rest = others;
        let says_same = |it: &Ready| Content { to: group[0].content.to, ..it.content.clone() } == group[0].content;
        if group.iter().all(says_same) {
            operations.push(same_text(client, batch, &group));
        } else {
            operations.extend(by_size(&group).into_iter().map(|part| different_texts(client, batch, part)));
        }
    }
    operations
}

fn same_text(client: &Client, batch: &Batch, group: &[Ready]) -> Operation {
    let (first, extend) = (&group[0], reference(group, batch));
    let numbers: Vec<&str> = group.iter().map(|it| it.content.to[0]).collect();
    let mut fields = vec![("from", first.from.to_owned()), ("to", numbers.join(","))];
    fields.push(("templateId", first.content.template_id.to_owned()));
    if !first.content.template_paras.is_empty() {
        fields.push(("templateParas", compact(&first.content.template_paras)));
    }
    fields.extend(client.callback_url.iter().map(|url| ("statusCallback", url.clone())));
    fields.push(("extend", extend.to_owned()));
    fields.extend(first.content.signature.map(|signature| ("signature", signature.to_owned())));
    Operation {
        path: "/sms/batchSendSms/v1",
        content_type: "application/x-www-form-urlencoded",
        body: encoding::form(fields),
        carries: group.iter().map(|it| it.index).collect(),
    }
}

fn different_texts(client: &Client, batch: &Batch, group: &[Ready]) -> Operation {
    let body = compact(&Diff {
        from: group[0].from,
        status_callback: client.callback_url.as_deref(),
        extend: Some(reference(group, batch)),
        sms_content: group.iter().map(|it| it.content.clone()).collect(),
    });
    let carries = group.iter().map(|it| it.index).collect();
    Operation { path: "/sms/batchSendDiffSms/v1", content_type: "application/json", body, carries }
}

/// Parts whose bodies stay below the limit; what surrounds the contents is far below a kilobyte.
fn by_size<'a, 'b>(group: &'a [Ready<'b>]) -> Vec<&'a [Ready<'b>]> {
    let (mut parts, mut start, mut size) = (Vec::new(), 0, 1_000);
    for (index, it) in group.iter().enumerate() {
        let more = compact(&it.content).len() + 1;
        if size + more > MAX_DIFF_BODY && index > start {
            parts.push(&group[start..index]);
            (start, size) = (index, 1_000);
        }
        size += more;
    }
    parts.push(&group[start..]);
    parts
}

fn reference<'a>(group: &[Ready<'a>], batch: &'a Batch) -> &'a str {
    receipt::reference(&group.iter().map(|it| it.id).collect::<Vec<_>>(), &batch.id)
}

/// What an answer says of each message that the request carried.
fn read(client: &Client, answer: &Result<Response, SendError>, carried: &[&Message]) -> Vec<Outcome> {
    let now = client.gateway.now();
    let body = answer.as_ref().map(Response::json).unwrap_or_default();
    if json::text(&body, "code").as_deref() == Some("E000105") {
        errors::suggest_other_digest(client.gateway);
    }
    let of_request = errors::of_request(answer, &body, carried.len(), now);
    let of_message = |message: &&Message| match status_of(&body, &message.recipient) {
        Some((OK, element)) => accepted(element),
        Some((status, _)) => errors::of_number(status, now),
        None => of_request.clone(),
    };
    carried.iter().map(of_message).collect()
}

/// The status of one number; of several, the happiest, for one accepted copy is out.
fn status_of<'a>(body: &'a Value, recipient: &str) -> Option<(&'a str, &'a Value)> {
    let of_number = |element: &&Value| {
        json::text(element, "originTo").and_then(|written| number::e164(&written)).as_deref() == Some(recipient)
    };
    let statuses: Vec<_> = json::items(body, "result")
        .iter()
        .filter(of_number)
        .filter_map(|element| Some((element.get("status")?.as_str().filter(|status| !status.is_empty())?, element)))
        .collect();
    statuses.iter().find(|(status, _)| *status == OK).or(statuses.first()).copied()
}

fn accepted(element: &Value) -> Outcome {
    let segments = json::integer(element, "total").and_then(|total| u32::try_from(total).ok());
    Outcome::Accepted(Accepted { upstream_id: json::text(element, "smsMsgId"), segments, price: None })
}

#[cfg(test)]
mod tests;
