//! An operator's own limits of a channel: the grammar of a provider's `limits.rules`, checked word by word.
//!
//! A provider's rules are open: a reader ignores what it does not know. An operator's are closed, because a misspelt limit would be
//! believed and not kept.

use crate::http::problem::Problem;
use jixinda_domain::MessageClass;
use serde::Deserialize;
use serde_json::Value;

/// As text; a handful of rules has a few hundred bytes.
const LONGEST: usize = 16 << 10;
/// What a window may count by.
const FIELDS: [&str; 9] =
    ["account", "recipient", "sign-name", "sign-code", "template-code", "text", "params", "country-code", "category"];
/// As far back as any limit looks.
const LONGEST_WINDOW_S: u32 = 31 * 24 * 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    #[serde(default)]
    frequency: Vec<Window>,
    #[serde(default)]
    requests: Vec<Window>,
    #[serde(default)]
    send_windows: Vec<SendWindow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    #[serde(default, rename = "category")]
    _category: Vec<MessageClass>,
    per: Vec<String>,
    window_seconds: u32,
    max: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendWindow {
    #[serde(default, rename = "category")]
    _category: Vec<MessageClass>,
    from: String,
    to: String,
    time_zone: String,
}

/// Rules as they are stored; an empty object is none.
pub fn check(rules: &Value) -> Result<Option<String>, Problem> {
    let invalid = |what: String| Problem::invalid_request(format!("rules: {what}"));
    let object =
        rules.as_object().ok_or_else(|| invalid("expected an object, as limits.rules of a provider".to_owned()))?;
    if object.is_empty() {
        return Ok(None);
    }
    let parsed = Rules::deserialize(rules).map_err(|error| invalid(error.to_string()))?;
    for (kind, window) in
        parsed.frequency.iter().map(|it| ("frequency", it)).chain(parsed.requests.iter().map(|it| ("requests", it)))
    {
        if let Some(stray) = window.per.iter().find(|field| !FIELDS.contains(&field.as_str())) {
            return Err(invalid(format!("{kind}: nothing is counted by {stray:?}; per is of {}", FIELDS.join(", "))));
        }
        if window.per.is_empty() || window.max == 0 || !(1..=LONGEST_WINDOW_S).contains(&window.window_seconds) {
            let needs = format!("per names a field, max is 1 or more, window_seconds 1 to {LONGEST_WINDOW_S}");
            return Err(invalid(format!("{kind}: {needs}; to stop a channel, disable it")));
        }
    }
    if !parsed.send_windows.iter().all(SendWindow::is_sound) {
        return Err(invalid("send_windows: from and to like 08:00, time_zone like +08:00".to_owned()));
    }
    let text = rules.to_string();
    if text.len() > LONGEST { Err(invalid(format!("at most {LONGEST} bytes"))) } else { Ok(Some(text)) }
}

impl SendWindow {
    fn is_sound(&self) -> bool {
        let offset = self.time_zone.strip_prefix(['+', '-']);
        is_clock_time(&self.from, 24)
            && is_clock_time(&self.to, 24)
            && offset.is_some_and(|offset| is_clock_time(offset, 14))
    }
}

/// `08:30`, up to the end of `last_hour`'s first minute.
fn is_clock_time(text: &str, last_hour: u8) -> bool {
    let two = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u8>().ok()).flatten();
    let Some((hour, minute)) = text.split_once(':') else { return false };
    match (two(hour), two(minute)) {
        (Some(hour), Some(minute)) => minute < 60 && (hour < last_hour || (hour == last_hour && minute == 0)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_providers_say_an_operator_may_say() {
        for rules in [
            include_str!("../../../../../plugins/aliyun/src/limits.rules.json"),
            include_str!("../../../../../plugins/feige/src/limits.rules.json"),
            include_str!("../../../../../plugins/tencent/src/limits.rules.json"),
        ] {
            let rules: Value = serde_json::from_str(rules).expect("JSON");
            assert_eq!(check(&rules).expect("fits"), Some(rules.to_string()), "{rules}");
        }
        assert_eq!(check(&json!({})).expect("fits"), None);
        let closing = json!({"send_windows": [{"from": "08:00", "to": "24:00", "time_zone": "-03:30"}]});
        assert!(check(&closing).expect("fits").is_some());
    }

    #[test]
    fn mistakes_are_refused() {
        let window = |change: Value| {
            let mut window = json!({"per": ["recipient"], "window_seconds": 60, "max": 1});
            window.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
            json!({"frequency": [window]})
        };
        let open =
            |from: &str, to: &str, zone: &str| json!({"send_windows": [{"from": from, "to": to, "time_zone": zone}]});
        for rules in [
            json!([]),
            json!("{}"),
            json!({"frequencies": []}),
            window(json!({"per": ["colour"]})),
            window(json!({"per": []})),
            window(json!({"max": 0})),
            window(json!({"window_seconds": 0})),
            window(json!({"window": 5})),
            window(json!({"category": ["sale"]})),
            open("8:00", "22:00", "+08:00"),
            open("08:00", "24:01", "+08:00"),
            open("08:00", "22:60", "+08:00"),
            open("08:00", "22:00", "08:00"),
            open("08:00", "22:00", "Asia/Shanghai"),
        ] {
            assert_eq!(check(&rules).map_err(|problem| problem.code()), Err("invalid_request"), "{rules}");
        }
    }
}
