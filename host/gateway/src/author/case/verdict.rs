//! What a run of a case showed.

use super::Case;
use serde_json::Value;

/// A case that was run.
#[derive(Debug)]
pub struct Verdict {
    pub name: String,
    /// Why it failed; empty where it passed.
    pub objections: Vec<String>,
}

impl Verdict {
    pub(super) fn of(case: &Case, expected: &Value, came: &Value, mut objections: Vec<String>) -> Self {
        differ("", expected, came, &mut objections);
        Self { name: case.name.clone(), objections }
    }

    pub(super) fn updated(case: &Case) -> Self {
        Self { name: case.name.clone(), objections: Vec::new() }
    }

    pub fn passed(&self) -> bool {
        self.objections.is_empty()
    }
}

/// Names each place where two results differ.
fn differ(place: &str, expected: &Value, came: &Value, objections: &mut Vec<String>) {
    match (expected, came) {
        (Value::Object(left), Value::Object(right)) => {
            let names: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                let value = |object: &serde_json::Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                differ(&place, &value(left), &value(right), objections);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                differ(&format!("{place}[{index}]"), left, right, objections);
            }
        }
        _ if expected == came => {}
        _ => objections.push(format!("{place}\n  expected {expected}\n  but it is {came}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_difference_is_named_by_its_place() {
        let (expected, came) =
            (json!({"a": [{"b": 1}, {"b": 2}], "c": "x"}), json!({"a": [{"b": 1}, {"b": 3}], "d": 4}));
        let mut objections = Vec::new();
        differ("", &expected, &came, &mut objections);
        let places: Vec<&str> = objections.iter().filter_map(|words| words.lines().next()).collect();
        assert_eq!(places, ["a[1].b", "c", "d"]);
        objections.clear();
        differ("", &expected, &expected, &mut objections);
        assert!(objections.is_empty());
    }
}
