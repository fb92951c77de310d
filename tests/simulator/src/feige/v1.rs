//! The first generation: forms in, capital letters out, and numbers that are no good dropped with a count.

use serde_json::json;

use super::options::FeigeOptions;
use super::request::Fields;
use super::send::{BETWEEN, is_mainland, read_content, read_numbers, read_template, submission, with_content};
use super::{answer, inbound, receipt};
use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::push::Receipt;
use crate::wire::{Answer, Call, Poll, Provider, Refusal, Sent, Submission, Text};

/// What a dropped number's refusal is called here; the answer tells no codes.
const INVALID: &str = "invalid";
/// A test may call it this, to be counted as black.
const BLACK: &str = "black";

pub(super) fn read_call(fields: &Fields<'_>, account: &Account) -> Result<Call, Refusal> {
    let options: FeigeOptions = account.options();
    match fields.path {
        "/SmsService/Send" => send(fields, &options, read_content(fields, ("SignId", "Content"), &options)),
        "/SmsService/Template" => {
            // The one code of this generation that is known, apart from success.
            fields.required("TemplateId").map_err(|_| answer::refusal("10008", "模板Id不能为空"))?;
            send(fields, &options, read_template(fields, ("TemplateId", "SignId", "Content"), BETWEEN, &options))
        }
        "/SmsService/Gx" => read_different(fields, &options).map(Call::Send),
        "/ReportMo/Mo" => {
            Ok(Call::PollInbound(Poll::next(fields.count("Count", 1..=20)?, |texts: Vec<ArrivedText>, _| {
                let list: Vec<_> = texts.iter().map(inbound::old_entry).collect();
                answer::json(&json!({ "Mo": list, "Code": 0, "Message": "OK" }))
            })))
        }
        "/Account/Balance" => {
            let balance =
                answer::json(&json!({ "Balance": receipt::amount(account.balance()), "Code": 0, "Message": "OK" }));
            Ok(Call::Balance(balance))
        }
        _ => Ok(Call::PollReceipts(Poll::next(fields.count("Count", 1..=20)?, |receipts: Vec<Receipt>, _| {
            let list: Vec<_> = receipts.iter().map(receipt::old_entry).collect();
            answer::json(&json!({ "Rep": list, "Code": 0, "Message": "OK" }))
        }))),
    }
}

/// A taken call; which numbers were dropped is not told.
pub(super) fn accepted(sent: &Sent<'_>) -> Answer {
    let count = |is_meant: fn(&str) -> bool| {
        sent.texts.iter().filter(|text| text.refusal.as_deref().is_some_and(is_meant)).count()
    };
    let (black, invalid) = (count(|code| code == BLACK), count(|code| code != BLACK));
    answer::json(&json!({
        "SendId": Provider::Feige.wire().provider_id(sent.call.id, 0),
        "InvalidCount": invalid,
        "SuccessCount": sent.texts.len() - black - invalid,
        "BlackCount": black,
        "Code": 0,
        "Message": "OK",
    }))
}

pub(super) fn refused(refusal: &Refusal) -> Answer {
    let (code, message) = (answer::number(&refusal.code), &refusal.message);
    let body = json!({ "SendId": "", "InvalidCount": 0, "SuccessCount": 0, "BlackCount": 0, "Code": code, "Message": message });
    Answer { status: refusal.status, ..answer::json(&body) }
}

fn send(fields: &Fields<'_>, options: &FeigeOptions, model: Result<Text, Refusal>) -> Result<Call, Refusal> {
    let numbers = read_numbers(&fields.required("Mobile")?, options)?;
    let model = Text { extend_code: fields.get("ExtNo").map(Into::into), ..model? };
    let mut submission = submission(numbers, &model);
    submission.texts.iter_mut().for_each(drop_invalid);
    Ok(Call::Send(submission))
}

/// Each number with a text of its own (个信).
fn read_different(fields: &Fields<'_>, options: &FeigeOptions) -> Result<Submission, Refusal> {
    let (content, sign) = (fields.required("Content")?, fields.required("SignId")?);
    let groups: Vec<&str> = content.split("#@@#").collect();
    read_numbers(&",".repeat(groups.len() - 1), options)?;
    let text = |group: &&str| {
        let (content, number) =
            group.split_once("#@#").ok_or_else(|| answer::refusal(answer::WRONG, "内容格式不正确"))?;
        let mut text = Text { number: number.to_owned(), ..with_content(content.to_owned(), &sign, options)? };
        drop_invalid(&mut text);
        Ok(text)
    };
    Ok(Submission { texts: groups.iter().map(text).collect::<Result<_, _>>()?, ..Submission::default() })
}

fn drop_invalid(text: &mut Text) {
    if !is_mainland(&text.number) {
        text.refusal = Some(INVALID.into());
    }
}
