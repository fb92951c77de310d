//! [`LimitRule`] (频率限制): how many texts may be accepted within a sliding window, by number, by number and template, or by
//! application.

use crate::message::MessageClass;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// 频率限制: at most so many texts for one key within a window that ends now.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitRule {
    /// What is counted together.
    pub by: LimitKey,
    /// Which classes it concerns; empty for all.
    #[serde(default)]
    pub classes: Vec<MessageClass>,
    /// Texts at most.
    pub most: u32,
    /// The length of the window, in seconds; at most [`LimitRule::LONGEST_S`].
    pub per_seconds: u32,
}

/// What a rule counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKey {
    /// Texts to one number, whoever sends them.
    Number,
    /// Texts of one template to one number.
    NumberAndTemplate,
    /// Texts of one application.
    Application,
}

/// A rule that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a limit needs most of at least 1 (by application at most {}: a daily quota counts more) and per_seconds between 1 and {}",
    LimitRule::MOST_BY_APPLICATION,
    LimitRule::LONGEST_S
)]
pub struct InvalidLimit;

impl LimitRule {
    /// The longest window, in seconds: 31 days.
    pub const LONGEST_S: u32 = 31 * 24 * 3600;

    /// The most that a rule by application counts: each acceptance looks at as many messages.
    pub const MOST_BY_APPLICATION: u32 = 10_000;

    /// Whether it means anything.
    ///
    /// # Errors
    /// Where it would refuse everything, or look back further than is kept.
    pub fn check(&self) -> Result<(), InvalidLimit> {
        let countable = self.by != LimitKey::Application || self.most <= Self::MOST_BY_APPLICATION;
        let sensible = countable && self.most > 0 && (1..=Self::LONGEST_S).contains(&self.per_seconds);
        if sensible { Ok(()) } else { Err(InvalidLimit) }
    }

    /// Whether it concerns texts of this class.
    pub fn concerns(&self, class: MessageClass) -> bool {
        self.classes.is_empty() || self.classes.contains(&class)
    }

    /// The length of its window.
    pub fn window(&self) -> Duration {
        Duration::from_secs(self.per_seconds.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(most: u32, per_seconds: u32) -> LimitRule {
        LimitRule { by: LimitKey::Number, classes: vec![MessageClass::Otp], most, per_seconds }
    }

    #[test]
    fn a_rule_must_mean_something() {
        assert!(rule(1, 60).check().is_ok());
        let costly = LimitRule { by: LimitKey::Application, ..rule(LimitRule::MOST_BY_APPLICATION + 1, 60) };
        for senseless in [rule(0, 60), rule(1, 0), rule(1, LimitRule::LONGEST_S + 1), costly] {
            assert!(senseless.check().is_err());
        }
    }

    #[test]
    fn a_rule_without_classes_concerns_all() {
        assert!(rule(1, 60).concerns(MessageClass::Otp) && !rule(1, 60).concerns(MessageClass::Marketing));
        assert!(LimitRule { classes: Vec::new(), ..rule(1, 60) }.concerns(MessageClass::Marketing));
    }
}
