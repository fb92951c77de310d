//! Reading and writing JSON that providers mean loosely: numbers in quotes, order that matters.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// A member as text: a string as it is, a number or truth value as written. Empty counts as absent.
#[must_use]
pub fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
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
