//! A send: a text in full or by template, to some numbers.

use serde_json::Value;

use super::answer::refusal;
use super::request::Fields;
use crate::segments;
use crate::wire::{ReceiptsTo, Refusal, Submission, Text};

const NUMBERS: usize = 100;

/// Reads and checks it.
pub(super) fn read(fields: &Fields) -> Result<Submission, Refusal> {
    let numbers = fields.list("to").filter(|numbers| !numbers.is_empty());
    let numbers = numbers.ok_or_else(|| refusal("bad_request", "to is missing"))?;
    if numbers.len() > NUMBERS {
        return Err(refusal("too_many", format!("at most {NUMBERS} numbers are possible")));
    }
    if let Some(number) = numbers.iter().find(|number| !is_number(number)) {
        return Err(refusal("bad_number", format!("{number} is no number")));
    }
    let (text, template) = (fields.text("text"), fields.text("template"));
    if text.is_some() == template.is_some() {
        return Err(refusal("bad_request", "either text or template"));
    }
    let params = fields.value("params")?.unwrap_or(Value::Null);
    let owned = |name| fields.text(name).map(Into::into);
    let model = Text {
        template: template.unwrap_or_default().into(),
        sign_name: fields.text("sign").unwrap_or_default().into(),
        params: params.to_string().into(),
        content: text.map(Into::into),
        extend_code: owned("extension"),
        out_id: owned("ref"),
        parts: text.map_or(1, segments::mainland),
        ..Text::default()
    };
    Ok(Submission {
        texts: numbers.into_iter().map(|number| Text { number, ..model.clone() }).collect(),
        sender: owned("from"),
        receipts_to: owned("callback").map_or(ReceiptsTo::Account, ReceiptsTo::Url),
    })
}

fn is_number(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}
