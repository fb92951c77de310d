//! Quiet hours (免打扰): the time of the recipient's day at which texts of some classes are not sent but wait.

use crate::config::QuietHoursConfig;
use anyhow::Context as _;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jixinda_domain::{Cause, MessageClass, Timestamp};
use std::collections::BTreeMap;

/// The rule as it is configured; one that is switched off concerns no class.
#[derive(Debug)]
pub struct QuietHours {
    classes: Vec<MessageClass>,
    from: Time,
    until: Time,
    elsewhere: TimeZone,
    by_country: BTreeMap<u16, TimeZone>,
}

impl QuietHours {
    /// # Errors
    /// One sentence that names the setting.
    pub fn from_config(config: &QuietHoursConfig) -> anyhow::Result<Self> {
        let off = config.from.is_empty() && config.until.is_empty();
        let mut by_country = BTreeMap::new();
        for (code, name) in &config.countries {
            let code = code.parse().with_context(|| format!("quiet_hours.countries: {code:?} is no calling code"))?;
            by_country.insert(code, zone("quiet_hours.countries", name)?);
        }
        Ok(Self {
            classes: if off { Vec::new() } else { config.classes.clone() },
            from: if off { Time::midnight() } else { time("quiet_hours.from", &config.from)? },
            until: if off { Time::midnight() } else { time("quiet_hours.until", &config.until)? },
            elsewhere: zone("quiet_hours.time_zone", &config.time_zone)?,
            by_country,
        })
    }

    /// When the quiet time ends that a text of this class to this country falls into now; `None` where it may be sent.
    pub fn end(&self, class: MessageClass, country_code: u16, now: Timestamp) -> Option<Timestamp> {
        if !self.classes.contains(&class) {
            return None;
        }
        let zone = self.by_country.get(&country_code).unwrap_or(&self.elsewhere);
        let local = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?.to_zoned(zone.clone()).datetime();
        let over_midnight = self.from > self.until;
        let (time, date) = (local.time(), local.date());
        let end = match over_midnight {
            true if time >= self.from => date.tomorrow().ok()?,
            true if time < self.until => date,
            false if time >= self.from && time < self.until => date,
            _ => return None,
        };
        let end = zone.to_timestamp(end.to_datetime(self.until)).ok()?;
        Some(Timestamp::from_millis(end.as_millisecond()))
    }

    /// Why a text waits until `end`.
    pub fn cause(end: Timestamp) -> Cause {
        Cause::new("quiet_hours", format!("it is quiet time where it goes: it waits until {end}"))
    }
}

/// "21:00".
fn time(setting: &str, text: &str) -> anyhow::Result<Time> {
    Time::strptime("%H:%M", text).with_context(|| format!("{setting}: {text:?} is no time such as \"21:00\""))
}

/// A name of the IANA time zone database.
pub fn zone(setting: &str, name: &str) -> anyhow::Result<TimeZone> {
    TimeZone::get(name).with_context(|| format!("{setting}: there is no time zone {name:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(from: &str, until: &str) -> QuietHours {
        let config = QuietHoursConfig {
            classes: vec![MessageClass::Marketing],
            from: from.to_owned(),
            until: until.to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            countries: BTreeMap::from([("1".to_owned(), "America/New_York".to_owned())]),
        };
        QuietHours::from_config(&config).expect("a rule")
    }

    fn end(rule: &QuietHours, country: u16, now: &str) -> Option<String> {
        let now = Timestamp::parse_rfc3339(now).expect("a time");
        rule.end(MessageClass::Marketing, country, now).map(|end| end.to_string())
    }

    #[test]
    fn a_night_reaches_over_midnight() {
        let night = quiet("21:00", "08:00");
        let morning = Some("2026-11-25T00:00:00.000Z".to_owned());
        assert_eq!(end(&night, 86, "2026-11-24T20:59:59+08:00"), None);
        assert_eq!(end(&night, 86, "2026-11-24T21:00:00+08:00"), morning);
        assert_eq!(end(&night, 86, "2026-11-25T07:59:59+08:00"), morning);
        assert_eq!(end(&night, 86, "2026-11-25T08:00:00+08:00"), None);
    }

    #[test]
    fn the_recipients_country_decides_the_zone() {
        let night = quiet("21:00", "08:00");
        // 09:00 in Shanghai is 20:00 in New York, an hour later it is 21:00 there.
        assert_eq!(end(&night, 1, "2026-11-25T09:00:00+08:00"), None);
        assert_eq!(end(&night, 1, "2026-11-25T10:00:00+08:00"), Some("2026-11-25T13:00:00.000Z".to_owned()));
        // In the night the clocks go forward, eight o'clock comes an hour earlier.
        assert_eq!(end(&night, 1, "2026-03-08T06:30:00Z"), Some("2026-03-08T12:00:00.000Z".to_owned()));
    }

    #[test]
    fn a_midday_rest_and_other_classes() {
        let rest = quiet("12:00", "14:00");
        assert_eq!(end(&rest, 86, "2026-11-24T13:00:00+08:00"), Some("2026-11-24T06:00:00.000Z".to_owned()));
        assert_eq!(end(&rest, 86, "2026-11-24T14:00:00+08:00"), None);
        let now = Timestamp::parse_rfc3339("2026-11-24T13:00:00+08:00").expect("a time");
        assert_eq!(rest.end(MessageClass::Otp, 86, now), None);
        assert_eq!(quiet("", "").end(MessageClass::Marketing, 86, now), None, "switched off");
    }

    #[test]
    fn wrong_settings_are_named() {
        let wrong = QuietHoursConfig {
            classes: Vec::new(),
            from: "9 pm".to_owned(),
            until: "08:00".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            countries: BTreeMap::new(),
        };
        assert!(QuietHours::from_config(&wrong).expect_err("no time").to_string().contains("quiet_hours.from"));
        let nowhere = QuietHoursConfig { from: String::new(), time_zone: "Asia/Atlantis".to_owned(), ..wrong };
        assert!(QuietHours::from_config(&nowhere).is_err());
    }
}
