//! [`SendWindow`]: the time of day in which a provider takes texts of a class.

use super::Classes;
use jixinda_domain::{MessageClass, Timestamp};
use serde::Deserialize;

const DAY_MS: i64 = 24 * 3_600_000;

/// Open from one time of day to another, at a fixed distance from UTC.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Raw")]
pub struct SendWindow {
    classes: Classes,
    from_ms: i64,
    to_ms: i64,
    offset_ms: i64,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    category: Classes,
    from: String,
    to: String,
    time_zone: String,
}

impl TryFrom<Raw> for SendWindow {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        let offset = match raw.time_zone.split_at_checked(1) {
            Some(("+", offset)) => clock_time(offset),
            Some(("-", offset)) => clock_time(offset).map(|millis| -millis),
            _ => None,
        };
        match (clock_time(&raw.from), clock_time(&raw.to), offset) {
            (Some(from_ms), Some(to_ms), Some(offset_ms)) => {
                Ok(Self { classes: raw.category, from_ms, to_ms, offset_ms })
            }
            _ => Err("times like 08:00, a time zone like +08:00"),
        }
    }
}

/// `08:30` in milliseconds.
fn clock_time(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=24).contains(&hours) && (0..60).contains(&minutes)).then_some((hours * 60 + minutes) * 60_000)
}

impl SendWindow {
    /// When it opens again; `None` where it is open, or about other classes.
    pub fn closed_until(&self, class: MessageClass, now: Timestamp) -> Option<Timestamp> {
        if !self.classes.contain(class) {
            return None;
        }
        let local = (now.as_millis() + self.offset_ms).rem_euclid(DAY_MS);
        let open = if self.from_ms <= self.to_ms {
            (self.from_ms..self.to_ms).contains(&local)
        } else {
            local >= self.from_ms || local < self.to_ms
        };
        let wait = (self.from_ms - local).rem_euclid(DAY_MS);
        (!open).then(|| Timestamp::from_millis(now.as_millis() + wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, to: &str) -> SendWindow {
        let text = format!(r#"{{"category": ["marketing"], "from": "{from}", "to": "{to}", "time_zone": "+08:00"}}"#);
        serde_json::from_str(&text).expect("a window")
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a time")
    }

    #[test]
    fn it_opens_at_the_providers_hour() {
        let day = window("08:00", "22:00");
        let judge = |time: &str| day.closed_until(MessageClass::Marketing, at(time));
        assert_eq!(judge("2026-03-01T12:00:00+08:00"), None);
        assert_eq!(judge("2026-03-01T22:00:00+08:00"), Some(at("2026-03-02T08:00:00+08:00")));
        assert_eq!(judge("2026-03-01T07:59:00+08:00"), Some(at("2026-03-01T08:00:00+08:00")));
        assert_eq!(day.closed_until(MessageClass::Otp, at("2026-03-01T23:00:00+08:00")), None, "codes are never late");
    }

    #[test]
    fn it_may_reach_over_midnight() {
        let night = window("20:00", "02:00");
        let judge = |time: &str| night.closed_until(MessageClass::Marketing, at(time));
        assert_eq!(judge("2026-03-01T23:00:00+08:00"), None);
        assert_eq!(judge("2026-03-01T01:00:00+08:00"), None);
        assert_eq!(judge("2026-03-01T03:00:00+08:00"), Some(at("2026-03-01T20:00:00+08:00")));
    }
}
