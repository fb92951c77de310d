//! The ways in which providers write dates: UTC in most requests, China local time (+08:00, without saying so) elsewhere.

use time::format_description::BorrowedFormatItem;
use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime, PrimitiveDateTime, UtcOffset};

const CHINA: UtcOffset = offset!(+8);
const UTC_FORM: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const LOCAL_FORM: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const DAY_FORM: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");

/// `2024-01-02T03:04:05Z` as UTC milliseconds.
pub(crate) fn parse_utc(text: &str) -> Option<i64> {
    let date = PrimitiveDateTime::parse(text, UTC_FORM).ok()?;
    Some(date.assume_utc().unix_timestamp() * 1_000)
}

/// The first moment of the local day `20240102`, as UTC milliseconds.
pub(crate) fn parse_day(text: &str) -> Option<i64> {
    let day = Date::parse(text, DAY_FORM).ok()?;
    Some(day.midnight().assume_offset(CHINA).unix_timestamp() * 1_000)
}

/// UTC milliseconds as `2024-01-02 11:04:05`.
pub(crate) fn local(ms: i64) -> String {
    let date = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    date.to_offset(CHINA).format(LOCAL_FORM).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_is_eight_hours_ahead() {
        let ms = parse_utc("2024-01-02T03:04:05Z").expect("a date");
        assert_eq!(local(ms), "2024-01-02 11:04:05");
    }

    #[test]
    fn a_local_day_begins_the_evening_before() {
        assert_eq!(parse_day("20240102"), parse_utc("2024-01-01T16:00:00Z"));
        assert_eq!(parse_day("2024-01-02"), None);
    }
}
