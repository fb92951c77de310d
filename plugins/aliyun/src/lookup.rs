//! What became of particular messages: QuerySendDetails, by number and day, page by page.

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::lookup::{Fate, Sent};
use jixinda_plugin_kit::types::{Cause, Receipt, ReceiptStatus};
use jixinda_plugin_kit::{json, number, outcome};
use serde_json::Value;

use crate::client::{Client, Operation, Reply};
use crate::{errors, receipt};

const PAGE_SIZE: u64 = 50;
/// A number that got more than this many texts from us in a day is not asked about further.
const MAX_PAGES: u64 = 4;
/// So close to midnight, Aliyun may have booked the message on the next day.
const NEAR_MIDNIGHT_MS: u64 = 15 * 60 * 1000;

/// One page to ask for.
struct Question {
    message: usize,
    day: String,
    page: u64,
}

/// What a page told.
enum Finding {
    Known(Box<Receipt>),
    Nothing,
    More,
    Unsettled(Cause),
}

pub fn query(client: &Client, messages: &[Sent]) -> Vec<Fate> {
    let mut fates: Vec<Option<Fate>> = messages.iter().map(|_| None).collect();
    let mut open: Vec<Question> = messages.iter().enumerate().flat_map(first_questions).collect();
    while !open.is_empty() {
        let operations: Vec<_> = open.iter().map(|question| operation(question, &messages[question.message])).collect();
        let mut next = Vec::new();
        for (question, reply) in open.into_iter().zip(client.call_all(&operations)) {
            let fate = &mut fates[question.message];
            match find(&messages[question.message], &question, &reply, client.config.receipt_zone()) {
                Finding::Known(receipt) => *fate = Some(Fate::Known(*receipt)),
                Finding::Unsettled(cause) => _ = fate.get_or_insert(Fate::Unsettled(cause)),
                Finding::More => next.push(Question { page: question.page + 1, ..question }),
                Finding::Nothing => {}
            }
        }
        next.retain(|question| fates[question.message].is_none());
        open = next;
    }
    fates.into_iter().map(|fate| fate.unwrap_or(Fate::Absent)).collect()
}

fn first_questions((message, sent): (usize, &Sent)) -> impl Iterator<Item = Question> {
    let mut days = vec![Zone::CHINA.format_day(sent.at)];
    if Zone::CHINA.until_next_day(sent.at) <= NEAR_MIDNIGHT_MS {
        days.push(Zone::CHINA.format_day(sent.at + NEAR_MIDNIGHT_MS));
    }
    days.into_iter().map(move |day| Question { message, day, page: 1 })
}

fn operation(question: &Question, sent: &Sent) -> Operation {
    let mut params = vec![
        ("PhoneNumber", number::domestic(&sent.recipient).to_owned()),
        ("SendDate", question.day.clone()),
        ("PageSize", PAGE_SIZE.to_string()),
        ("CurrentPage", question.page.to_string()),
    ];
    if let Some(upstream_id) = &sent.upstream_id {
        params.push(("BizId", upstream_id.clone()));
    }
    Operation { action: "QuerySendDetails", params, carries: Vec::new() }
}

fn find(sent: &Sent, question: &Question, reply: &Reply, zone: Zone) -> Finding {
    let body = match reply {
        Reply::Answered { code, body, .. } if code == "OK" => body,
        other => return Finding::Unsettled(errors::cause_of(other)),
    };
    let rows = body["SmsSendDetailDTOs"]["SmsSendDetailDTO"].as_array().map(Vec::as_slice).unwrap_or_default();
    // A message that was tried twice has two rows: the happier one is its fate.
    let best = rows.iter().filter(|row| is_of(row, sent)).max_by_key(|row| happiness(row));
    if let Some(row) = best {
        return Finding::Known(Box::new(receipt_of(row, sent, zone)));
    }
    let total = json::integer(body, "TotalCount").unwrap_or(rows.len() as u64);
    if total <= question.page * PAGE_SIZE || rows.is_empty() {
        Finding::Nothing
    } else if question.page < MAX_PAGES {
        Finding::More
    } else {
        Finding::Unsettled(outcome::cause("too-many-pages", "more details than can be searched"))
    }
}

/// By the message's id, by its batch's id, or by the BizId that was asked for.
fn is_of(row: &Value, sent: &Sent) -> bool {
    let same_number = json::text(row, "PhoneNum")
        .and_then(|written| number::e164(&written))
        .is_none_or(|number| number::domestic(&number) == number::domestic(&sent.recipient));
    let out_id = json::text(row, "OutId").unwrap_or_default();
    same_number && (out_id == sent.id || out_id == sent.batch.id || sent.upstream_id.is_some())
}

fn happiness(row: &Value) -> u8 {
    match status(row) {
        ReceiptStatus::Delivered => 2,
        ReceiptStatus::Enroute => 1,
        _ => 0,
    }
}

fn status(row: &Value) -> ReceiptStatus {
    match json::integer(row, "SendStatus") {
        Some(1) => ReceiptStatus::Enroute,
        Some(2) => receipt::failed(json::text(row, "ErrCode").as_deref()),
        Some(3) => ReceiptStatus::Delivered,
        _ => ReceiptStatus::Unknown,
    }
}

fn receipt_of(row: &Value, sent: &Sent, zone: Zone) -> Receipt {
    Receipt {
        upstream_id: sent.upstream_id.clone(),
        message_id: Some(sent.id.clone()),
        serial: None,
        batch_id: None,
        batch_serial: None,
        recipient: Some(sent.recipient.clone()),
        part: None,
        status: status(row),
        cause: json::text(row, "ErrCode").map(|code| outcome::cause(code, "")),
        at: json::text(row, "ReceiveDate").and_then(|time| zone.parse_instant(&time)),
        segments: None,
        price: None,
    }
}

#[cfg(test)]
mod tests;
