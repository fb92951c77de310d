//! Where something stands in an answer, and what texts look like.

use jixinda_plugin_kit::json;
use serde::Deserialize;
use serde_json::Value;

/// `data.0.id`, or `/data/0/id` where a name has a dot; `$` is the whole answer as text. Empty: nowhere.
#[derive(Deserialize, Debug, Default, Clone, PartialEq, Eq)]
#[serde(transparent)]
pub struct Path(String);

/// Stands for the whole answer.
const WHOLE: &str = "$";

impl Path {
    pub fn new(path: &str) -> Self {
        Self(path.to_owned())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn is_whole(&self) -> bool {
        self.0 == WHOLE
    }

    /// The value at this place. An empty path, or `$`, is the value itself.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        if self.is_empty() || self.is_whole() {
            return Some(value);
        }
        if self.0.starts_with('/') {
            return value.pointer(&self.0);
        }
        self.0.split('.').try_fold(value, |value, step| match value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            other => other.get(step),
        })
    }

    /// The text at this place. Empty texts, lists and objects count as absent, and so does what an empty path would name.
    pub fn text(&self, value: &Value) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        json::scalar(self.find(value)?)
    }
}

/// A text in which `*` stands for anything.
#[derive(Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(transparent)]
pub struct Pattern(String);

impl Pattern {
    pub fn new(pattern: &str) -> Self {
        Self(pattern.to_owned())
    }

    /// Whether a text looks so, letter by letter.
    pub fn fits(&self, text: &str) -> bool {
        glob(&self.0, text)
    }

    /// Whether a text looks so, in whatever case.
    pub fn fits_any_case(&self, text: &str) -> bool {
        glob(&self.0.to_lowercase(), &text.to_lowercase())
    }
}

/// The first piece stands at the start, the last at the end, those between anywhere in their order.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
        match text.find(piece) {
            Some(at) => text = &text[at + piece.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_dotted_or_pointers() {
        let answer = json!({"data": [{"id": "7", "ok": true, "n": 5, "e": ""}], "a.b": "c"});
        let text = |path: &str| Path::new(path).text(&answer);
        assert_eq!(text("data.0.id").as_deref(), Some("7"));
        assert_eq!((text("data.0.ok").as_deref(), text("data.0.n").as_deref()), (Some("true"), Some("5")));
        assert_eq!(text("/a.b").as_deref(), Some("c"));
        for nothing in ["", "data", "data.1.id", "data.x", "data.0.e", "a.b", "/x", "$"] {
            assert_eq!(text(nothing), None, "{nothing}");
        }
        assert_eq!(Path::new("$").text(&json!("whole")).as_deref(), Some("whole"));
        assert_eq!(Path::default().find(&answer), Some(&answer));
    }

    #[test]
    fn a_star_is_anything() {
        let fits = |pattern: &str, text: &str| Pattern::new(pattern).fits(text);
        assert!(fits("ok", "ok") && !fits("ok", "okay") && !fits("ok", "OK"));
        assert!(fits("OK*", "OK:1") && fits("*:1", "OK:1") && fits("O*1", "OK:1") && fits("*", ""));
        assert!(fits("a*b*c", "a-b-c") && !fits("a*b*c", "a-c-b") && !fits("ab*ba", "aba"));
        assert!(Pattern::new("DELIV*").fits_any_case("delivered"));
    }
}
