//! [`Template`] (模板): text with `${field}` placeholders, and how it is filled.

use crate::clock::Timestamp;
use crate::ids::TemplateId;
use crate::message::MessageClass;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// 模板: what an application may send, with named blanks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// What applications call it by; unique.
    pub code: String,
    /// For people.
    pub name: String,
    /// Decides priority, expiry and whether a doubled text would be tolerable.
    pub class: MessageClass,
    /// The text, with `${field}` where a parameter goes.
    pub content: String,
    /// The placeholders of `content`, each once, in the order of their first appearance.
    pub params: Vec<TemplateParam>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One blank of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateParam {
    /// As written between `${` and `}`.
    pub name: String,
    /// The longest value, in characters.
    pub max_length: u32,
}

/// The longest template, in characters (the predecessor's and the mainland providers' limit).
pub const MAX_CONTENT_CHARS: usize = 500;
/// The longest value of a parameter where the template says nothing.
pub const DEFAULT_PARAM_CHARS: u32 = 100;
/// What every marketing text to the mainland must offer (拒收请回复R); it counts as text.
pub const MARKETING_OPT_OUT: &str = "拒收请回复R";

/// The template itself is unusable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTemplate {
    /// Nothing to send.
    #[error("the template is empty")]
    Empty,
    /// Over [`MAX_CONTENT_CHARS`].
    #[error("the template has {0} characters; at most {MAX_CONTENT_CHARS} are allowed")]
    TooLong(usize),
    /// A `${` that is never closed, or a name with odd characters.
    #[error("the placeholder that starts at character {0} must look like ${{name}}, with letters, digits and _ only")]
    Placeholder(usize),
    /// A limit was given for a parameter that the text does not have.
    #[error("the template has no placeholder {0}")]
    UnknownParam(String),
}

/// The parameters of a submission do not fit the template. Each names the culprit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsMismatch {
    /// The template has a blank that nothing fills.
    #[error("parameter {0} is missing")]
    Missing(String),
    /// The submission brings a value that the template has no blank for.
    #[error("parameter {0} is not in the template")]
    Extra(String),
    /// Characters that no person would see, or that would turn the rest of the text around.
    #[error("parameter {0} has control characters")]
    Unprintable(String),
    /// Longer than the template allows.
    #[error("parameter {name} has {length} characters; at most {max} are allowed")]
    TooLong {
        /// Which.
        name: String,
        /// Characters it has.
        length: usize,
        /// Characters it may have.
        max: u32,
    },
}

/// Finds the placeholders of a text, with limits for those named in `limits`.
///
/// # Errors
/// Where the text is empty, too long or has a malformed placeholder, or a limit names no placeholder.
pub fn placeholders(content: &str, limits: &[TemplateParam]) -> Result<Vec<TemplateParam>, InvalidTemplate> {
    let length = content.chars().count();
    if content.trim().is_empty() {
        return Err(InvalidTemplate::Empty);
    }
    if length > MAX_CONTENT_CHARS {
        return Err(InvalidTemplate::TooLong(length));
    }
    let mut found: Vec<TemplateParam> = Vec::new();
    for piece in pieces(content) {
        let Piece::Blank(name) = piece? else { continue };
        if found.iter().any(|param| param.name == name) {
            continue;
        }
        let max_length =
            limits.iter().find(|limit| limit.name == name).map_or(DEFAULT_PARAM_CHARS, |limit| limit.max_length);
        found.push(TemplateParam { name: name.to_owned(), max_length });
    }
    match limits.iter().find(|limit| !found.iter().any(|param| param.name == limit.name)) {
        Some(stray) => Err(InvalidTemplate::UnknownParam(stray.name.clone())),
        None => Ok(found),
    }
}

impl Template {
    /// Fills the blanks.
    ///
    /// # Errors
    /// Where a parameter is missing, extra or too long.
    pub fn render(&self, params: &BTreeMap<String, String>) -> Result<String, ParamsMismatch> {
        self.check(params)?;
        let mut text = String::with_capacity(self.content.len() + 32);
        for piece in pieces(&self.content).flatten() {
            match piece {
                Piece::Text(words) => text.push_str(words),
                Piece::Blank(name) => text.push_str(params.get(name).map_or("", String::as_str)),
            }
        }
        Ok(text)
    }

    fn check(&self, params: &BTreeMap<String, String>) -> Result<(), ParamsMismatch> {
        for wanted in &self.params {
            let value = params.get(&wanted.name).ok_or_else(|| ParamsMismatch::Missing(wanted.name.clone()))?;
            let length = value.chars().count();
            if length > wanted.max_length as usize {
                return Err(ParamsMismatch::TooLong { name: wanted.name.clone(), length, max: wanted.max_length });
            }
        }
        if let Some((name, _)) = params.iter().find(|(_, value)| value.chars().any(is_unprintable)) {
            return Err(ParamsMismatch::Unprintable(name.clone()));
        }
        match params.keys().find(|name| !self.params.iter().any(|wanted| wanted.name == **name)) {
            Some(stray) => Err(ParamsMismatch::Extra(stray.clone())),
            None => Ok(()),
        }
    }
}

/// Control characters, and the marks that override the direction of writing (Unicode UAX #9).
fn is_unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

enum Piece<'a> {
    Text(&'a str),
    Blank(&'a str),
}

/// Splits a template into words and blanks.
fn pieces(content: &str) -> impl Iterator<Item = Result<Piece<'_>, InvalidTemplate>> {
    let mut rest = content;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(start) = rest.find("${") else {
            return Some(Ok(Piece::Text(std::mem::take(&mut rest))));
        };
        if start > 0 {
            let (words, after) = rest.split_at(start);
            rest = after;
            return Some(Ok(Piece::Text(words)));
        }
        let position = content.len() - rest.len();
        let name = rest[2..].find('}').map(|end| &rest[2..2 + end]).filter(|name| is_name(name));
        let Some(name) = name else {
            rest = "";
            return Some(Err(InvalidTemplate::Placeholder(content[..position].chars().count() + 1)));
        };
        rest = &rest[name.len() + 3..];
        Some(Ok(Piece::Blank(name)))
    })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(content: &str) -> Template {
        Template {
            id: TemplateId::new(Timestamp::default(), 0),
            code: "login".to_owned(),
            name: "Login".to_owned(),
            class: MessageClass::Otp,
            content: content.to_owned(),
            params: placeholders(content, &[]).expect("a good template"),
            created_at: Timestamp::default(),
        }
    }

    fn params(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn fills_blanks_once_and_literally() {
        let login = template("验证码${code}，${code}在${minutes}分钟内有效");
        let filled = login.render(&params(&[("code", "${minutes}"), ("minutes", "5")]));
        assert_eq!(filled.as_deref(), Ok("验证码${minutes}，${minutes}在5分钟内有效"));
    }

    #[test]
    fn names_the_culprit() {
        let login = template("验证码${code}");
        assert_eq!(login.render(&params(&[])), Err(ParamsMismatch::Missing("code".to_owned())));
        let extra = login.render(&params(&[("code", "1"), ("name", "x")]));
        assert_eq!(extra, Err(ParamsMismatch::Extra("name".to_owned())));
        for odd in ["1\n2", "\u{0}", "a\u{202e}b"] {
            assert_eq!(login.render(&params(&[("code", odd)])), Err(ParamsMismatch::Unprintable("code".to_owned())));
        }
        let long = login.render(&params(&[("code", &"9".repeat(101))]));
        assert_eq!(long, Err(ParamsMismatch::TooLong { name: "code".to_owned(), length: 101, max: 100 }));
    }

    #[test]
    fn refuses_malformed_templates() {
        assert_eq!(placeholders(" ", &[]), Err(InvalidTemplate::Empty));
        assert_eq!(placeholders("验证码${code", &[]), Err(InvalidTemplate::Placeholder(4)));
        assert_eq!(placeholders("${a b}", &[]), Err(InvalidTemplate::Placeholder(1)));
        assert_eq!(placeholders(&"x".repeat(501), &[]), Err(InvalidTemplate::TooLong(501)));
        let stray = [TemplateParam { name: "nope".to_owned(), max_length: 4 }];
        assert_eq!(placeholders("${code}", &stray), Err(InvalidTemplate::UnknownParam("nope".to_owned())));
    }

    #[test]
    fn keeps_order_and_limits() {
        let limits = [TemplateParam { name: "b".to_owned(), max_length: 6 }];
        let found = placeholders("${b}${a}${b}", &limits).expect("good");
        let shape: Vec<_> = found.iter().map(|param| (param.name.as_str(), param.max_length)).collect();
        assert_eq!(shape, [("b", 6), ("a", DEFAULT_PARAM_CHARS)]);
    }
}
