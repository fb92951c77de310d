//! Sends of different texts: as a list of items, or as two lists with commas between.

use serde_json::{Map, Value};

use super::answer::refusal;
use super::options::MontnetsOptions;
use super::request::{Fields, text_of};
use super::send::{decode, read_numbers, read_references, read_text, submission, to, with_content};
use crate::wire::{Refusal, Submission};

/// The most texts in one request.
const TEXTS: usize = 500;

/// Items with a number, a text and references of their own. In a form the list is a text of JSON.
pub(super) fn read_multi(fields: &Fields<'_>, options: &MontnetsOptions) -> Result<Submission, Refusal> {
    let list = match fields.all.get("multimt") {
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        list => list.cloned(),
    };
    let items: Option<Vec<Map<String, Value>>> = list.and_then(|list| serde_json::from_value(list).ok());
    let items = items.ok_or_else(|| refusal("-100091", "multimt不能解析"))?;
    check_count(items.len())?;
    let charset = fields.charset(options);
    let text = |item: &Map<String, Value>| {
        let number = item.get("mobile").and_then(text_of).unwrap_or_default();
        Ok(to(&number, &read_text(item, charset)?))
    };
    Ok(submission(items.iter().map(text).collect::<Result<_, _>>()?, options))
}

/// The nth text goes to the nth number; commas within a text are encoded.
pub(super) fn read_mixed(fields: &Fields<'_>, options: &MontnetsOptions) -> Result<Submission, Refusal> {
    let numbers = read_numbers(fields, TEXTS)?;
    let contents = fields.get("content").ok_or_else(|| refusal("-100106", "短信内容为空"))?;
    let contents: Vec<&str> = contents.split(',').collect();
    if contents.len() != numbers.len() {
        return Err(refusal("-100060", "号码与内容个数不一致"));
    }
    let (model, charset) = (read_references(&fields.all)?, fields.charset(options));
    let text =
        |(number, content): (&String, &&str)| Ok(to(number, &with_content(model.clone(), decode(content, charset)?)?));
    Ok(submission(numbers.iter().zip(&contents).map(text).collect::<Result<_, _>>()?, options))
}

fn check_count(count: usize) -> Result<(), Refusal> {
    match count {
        0 => Err(refusal("-100091", "multimt为空")),
        count if count > TEXTS => Err(refusal("-100014", format!("短信条数超过{TEXTS}"))),
        _ => Ok(()),
    }
}
