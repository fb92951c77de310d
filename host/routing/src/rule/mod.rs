//! What a provider is sure to refuse: its `limits.rules` and the operator's own, which can only be stricter, since both hold.
//!
//! The grammar is that of `docs/wit.md`. A provider's rules are open: what this version does not know is passed over.

mod book;
mod key;
mod window;

pub use book::{Book, Counted, Sent};
pub use window::SendWindow;

use jixinda_domain::{MessageClass, Timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::time::Duration;

/// What a limit counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Everything of an account together.
    Account,
    /// A number.
    Recipient,
    /// A sign name.
    #[serde(alias = "sign-code")]
    SignName,
    /// A template.
    TemplateCode,
    /// The same words.
    Text,
    /// The same parameters.
    Params,
    /// A country.
    CountryCode,
    /// A class.
    Category,
}

/// Which classes a rule is about; empty for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Classes(Vec<MessageClass>);

impl Classes {
    /// Whether it is about this one.
    pub fn contain(&self, class: MessageClass) -> bool {
        self.0.is_empty() || self.0.contains(&class)
    }
}

/// At most `max` within the window, counted by these fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Limit {
    #[serde(default)]
    category: Classes,
    per: Vec<Field>,
    window_seconds: u32,
    max: u32,
}

/// Limits that count the same texts, so that they are counted once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// About which classes.
    pub classes: Classes,
    /// By which fields.
    pub per: Vec<Field>,
    /// (window in seconds, most in it)
    pub limits: Vec<(u32, u32)>,
}

/// All rules of a channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// How many texts.
    pub counters: Vec<Counter>,
    /// How many calls of the account: (window in seconds, most in it).
    pub calls: Vec<(u32, u32)>,
    /// When at all.
    pub windows: Vec<SendWindow>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    frequency: Vec<Known<Limit>>,
    #[serde(default)]
    requests: Vec<Known<Limit>>,
    #[serde(default)]
    send_windows: Vec<Known<SendWindow>>,
}

/// What is not understood is passed over: an unknown rule cannot be kept.
#[derive(Deserialize)]
#[serde(untagged)]
enum Known<T> {
    Yes(T),
    No(IgnoredAny),
}

fn known<T>(all: Vec<Known<T>>) -> impl Iterator<Item = T> {
    all.into_iter().filter_map(|one| match one {
        Known::Yes(known) => Some(known),
        Known::No(_) => None,
    })
}

impl Rules {
    /// Reads rules; what is no rule is none.
    pub fn parse(text: &str) -> Self {
        let mut rules = Self::default();
        let Ok(raw) = serde_json::from_str::<Raw>(text) else { return rules };
        for limit in known(raw.frequency).filter(|limit| limit.max > 0 && limit.window_seconds > 0) {
            rules.count(limit);
        }
        let calls = known(raw.requests).filter(|limit| limit.max > 0 && limit.window_seconds > 0);
        rules.calls.extend(calls.map(|limit| (limit.window_seconds, limit.max)));
        rules.windows.extend(known(raw.send_windows));
        rules
    }

    /// Both hold.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for counter in other.counters {
            for (window_seconds, max) in counter.limits {
                let (category, per) = (counter.classes.clone(), counter.per.clone());
                self.count(Limit { category, per, window_seconds, max });
            }
        }
        self.calls.extend(other.calls);
        self.windows.extend(other.windows);
        self
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.counters.is_empty() && self.windows.is_empty() && self.calls.is_empty()
    }

    /// The time between two calls by the strictest rule, and how far calls may run ahead of it.
    pub fn call_spacing(&self) -> Option<(Duration, Duration)> {
        let spaced = self.calls.iter().map(|(window, most)| {
            let spacing = Duration::from_secs(u64::from(*window)) / *most;
            (spacing, spacing * (most / 10))
        });
        spaced.max_by_key(|(spacing, _)| *spacing)
    }

    /// When a closed send window opens again; `None` where texts of the class may go now.
    pub fn closed_until(&self, class: MessageClass, now: Timestamp) -> Option<Timestamp> {
        self.windows.iter().filter_map(|window| window.closed_until(class, now)).max()
    }

    fn count(&mut self, mut limit: Limit) {
        limit.per.sort_unstable();
        limit.per.dedup();
        let counter = self.counters.iter_mut().find(|one| one.classes == limit.category && one.per == limit.per);
        let pair = (limit.window_seconds, limit.max);
        match counter {
            Some(counter) => counter.limits.push(pair),
            None => {
                self.counters.push(Counter { classes: limit.category, per: limit.per, limits: vec![pair] });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_rules_are_read() {
        let aliyun = Rules::parse(include_str!("../../../../plugins/aliyun/src/limits.rules.json"));
        assert_eq!(aliyun.counters[0].limits, [(60, 1), (3600, 5), (86_400, 10)], "counted once");
        assert_eq!(aliyun.counters.len(), 3);
        let feige = Rules::parse(include_str!("../../../../plugins/feige/src/limits.rules.json"));
        assert_eq!(feige.call_spacing(), Some((Duration::from_millis(300), Duration::from_secs(6))));
        let tencent = Rules::parse(include_str!("../../../../plugins/tencent/src/limits.rules.json"));
        assert_eq!(tencent.windows.len(), 1);
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        let rules = Rules::parse(
            r#"{"frequency": [{"per": ["colour"], "window_seconds": 1, "max": 1},
                              {"per": ["recipient"], "window_seconds": 60, "max": 2, "new": true}],
                "moods": []}"#,
        );
        assert_eq!(rules.counters.len(), 1);
        assert_eq!(Rules::parse("no JSON"), Rules::default());
    }

    #[test]
    fn an_operators_rules_make_it_stricter() {
        let both = Rules::parse(r#"{"frequency": [{"per": ["recipient"], "window_seconds": 60, "max": 2}]}"#)
            .and(Rules::parse(r#"{"frequency": [{"per": ["recipient"], "window_seconds": 60, "max": 1}]}"#));
        assert_eq!(both.counters[0].limits, [(60, 2), (60, 1)]);
    }
}
