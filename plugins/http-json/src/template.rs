//! Templates: texts with placeholders in double braces. A value is put in once and never read again, so that a text that
//! itself has braces changes nothing, and it is encoded for the place where it stands.

use serde_json::{Map, Number, Value};

/// What a placeholder's name stands for.
pub trait Values {
    /// As text.
    fn text(&self, name: &str) -> Result<String, Problem>;
    /// As JSON, for those that are more than a text.
    fn json(&self, name: &str) -> Option<Value>;
}

/// Why a template could not be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no such placeholder, or braces do not match: the settings are wrong.
    Unknown(String),
    /// This message lacks what the template wants.
    Missing(String),
    /// The value cannot stand where the template puts it.
    Unfit(String),
}

/// After a name: what follows must be digits, and becomes a JSON number.
const AS_NUMBER: &str = "|number";

/// A template filled with texts, each encoded.
pub fn fill(template: &str, values: &dyn Values, encode: impl Fn(&str) -> String) -> Result<String, Problem> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or_else(|| Problem::Unknown("{{ without }}".into()))?;
        filled.push_str(before);
        filled.push_str(&encode(&values.text(name.trim())?));
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// A JSON value whose strings are templates. A string that is nothing but a placeholder may become more than a text.
pub fn fill_json(template: &Value, values: &dyn Values, omit_empty: bool) -> Result<Value, Problem> {
    Ok(match template {
        Value::String(text) => match only_placeholder(text) {
            Some(name) => whole(name, values)?,
            None => fill(text, values, str::to_owned)?.into(),
        },
        Value::Array(items) => {
            items.iter().map(|item| fill_json(item, values, omit_empty)).collect::<Result<Vec<_>, _>>()?.into()
        }
        Value::Object(members) => {
            let mut filled = Map::new();
            for (name, member) in members {
                let member = fill_json(member, values, omit_empty)?;
                if !(omit_empty && member.as_str().is_some_and(str::is_empty)) {
                    filled.insert(name.clone(), member);
                }
            }
            filled.into()
        }
        other => other.clone(),
    })
}

fn only_placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix("{{")?.strip_suffix("}}")?;
    (!name.contains("{{") && !name.contains("}}")).then(|| name.trim())
}

fn whole(name: &str, values: &dyn Values) -> Result<Value, Problem> {
    if let Some(name) = name.strip_suffix(AS_NUMBER) {
        let text = values.text(name.trim())?;
        let number = text.parse::<u64>().map_err(|_| Problem::Unfit(format!("{name} is no whole number")))?;
        return Ok(Value::Number(Number::from(number)));
    }
    match values.json(name) {
        Some(value) => Ok(value),
        None => values.text(name).map(Value::from),
    }
}

/// Whether a text may stand in a header: visible ASCII and spaces, so that no line ends early.
pub fn fits_header(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::encoding;
    use serde_json::json;

    use super::*;

    struct Sample;

    impl Values for Sample {
        fn text(&self, name: &str) -> Result<String, Problem> {
            match name {
                "to" => Ok("+86 1".into()),
                "text" => Ok(r#""}{{secret.token}}\"#.into()),
                "serial" => Ok("7".into()),
                "none" => Ok(String::new()),
                "code" => Err(Problem::Missing("code".into())),
                other => Err(Problem::Unknown(other.into())),
            }
        }

        fn json(&self, name: &str) -> Option<Value> {
            (name == "list").then(|| json!(["a", "b"]))
        }
    }

    #[test]
    fn values_are_encoded_and_never_read_again() {
        let filled = |template: &str| fill(template, &Sample, encoding::percent);
        assert_eq!(filled("/x?to={{to}}&t={{ text }}").unwrap(), "/x?to=%2B86%201&t=%22%7D%7B%7Bsecret.token%7D%7D%5C");
        assert_eq!(filled("no } braces {").unwrap(), "no } braces {");
        assert_eq!(filled("{{novelty}}"), Err(Problem::Unknown("novelty".into())));
        assert_eq!(filled("{{code}}"), Err(Problem::Missing("code".into())));
        assert!(matches!(filled("{{to"), Err(Problem::Unknown(_))));
    }

    #[test]
    fn json_keeps_its_shape_whatever_is_put_in() {
        let template = json!({"to": "{{to}}", "nested": {"t": "<{{text}}>", "n": 5}, "l": ["{{list}}", "{{serial|number}}"],
                              "e": "{{none}}"});
        let text = r#"<"}{{secret.token}}\>"#;
        let expected = json!({"to": "+86 1", "nested": {"t": text, "n": 5}, "l": [["a", "b"], 7], "e": ""});
        assert_eq!(fill_json(&template, &Sample, false), Ok(expected));
        assert_eq!(fill_json(&json!({"e": "{{none}}", "k": "v"}), &Sample, true), Ok(json!({"k": "v"})));
        assert!(matches!(fill_json(&json!("{{to|number}}"), &Sample, false), Err(Problem::Unfit(_))));
        assert_eq!(fill_json(&json!("{{to}}{{serial}}"), &Sample, false), Ok(json!("+86 17")));
    }

    #[test]
    fn headers_hold_one_line_of_ascii() {
        assert!(fits_header("Bearer abc=") && fits_header(""));
        for text in ["a\r\nX-Evil: 1", "a\n", "签", "a\tb", "a\0"] {
            assert!(!fits_header(text), "{text:?}");
        }
    }
}
