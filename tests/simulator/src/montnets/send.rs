//! Sends of one text: to one number, to many, or by template. Different texts are in `many`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::answer::refusal;
use super::charset::Charset;
use super::options::MontnetsOptions;
use super::request::{Fields, text_of};
use crate::segments;
use crate::template::Mismatch;
use crate::wire::{Refusal, Submission, Text};

/// The most numbers for one text.
const NUMBERS: usize = 1_000;
/// The most characters of a text, its sign name included.
const CHARACTERS: usize = 1_000;

/// One text to one number.
pub(super) fn read_single(fields: &Fields<'_>, options: &MontnetsOptions) -> Result<Submission, Refusal> {
    let number = fields.get("mobile").ok_or_else(bad_number)?;
    if form_of(&number).is_none() {
        return Err(bad_number());
    }
    let text = Text { number, ..read_text(&fields.all, fields.charset(options))? };
    Ok(submission(vec![text], options))
}

/// One text to many numbers.
pub(super) fn read_batch(fields: &Fields<'_>, options: &MontnetsOptions) -> Result<Submission, Refusal> {
    let numbers = read_numbers(fields, NUMBERS)?;
    let model = read_text(&fields.all, fields.charset(options))?;
    Ok(submission(numbers.iter().map(|number| to(number, &model)).collect(), options))
}

/// A template of the provider's, with parameters `P1=…&P2=…` that are encoded one by one and then as a whole.
pub(super) fn read_template(fields: &Fields<'_>, options: &MontnetsOptions) -> Result<Submission, Refusal> {
    let numbers = read_numbers(fields, NUMBERS)?;
    let code = fields.get("tmplid").filter(|code| code.len() <= 20);
    let code = code.ok_or_else(|| refusal("-100058", "tmplid不正确"))?;
    let charset = fields.charset(options);
    let whole = decoded(&fields.all, charset)?;
    let mut params = Map::new();
    for (index, pair) in whole.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        let value = pair.strip_prefix(&format!("P{}=", index + 1)).and_then(|value| charset.decode(value));
        let value = value.ok_or_else(|| refusal("-100059", "模板参数不正确"))?;
        params.insert(format!("P{}", index + 1), value.into());
    }
    let values: Vec<String> = params.values().filter_map(Value::as_str).map(str::to_owned).collect();
    let content = options.templates.render(&code, &values).map_err(|mismatch| match mismatch {
        Mismatch::Unknown => refusal("-100058", "模板不存在"),
        Mismatch::ParameterCount => refusal("-100059", "模板参数个数不正确"),
    })?;
    let model = Text {
        template: code.into(),
        params: Value::from(params).to_string().into(),
        parts: content.as_deref().map_or(1, segments::mainland),
        content: content.map(Into::into),
        ..read_references(&fields.all)?
    };
    Ok(submission(numbers.iter().map(|number| to(number, &model)).collect(), options))
}

pub(super) fn submission(texts: Vec<Text>, options: &MontnetsOptions) -> Submission {
    Submission { texts, sender: Some(options.sender.as_str().into()), ..Submission::default() }
}

/// A list of numbers. One that is none is taken all the same, and its receipt tells; but local and `00` numbers do not mix.
pub(super) fn read_numbers(fields: &Fields<'_>, most: usize) -> Result<Vec<String>, Refusal> {
    let list = fields.get("mobile").ok_or_else(bad_number)?;
    let numbers: Vec<String> = list.split(',').map(str::to_owned).collect();
    if numbers.len() > most {
        return Err(refusal("-100014", format!("号码数超过{most}")));
    }
    let mut forms = numbers.iter().filter_map(|number| form_of(number));
    let first = forms.next();
    if forms.any(|form| Some(form) != first) { Err(bad_number()) } else { Ok(numbers) }
}

/// The same text to this number.
pub(super) fn to(number: &str, model: &Text) -> Text {
    let doom = form_of(number).is_none().then(|| "MBINVALID".into());
    Text { number: number.to_owned(), doom, ..model.clone() }
}

/// A text and its references, of a request or of one item of it.
pub(super) fn read_text(fields: &Map<String, Value>, charset: Charset) -> Result<Text, Refusal> {
    let content = decoded(fields, charset)?;
    with_content(read_references(fields)?, content)
}

pub(super) fn with_content(text: Text, content: String) -> Result<Text, Refusal> {
    if content.chars().count() > CHARACTERS {
        return Err(refusal("-100011", format!("短信内容超过{CHARACTERS}字")));
    }
    Ok(Text { parts: segments::mainland(&content), content: Some(content.into()), ..text })
}

/// What receipts and inbound texts carry back.
pub(super) fn read_references(fields: &Map<String, Value>) -> Result<Text, Refusal> {
    let get = |name: &str| fields.get(name).and_then(text_of);
    let checked = |name: &str, code: &str, fits: fn(&str) -> bool| -> Result<Option<Arc<str>>, Refusal> {
        let value = get(name);
        let is_good = value.as_deref().is_none_or(fits);
        if is_good { Ok(value.map(Into::into)) } else { Err(refusal(code, format!("{name}不正确"))) }
    };
    checked("svrtype", "-100252", |text| text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
    Ok(Text {
        out_id: checked("custid", "-100004", |text| text.len() <= 64 && text.bytes().all(is_of_reference))?,
        extra: checked("exdata", "-100004", |text| text.len() <= 64)?,
        // Which code a wrong extension has is not documented.
        extend_code: checked("exno", "-100093", |text| {
            text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit())
        })?,
        ..Text::default()
    })
}

fn is_of_reference(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn decoded(fields: &Map<String, Value>, charset: Charset) -> Result<String, Refusal> {
    let encoded = fields.get("content").and_then(text_of).ok_or_else(|| refusal("-100106", "短信内容为空"))?;
    decode(&encoded, charset)
}

/// Which code wrongly encoded content has is not documented; that it cannot be parsed is the nearest.
pub(super) fn decode(encoded: &str, charset: Charset) -> Result<String, Refusal> {
    charset.decode(encoded).ok_or_else(|| refusal("-100098", "短信内容编码不正确"))
}

/// Whether a number is local or begins with `00`; `None` for what is none.
pub(super) fn form_of(number: &str) -> Option<bool> {
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let local = matches!(number.as_bytes(), [b'1', b'3'..=b'9', ..] if number.len() == 11);
    let foreign =
        number.strip_prefix("00").is_some_and(|rest| (6..=15).contains(&rest.len()) && !rest.starts_with('0'));
    (digits && (local || foreign)).then_some(foreign)
}

fn bad_number() -> Refusal {
    refusal("-100012", "手机号不合法")
}
