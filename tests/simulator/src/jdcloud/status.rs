//! `statusReport`: what became of one call's texts.

use serde::Deserialize;
use serde_json::{Value, json};

use super::SEQUENCE;
use super::answer::{self, invalid};
use super::options::{JdcloudOptions, Statuses};
use crate::clock::now_ms;
use crate::dates;
use crate::memory::ReceivedText;
use crate::wire::{Asked, Lookup, Refusal};
use crate::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    sequence_number: String,
    phone_list: Option<Vec<String>>,
}

/// A sequence number that was never given finds nothing.
pub(super) fn read(body: &[u8], options: JdcloudOptions) -> Result<Lookup, Refusal> {
    let question: Question = serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))?;
    let call = question.sequence_number.strip_prefix(SEQUENCE).and_then(|call| call.parse().ok()).unwrap_or_default();
    let answer = move |texts: Vec<ReceivedText>, world: &World| {
        let is_asked_for =
            |text: &&ReceivedText| question.phone_list.as_ref().is_none_or(|list| list.contains(&text.number));
        let rows: Vec<Value> = texts.iter().filter(is_asked_for).map(|text| row(text, options.statuses)).collect();
        answer::ok(&rows.into(), &world.dice)
    };
    Ok(Lookup { of: Asked::Call(call), answer: Box::new(answer) })
}

/// While nothing is known, code and date are empty.
fn row(text: &ReceivedText, statuses: Statuses) -> Value {
    let is_known = text.report_at_ms <= now_ms();
    let status = match &text.err_code {
        _ if !is_known => statuses.pending,
        Some(_) => statuses.failed,
        None => statuses.delivered,
    };
    let code = if is_known { text.err_code.as_deref().unwrap_or("DELIVRD") } else { "" };
    json!({
        "phoneNum": text.number,
        "sequenceNumber": text.biz_id,
        "sendTime": dates::local(text.at_ms),
        "reportTime": if is_known { dates::local(text.report_at_ms) } else { String::new() },
        "status": status,
        "code": code,
        "splitNum": text.parts,
    })
}
