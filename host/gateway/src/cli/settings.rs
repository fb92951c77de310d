//! Reading an account's settings from words, files, the environment and a person.

use anyhow::Context as _;
use serde_json::{Map, Value};
use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

/// A word as the type that the schema gives this setting. What the schema does not know stays a text: the gateway names it.
pub fn typed(schema: &Value, key: &str, word: &str) -> anyhow::Result<Value> {
    let property = &schema["properties"][key];
    let kind = match &property["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    };
    let read = |expected: &str| {
        let value: Option<Value> = serde_json::from_str(word).ok();
        let fits = |value: &Value| match expected {
            "an integer" => value.is_i64() || value.is_u64(),
            "a number" => value.is_number(),
            "true or false" => value.is_boolean(),
            "a JSON list" => value.is_array(),
            _ => value.is_object(),
        };
        // The word may be a secret that was given by mistake: it is not repeated.
        value.filter(fits).with_context(|| format!("--set {key}: {expected} is expected"))
    };
    match kind {
        Some("integer") => read("an integer"),
        Some("number") => read("a number"),
        Some("boolean") => read("true or false"),
        Some("array") => read("a JSON list"),
        Some("object") => read("a JSON object"),
        _ => Ok(word.into()),
    }
}

/// Settings from a JSON file.
pub fn from_file(file: &Path) -> anyhow::Result<Map<String, Value>> {
    let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not a JSON object", file.display()))
}

/// A secret from the environment.
pub fn from_env(variable: &str) -> anyhow::Result<String> {
    std::env::var(variable).with_context(|| format!("the environment variable {variable} is not set"))
}

/// A secret from a person, unseen, or from a line of standard input.
pub fn ask(key: &str) -> anyhow::Result<String> {
    let secret = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{key}: "))?
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    anyhow::ensure!(!secret.is_empty(), "no value was given for {key}");
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(kind: &Value, word: &str, expected: Option<Value>) {
        let schema = json!({"properties": {"key": {"type": kind}}});
        assert_eq!(typed(&schema, "key", word).ok(), expected, "{kind} {word}");
    }

    #[test]
    fn words_are_read_as_the_schema_wants_them() {
        check(&json!("string"), "12", Some(json!("12")));
        check(&json!("integer"), "12", Some(json!(12)));
        check(&json!("integer"), "1.5", None);
        check(&json!("number"), "1.5", Some(json!(1.5)));
        check(&json!("boolean"), "true", Some(json!(true)));
        check(&json!("boolean"), "yes", None);
        check(&json!("array"), r#"["a"]"#, Some(json!(["a"])));
        check(&json!("object"), r#"["a"]"#, None);
        check(&json!(["null", "integer"]), "7", Some(json!(7)));
        check(&json!("integer"), "\"7\"", None);
    }

    #[test]
    fn an_unknown_setting_is_left_to_the_gateway_to_name() {
        assert_eq!(typed(&json!({"properties": {}}), "other", "x").expect("a text"), json!("x"));
    }

    #[test]
    fn a_mistyped_value_is_not_repeated() {
        let schema = json!({"properties": {"timeout": {"type": "integer"}}});
        let words = typed(&schema, "timeout", "hunter2").expect_err("no integer").to_string();
        assert!(words.contains("--set timeout") && !words.contains("hunter2"), "{words}");
    }
}
