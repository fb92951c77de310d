//! Templates (模板) as a provider has approved them, for accounts whose options list some.
//!
//! An account without a list takes every template code that is well formed; its texts are then known by code only.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Text by code. Placeholders are `${name}` or `{name}`, filled in the order they stand.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Templates(BTreeMap<String, String>);

/// What speaks against a template and its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    Unknown,
    ParameterCount,
}

impl Templates {
    /// The text in full; `None` where no templates are listed.
    pub(crate) fn render(&self, code: &str, params: &[String]) -> Result<Option<String>, Mismatch> {
        if self.0.is_empty() {
            return Ok(None);
        }
        fill(self.0.get(code).ok_or(Mismatch::Unknown)?, params).map(Some)
    }
}

fn fill(template: &str, params: &[String]) -> Result<String, Mismatch> {
    let (mut text, mut rest, mut params) = (String::new(), template, params.iter());
    while let Some((before, (_, after))) =
        rest.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
    {
        text.push_str(before.strip_suffix('$').unwrap_or(before));
        text.push_str(params.next().ok_or(Mismatch::ParameterCount)?);
        rest = after;
    }
    text.push_str(rest);
    if params.next().is_some() { Err(Mismatch::ParameterCount) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in_order() {
        let templates: Templates = serde_json::from_str(r#"{"t1":"code ${1}, {2} minutes"}"#).expect("templates");
        let render =
            |code, params: &[&str]| templates.render(code, &params.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(render("t1", &["66", "5"]), Ok(Some("code 66, 5 minutes".to_owned())));
        assert_eq!(render("t1", &["66"]), Err(Mismatch::ParameterCount));
        assert_eq!(render("t1", &["66", "5", "x"]), Err(Mismatch::ParameterCount));
        assert_eq!(render("t2", &[]), Err(Mismatch::Unknown));
        assert_eq!(Templates::default().render("t1", &[]), Ok(None));
    }
}
