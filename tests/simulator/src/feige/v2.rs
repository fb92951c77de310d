//! The second generation: JSON in and out.

use serde_json::{Value, json};

use super::options::FeigeOptions;
use super::request::Fields;
use super::send::{BETWEEN, BETWEEN_ABROAD, is_mainland, read_content, read_numbers, read_template, submission};
use super::{answer, inbound, receipt};
use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::push::Receipt;
use crate::wire::{Answer, Call, Poll, Provider, Refusal, Sent, Text};

pub(super) fn read_call(fields: &Fields<'_>, account: &Account) -> Result<Call, Refusal> {
    let options: FeigeOptions = account.options();
    let template = ("template_id", "sign_id", "content");
    let list = options.list.as_str();
    match fields.path {
        "/sms/send" => send(fields, &options, is_mainland, read_content(fields, ("sign_id", "content"), &options)),
        "/sms/template" => send(fields, &options, is_mainland, read_template(fields, template, BETWEEN, &options)),
        "/inter/send" => send(fields, &options, is_foreign, read_template(fields, template, BETWEEN_ABROAD, &options)),
        "/sms/mo" => {
            Ok(Call::PollInbound(Poll::next(fields.count("count", 10..=200)?, move |texts: Vec<ArrivedText>, _| {
                waiting(list, answer::NO_INBOUND, texts.iter().map(inbound::entry).collect())
            })))
        }
        "/balance/balance" => {
            let balance = receipt::amount(account.balance());
            Ok(Call::Balance(answer::json(&json!({ "code": 0, "msg": "OK", "balance": balance }))))
        }
        _ => Ok(Call::PollReceipts(Poll::next(fields.count("count", 10..=200)?, move |receipts: Vec<Receipt>, _| {
            waiting(list, answer::NO_RECEIPTS, receipts.iter().map(receipt::entry).collect())
        }))),
    }
}

/// A taken call. That `count` is of billed parts is assumed.
pub(super) fn accepted(sent: &Sent<'_>) -> Answer {
    let parts: u32 = sent.texts.iter().filter(|text| text.refusal.is_none()).map(|text| text.parts).sum();
    let fee = f64::from(parts * 3) / 100.0;
    let msg_no = Provider::Feige.wire().provider_id(sent.call.id, 0);
    answer::json(&json!({ "code": 0, "msg": "OK", "msg_no": msg_no, "fee": fee, "count": parts }))
}

pub(super) fn refused(refusal: &Refusal) -> Answer {
    let body = json!({ "code": answer::number(&refusal.code), "msg": refusal.message });
    Answer { status: refusal.status, ..answer::json(&body) }
}

fn send(
    fields: &Fields<'_>,
    options: &FeigeOptions,
    is_good: fn(&str) -> bool,
    model: Result<Text, Refusal>,
) -> Result<Call, Refusal> {
    let numbers = read_numbers(&fields.required("mobile")?, options)?;
    if numbers.iter().any(|number| !is_good(number)) {
        return Err(answer::refusal(answer::WRONG, "手机号格式错误"));
    }
    Ok(Call::Send(submission(numbers, &model?)))
}

/// Country code and number, without a plus.
fn is_foreign(number: &str) -> bool {
    (7..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0')
}

/// Nothing waiting is a code of its own.
fn waiting(list: &str, nothing: i64, entries: Vec<Value>) -> Answer {
    if entries.is_empty() {
        return answer::json(&json!({ "code": nothing, "msg": "暂无数据" }));
    }
    answer::json(&json!({ "code": 0, "msg": "OK", list: entries }))
}
