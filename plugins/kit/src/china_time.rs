//! Instants in the forms that mainland providers write: UTC for signatures, local time in a fixed zone for
//! everything else. An instant is milliseconds since the Unix epoch.
//!
//! The calendar is the `time` crate's; its format descriptions are not used, for they would double the
//! size of a small component.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// A fixed distance from UTC. China has no summer time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(UtcOffset);

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(UtcOffset::UTC);
    /// Beijing, +08:00.
    pub const CHINA: Self = match UtcOffset::from_hms(8, 0, 0) {
        Ok(offset) => Self(offset),
        Err(_) => unreachable!(),
    };

    /// Reads `+08:00`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let sign = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, minutes) = text.get(1..)?.split_once(':')?;
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        let (hours, minutes) = (i8::try_from(hours).ok()?, i8::try_from(minutes).ok()?);
        UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok().map(Self)
    }

    /// `yyyy-MM-dd HH:mm:ss`.
    #[must_use]
    pub fn format(self, instant: u64) -> String {
        let at = self.at(instant);
        format!("{} {}", dashed(at.date()), clock(at.time()))
    }

    /// `yyyyMMdd`.
    #[must_use]
    pub fn format_day(self, instant: u64) -> String {
        let date = self.at(instant).date();
        format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
    }

    /// `yyyy-MM-dd`.
    #[must_use]
    pub fn format_date(self, instant: u64) -> String {
        dashed(self.at(instant).date())
    }

    /// `yyyyMMddHHmmss`.
    #[must_use]
    pub fn format_compact(self, instant: u64) -> String {
        let time = self.at(instant).time();
        format!("{}{:02}{:02}{:02}", self.format_day(instant), time.hour(), time.minute(), time.second())
    }

    /// Reads `yyyy-MM-dd HH:mm:ss`, or the same with a "T" between and a "Z" at the end.
    #[must_use]
    pub fn parse_instant(self, text: &str) -> Option<u64> {
        let (date, time) = text.trim().trim_end_matches('Z').split_once([' ', 'T'])?;
        let (year, month, day) = three(date, '-', [4, 2, 2])?;
        let (hour, minute, second) = three(time, ':', [2, 2, 2])?;
        let month = Month::try_from(small(month)?).ok()?;
        let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, small(day)?).ok()?;
        let time = Time::from_hms(small(hour)?, small(minute)?, small(second)?).ok()?;
        let at = PrimitiveDateTime::new(date, time).assume_offset(self.0);
        u64::try_from(at.unix_timestamp()).ok()?.checked_mul(1000)
    }

    /// Milliseconds until the next day begins.
    #[must_use]
    pub fn until_next_day(self, instant: u64) -> u64 {
        self.until_start_of(instant, self.at(instant).date().next_day())
    }

    /// Milliseconds until the next month begins.
    #[must_use]
    pub fn until_next_month(self, instant: u64) -> u64 {
        let today = self.at(instant).date();
        let month = today.month().next();
        let year = today.year() + i32::from(month == Month::January);
        self.until_start_of(instant, Date::from_calendar_date(year, month, 1).ok())
    }

    /// Milliseconds until it is this hour of the day, at most a day.
    #[must_use]
    pub fn until_hour(self, instant: u64, hour: u8) -> u64 {
        const HOUR: u64 = 3_600_000;
        let until_midnight = self.until_next_day(instant);
        let wanted = u64::from(hour.min(23)) * HOUR;
        let since_midnight = (24 * HOUR).saturating_sub(until_midnight);
        if since_midnight < wanted { wanted - since_midnight } else { until_midnight + wanted }
    }

    fn until_start_of(self, instant: u64, date: Option<Date>) -> u64 {
        let start = date.map(|date| date.midnight().assume_offset(self.0).unix_timestamp()).unwrap_or_default();
        u64::try_from(start).unwrap_or_default().saturating_mul(1000).saturating_sub(instant)
    }

    fn at(self, instant: u64) -> OffsetDateTime {
        let seconds = i64::try_from(instant / 1000).unwrap_or_default();
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH).to_offset(self.0)
    }
}

/// `yyyy-MM-ddTHH:mm:ssZ`, as request signatures want it.
#[must_use]
pub fn iso_utc(instant: u64) -> String {
    let at = Zone::UTC.at(instant);
    format!("{}T{}Z", dashed(at.date()), clock(at.time()))
}

/// `yyyyMMddTHHmmssZ`, which other request signatures want.
#[must_use]
pub fn basic_utc(instant: u64) -> String {
    let compact = Zone::UTC.format_compact(instant);
    let (day, time) = compact.split_at(8);
    format!("{day}T{time}Z")
}

/// Reads what [`basic_utc`] writes.
#[must_use]
pub fn parse_basic_utc(text: &str) -> Option<u64> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let part = |text: &str, from: usize| text.get(from..from + 2).map(str::to_owned);
    let dashed = format!("{}-{}-{}", day.get(..4)?, part(day, 4)?, day.get(6..)?);
    Zone::UTC.parse_instant(&format!("{dashed} {}:{}:{}", part(time, 0)?, part(time, 2)?, time.get(4..)?))
}

/// Milliseconds of a number of seconds since the Unix epoch.
#[must_use]
pub fn from_unix_seconds(seconds: u64) -> Option<u64> {
    seconds.checked_mul(1000)
}

fn dashed(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

fn three(text: &str, separator: char, widths: [usize; 3]) -> Option<(u32, u32, u32)> {
    let mut parts = text.split(separator).zip(widths).map(|(part, width)| digits(part, width));
    let found = (parts.next()??, parts.next()??, parts.next()??);
    (text.split(separator).count() == 3).then_some(found)
}

fn digits(text: &str, width: usize) -> Option<u32> {
    let all_digits = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok())?
}

fn small(number: u32) -> Option<u8> {
    u8::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-01-02T03:04:05Z.
    const INSTANT: u64 = 1_704_164_645_000;
    const HOUR: u64 = 3_600_000;

    #[test]
    fn one_instant_in_each_form() {
        assert_eq!(iso_utc(INSTANT), "2024-01-02T03:04:05Z");
        assert_eq!(Zone::CHINA.format(INSTANT), "2024-01-02 11:04:05");
        assert_eq!(Zone::CHINA.format_day(INSTANT), "20240102");
        assert_eq!(Zone::CHINA.format_day(INSTANT + 13 * HOUR), "20240103");
    }

    #[test]
    fn the_compact_forms() {
        assert_eq!(basic_utc(INSTANT), "20240102T030405Z");
        assert_eq!(parse_basic_utc("20240102T030405Z"), Some(INSTANT));
        for wrong in ["", "T", "20240102T030405", "2024T03Z", "20240102T0304055Z", "2024010xT030405Z", "签20T签签Z"]
        {
            assert_eq!(parse_basic_utc(wrong), None, "{wrong}");
        }
        assert_eq!(Zone::CHINA.format_compact(INSTANT), "20240102110405");
        assert_eq!(Zone::CHINA.format_date(INSTANT + 13 * HOUR), "2024-01-03");
    }

    #[test]
    fn an_hour_is_today_or_tomorrow() {
        assert_eq!(Zone::CHINA.until_hour(INSTANT, 12), (55 * 60 + 55) * 1000);
        assert_eq!(Zone::CHINA.until_hour(INSTANT, 8), Zone::CHINA.until_next_day(INSTANT) + 8 * HOUR);
        assert_eq!(Zone::CHINA.until_hour(INSTANT, 8) % HOUR, (55 * 60 + 55) * 1000);
    }

    #[test]
    fn local_times_are_read_in_their_zone() {
        assert_eq!(Zone::CHINA.parse_instant("2024-01-02 11:04:05"), Some(INSTANT));
        assert_eq!(Zone::UTC.parse_instant("2024-01-02T03:04:05"), Some(INSTANT));
        assert_eq!(Zone::UTC.parse_instant("2024-01-02T03:04:05Z"), Some(INSTANT));
        for wrong in ["", "2024-01-02", "2024-13-02 11:04:05", "2024-02-30 11:04:05", "2024-1-2 1:4:5", "x-y-z a:b:c"] {
            assert_eq!(Zone::CHINA.parse_instant(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn zones_are_read() {
        assert_eq!(Zone::parse("+08:00"), Some(Zone::CHINA));
        assert_eq!(Zone::parse("-05:30").map(|zone| zone.format(INSTANT)).as_deref(), Some("2024-01-01 21:34:05"));
        assert_eq!(
            (Zone::parse("08:00"), Zone::parse("+8"), Zone::parse("+99:00"), Zone::parse("")),
            (None, None, None, None)
        );
    }

    #[test]
    fn days_and_months_end_at_local_midnight() {
        assert_eq!(Zone::CHINA.until_next_day(INSTANT), (12 * 3600 + 55 * 60 + 55) * 1000);
        let december = Zone::CHINA.parse_instant("2024-12-31 23:59:00").unwrap();
        assert_eq!(Zone::CHINA.until_next_month(december), 60_000);
        assert_eq!(Zone::CHINA.until_next_month(INSTANT), Zone::CHINA.until_next_day(INSTANT) + 29 * 24 * HOUR);
    }
}
