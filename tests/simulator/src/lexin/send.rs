//! `send` and `send2`: one text, with its sign name in it, to a list of numbers.

use std::sync::Arc;

use super::answer::refusal;
use super::options::{LexinOptions, SignPlace};
use super::request::Fields;
use crate::dates;
use crate::segments;
use crate::wire::{ReceiptsTo, Refusal, Submission, Text};

const NUMBERS: usize = 5_000;

/// Reads and checks it. A bad number fails alone, and is counted.
pub(super) fn read(fields: &Fields<'_>, options: &LexinOptions) -> Result<Submission, Refusal> {
    let numbers = fields.numbers();
    if numbers.is_empty() {
        return Err(refusal("号码不能为空"));
    }
    if numbers.len() > NUMBERS {
        return Err(refusal("号码个数超过限制"));
    }
    let content = fields.get("content").ok_or_else(|| refusal("短信内容不能为空"))?;
    let (sign_name, text) = taken_apart(content, options.sign_place).ok_or_else(|| refusal("签名未报备"))?;
    let reference = digits(fields, "msgId", 15)?;
    let legacy = digits(fields, "bizId", 15)?;
    if fields.get("schTime").is_some_and(|time| dates::parse_local(time).is_none()) {
        return Err(refusal("定时时间格式错误"));
    }
    let model = Text {
        sign_name: sign_name.into(),
        content: Some(text.into()),
        out_id: reference.or(legacy),
        extend_code: digits(fields, "extNo", 6)?,
        parts: segments::mainland(content),
        ..Text::default()
    };
    // A receipt could not say whose it is.
    let receipts_to = if model.out_id.is_some() { ReceiptsTo::Account } else { ReceiptsTo::Nowhere };
    let text = |number: &&str| {
        let refusal = (!is_mainland(number)).then(|| "号码错误".into());
        Text { number: (*number).to_owned(), refusal, ..model.clone() }
    };
    Ok(Submission { texts: numbers.iter().map(text).collect(), receipts_to, ..Submission::default() })
}

/// The sign name and the rest of a text that has one where it must be.
fn taken_apart(content: &str, place: SignPlace) -> Option<(&str, &str)> {
    let front = || content.strip_prefix('【')?.split_once('】');
    let end = || {
        let (text, sign_name) = content.strip_suffix('】')?.rsplit_once('【')?;
        Some((sign_name, text))
    };
    let found = match place {
        SignPlace::Front => front(),
        SignPlace::End => end(),
        SignPlace::Any => end().or_else(front),
    };
    found.filter(|(sign_name, text)| !sign_name.is_empty() && !text.is_empty())
}

fn digits(fields: &Fields<'_>, name: &str, most: usize) -> Result<Option<Arc<str>>, Refusal> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    let is_good = value.len() <= most && value.bytes().all(|byte| byte.is_ascii_digit());
    if is_good { Ok(Some(value.into())) } else { Err(refusal(&format!("{name}格式错误"))) }
}

fn is_mainland(number: &str) -> bool {
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    digits && matches!(number.as_bytes(), [b'1', b'3'..=b'9', ..] if number.len() == 11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_name_stands_where_it_must() {
        let (front, end) = ("【签名】码6666", "码6666【签名】");
        let both = Some(("签名", "码6666"));
        for (place, at_front, at_end) in
            [(SignPlace::Any, both, both), (SignPlace::Front, both, None), (SignPlace::End, None, both)]
        {
            assert_eq!((taken_apart(front, place), taken_apart(end, place)), (at_front, at_end), "{place:?}");
        }
        assert_eq!(taken_apart("码6666", SignPlace::Any), None);
        assert_eq!(taken_apart("【签名】", SignPlace::Any), None);
    }
}
