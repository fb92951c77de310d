//! Reading and writing JSON that providers mean loosely: numbers in quotes, order that matters.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// Objects and lists in one answer. No provider sends so many, and as a tree more would outgrow a sandbox: a mebibyte of
/// tiny objects takes eighty.
const MOST_NODES: usize = 20_000;

/// JSON in which every number became a text of its digits, so that no id loses one: some are longer than 64 bits,
/// and some providers quote them only sometimes. Null where the bytes are no JSON.
#[must_use]
pub fn parse(bytes: &[u8]) -> Value {
    if bytes.iter().filter(|byte| matches!(byte, b'{' | b'[')).count() > MOST_NODES {
        return Value::Null;
    }
    let text = String::from_utf8_lossy(bytes);
    serde_json::from_str(&quote_numbers(&text)).unwrap_or_default()
}

/// Numbers stand only outside of strings, and begin with a digit or a minus.
fn quote_numbers(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + text.len() / 8);
    let (mut inside_string, mut escaped, mut inside_number) = (false, false, false);
    for character in text.chars() {
        let numeric = character.is_ascii_digit() || matches!(character, '-' | '+' | '.' | 'e' | 'E');
        if inside_number && !numeric {
            quoted.push('"');
            inside_number = false;
        }
        if inside_string {
            inside_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if character == '"' {
            inside_string = true;
        } else if !inside_number && (character.is_ascii_digit() || character == '-') {
            quoted.push('"');
            inside_number = true;
        }
        quoted.push(character);
    }
    if inside_number {
        quoted.push('"');
    }
    quoted
}

/// The items of a member that is an array; none where it is none.
#[must_use]
pub fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A member as text: a string as it is, a number or truth value as written. Empty counts as absent.
#[must_use]
pub fn text(value: &Value, key: &str) -> Option<String> {
    scalar(value.get(key)?)
}

/// A value as text, likewise.
#[must_use]
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A member as a whole number, quoted or not.
#[must_use]
pub fn integer(value: &Value, key: &str) -> Option<u64> {
    match value.get(key)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A member as a truth value, quoted or not.
#[must_use]
pub fn boolean(value: &Value, key: &str) -> Option<bool> {
    match value.get(key)? {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// Pairs as a JSON object whose values are strings, in the order given.
pub struct Object<'a>(pub &'a [(String, String)]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The compact JSON of something that cannot fail to have one: strings, lists, [`Object`]s.
#[must_use]
pub fn compact(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings, lists and objects always have a JSON form")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_keep_every_digit() {
        let value = parse(br#"{"id":20240102110405000001,"n":-7,"s":"a \" 1","f":1.50,"l":[1, 2],"e":"\u4e00\\"}"#);
        assert_eq!(text(&value, "id").as_deref(), Some("20240102110405000001"));
        assert_eq!((text(&value, "n").as_deref(), text(&value, "f").as_deref()), (Some("-7"), Some("1.50")));
        assert_eq!((text(&value, "s").as_deref(), text(&value, "e").as_deref()), (Some("a \" 1"), Some("一\\")));
        assert_eq!(items(&value, "l"), [json!("1"), json!("2")]);
        assert_eq!((parse(b"12"), items(&value, "id").len()), (json!("12"), 0));
    }

    #[test]
    fn rubbish_is_null() {
        for rubbish in ["", "{", "{\"a\":", "nonsense", "\u{fffd}", &"[".repeat(10_000), &"{".repeat(30_000)] {
            assert_eq!(parse(rubbish.as_bytes()), Value::Null);
        }
        assert_eq!(parse(b"\xff\xfe"), Value::Null);
    }

    #[test]
    fn members_are_read_quoted_or_not() {
        let value = json!({"s": "x", "n": 7, "q": "7", "b": true, "t": "TRUE", "e": "", "o": {}});
        assert_eq!(text(&value, "s").as_deref(), Some("x"));
        assert_eq!(text(&value, "n").as_deref(), Some("7"));
        assert_eq!((text(&value, "e"), text(&value, "o"), text(&value, "none")), (None, None, None));
        assert_eq!((integer(&value, "n"), integer(&value, "q"), integer(&value, "s")), (Some(7), Some(7), None));
        assert_eq!((boolean(&value, "b"), boolean(&value, "t"), boolean(&value, "n")), (Some(true), Some(true), None));
    }

    #[test]
    fn objects_keep_their_order() {
        let pairs = [("z".to_owned(), "1".to_owned()), ("a".to_owned(), "\"签\"".to_owned())];
        assert_eq!(compact(&Object(&pairs)), r#"{"z":"1","a":"\"签\""}"#);
        assert_eq!(compact(&[Object(&[])]), "[{}]");
    }
}
