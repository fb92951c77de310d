//! What the sends of both generations share: numbers, sign names and templates.

use serde_json::json;

use super::answer::{self, TOO_MANY, WRONG};
use super::options::FeigeOptions;
use super::request::Fields;
use crate::segments;
use crate::wire::{Refusal, Submission, Text};

/// Variables of a template have this between them.
pub(super) const BETWEEN: &str = "||";
/// And those of an international one this.
pub(super) const BETWEEN_ABROAD: &str = "|";

/// The numbers of a list, whether or not they are any.
pub(super) fn read_numbers(list: &str, options: &FeigeOptions) -> Result<Vec<String>, Refusal> {
    let numbers: Vec<String> = list.split(',').map(str::to_owned).collect();
    if numbers.len() > options.most_numbers {
        return Err(answer::refusal(TOO_MANY, format!("at most {} numbers are possible", options.most_numbers)));
    }
    Ok(numbers)
}

/// A text in full, without a sign name, which is chosen by id.
pub(super) fn read_content(fields: &Fields<'_>, names: (&str, &str), options: &FeigeOptions) -> Result<Text, Refusal> {
    let (sign, content) = names;
    with_content(fields.required(content)?, &fields.required(sign)?, options)
}

/// The same for a text that is already at hand.
pub(super) fn with_content(content: String, sign: &str, options: &FeigeOptions) -> Result<Text, Refusal> {
    let parts = segments::mainland(&format!("【{}】{content}", sign_name(sign, options)?));
    Ok(Text { sign_name: sign.into(), content: Some(content.into()), parts, ..Text::default() })
}

/// A template by id; the content has its variables only.
pub(super) fn read_template(
    fields: &Fields<'_>,
    names: (&str, &str, &str),
    between: &str,
    options: &FeigeOptions,
) -> Result<Text, Refusal> {
    let (template, sign, content) = names;
    let code = fields.required(template)?;
    let sign = fields.required(sign)?;
    let name = sign_name(&sign, options)?;
    let params: Vec<String> = match fields.get(content) {
        Some(content) => content.split(between).map(str::to_owned).collect(),
        None => Vec::new(),
    };
    check_id(&code)?;
    let text = options.templates.render(&code, &params);
    let text = text.map_err(|_| answer::refusal(WRONG, "模板或变量个数不正确"))?;
    Ok(Text {
        template: code.into(),
        sign_name: sign.into(),
        params: json!(params).to_string().into(),
        parts: text.as_ref().map_or(1, |text| segments::mainland(&format!("【{name}】{text}"))),
        content: text.map(Into::into),
        ..Text::default()
    })
}

pub(super) fn submission(numbers: Vec<String>, model: &Text) -> Submission {
    let texts = numbers.into_iter().map(|number| Text { number, ..model.clone() });
    Submission { texts: texts.collect(), ..Submission::default() }
}

pub(super) fn is_mainland(number: &str) -> bool {
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    digits && matches!(number.as_bytes(), [b'1', b'3'..=b'9', ..] if number.len() == 11)
}

/// Empty where the account lists no sign names: then their lengths are not known either.
fn sign_name<'o>(id: &str, options: &'o FeigeOptions) -> Result<&'o str, Refusal> {
    check_id(id)?;
    match options.signs.get(id) {
        Some(name) => Ok(name),
        None if options.signs.is_empty() => Ok(""),
        None => Err(answer::refusal(WRONG, "签名不存在")),
    }
}

fn check_id(id: &str) -> Result<(), Refusal> {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Ok(()) } else { Err(answer::refusal(WRONG, "an id is a number")) }
}
