//! `QuerySendDetails`: what became of the texts to one number on one day.

use serde_json::{Value, json};

use super::answer;
use super::request::Rpc;
use crate::clock::now_ms;
use crate::dates;
use crate::dice::Dice;
use crate::memory::ReceivedText;
use crate::wire::{Answer, Asked, Lookup, Refusal};
use crate::world::World;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The most rows on a page.
const PAGE_LIMIT: usize = 50;

/// What is asked of the texts to a number.
struct Question {
    /// From this time (UTC milliseconds) for 24 hours.
    day_from_ms: i64,
    biz_id: Option<String>,
    page_size: usize,
    /// From 1.
    page: usize,
}

/// Reads the question.
pub(super) fn read(rpc: &Rpc<'_>) -> Result<Lookup, Refusal> {
    let number = rpc.required("PhoneNumber")?;
    let number = super::number::plain(number)
        .ok_or_else(|| answer::service("isv.MOBILE_NUMBER_ILLEGAL", format!("{number} is no phone number")))?;
    let day = rpc.required("SendDate")?;
    let question = Question {
        day_from_ms: dates::parse_day(day).ok_or_else(|| invalid("SendDate", "is written yyyyMMdd"))?,
        biz_id: rpc.param("BizId").map(str::to_owned),
        page_size: count(rpc, "PageSize")
            .filter(|size| *size <= PAGE_LIMIT)
            .ok_or_else(|| invalid("PageSize", "is 1 to 50"))?,
        page: count(rpc, "CurrentPage").ok_or_else(|| invalid("CurrentPage", "counts from 1"))?,
    };
    let answer = move |texts, world: &World| found(&question, texts, &world.dice);
    Ok(Lookup { of: Asked::Number(number.to_owned()), answer: Box::new(answer) })
}

/// Answers it, newest text first.
fn found(question: &Question, mut texts: Vec<ReceivedText>, dice: &Dice) -> Answer {
    texts.retain(|text| is_asked_for(question, text));
    texts.reverse();
    let now = now_ms();
    let total = texts.len();
    let page = texts.iter().skip((question.page - 1).saturating_mul(question.page_size)).take(question.page_size);
    let rows: Vec<Value> = page.map(|text| row(text, now)).collect();
    answer::ok(json!({ "TotalCount": total, "SmsSendDetailDTOs": { "SmsSendDetailDTO": rows } }), dice)
}

fn is_asked_for(question: &Question, text: &ReceivedText) -> bool {
    let is_that_day = (0..DAY_MS).contains(&(text.at_ms - question.day_from_ms));
    is_that_day && (question.biz_id.is_none() || question.biz_id == text.biz_id)
}

fn row(text: &ReceivedText, now: i64) -> Value {
    let mut row = json!({
        "PhoneNum": text.number,
        "TemplateCode": text.template,
        "Content": format!("【{}】{}", text.sign_name, text.params),
        "SendDate": dates::local(text.at_ms),
        "SendStatus": 1,
    });
    if let Some(out_id) = &text.out_id {
        row["OutId"] = out_id.as_str().into();
    }
    if text.report_at_ms <= now {
        row["SendStatus"] = if text.err_code.is_some() { 2 } else { 3 }.into();
        row["ErrCode"] = text.err_code.as_deref().unwrap_or("DELIVERED").into();
        row["ReceiveDate"] = dates::local(text.report_at_ms).into();
    }
    row
}

fn count(rpc: &Rpc<'_>, name: &str) -> Option<usize> {
    rpc.param(name)?.parse().ok().filter(|count| *count > 0)
}

fn invalid(name: &str, rule: &str) -> Refusal {
    answer::service("isv.INVALID_PARAMETERS", format!("{name} {rule}"))
}
