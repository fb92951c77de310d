//! The ways in which providers write dates: UTC in most requests, China local time (+08:00, without saying so) elsewhere.

use time::format_description::BorrowedFormatItem;
use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime, PrimitiveDateTime, UtcOffset};

const CHINA: UtcOffset = offset!(+8);
const UTC_FORM: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const LOCAL_FORM: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const COMPACT_FORM: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
const YEARLESS_FORM: &[BorrowedFormatItem<'_>] = format_description!("[month][day][hour][minute][second]");
const LONG_FORM: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day][hour][minute][second]");
const DASHED_DAY_FORM: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const DAY_FORM: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");

/// `2024-01-02T03:04:05Z` as UTC milliseconds.
pub(crate) fn parse_utc(text: &str) -> Option<i64> {
    let date = PrimitiveDateTime::parse(text, UTC_FORM).ok()?;
    Some(date.assume_utc().unix_timestamp() * 1_000)
}

/// `20240102T030405Z` as UTC milliseconds.
pub(crate) fn parse_compact_utc(text: &str) -> Option<i64> {
    let date = PrimitiveDateTime::parse(text, COMPACT_FORM).ok()?;
    Some(date.assume_utc().unix_timestamp() * 1_000)
}

/// UTC milliseconds as `2024-01-02T03:04:05Z`.
pub(crate) fn utc(ms: i64) -> String {
    moment(ms).format(UTC_FORM).unwrap_or_default()
}

/// UTC milliseconds as `Tue, 02 Jan 2024 03:04:05 +0000`.
pub(crate) fn rfc_2822(ms: i64) -> String {
    moment(ms).format(&time::format_description::well_known::Rfc2822).unwrap_or_default()
}

/// UTC milliseconds as `20240102T030405Z`.
pub(crate) fn compact_utc(ms: i64) -> String {
    moment(ms).format(COMPACT_FORM).unwrap_or_default()
}

/// The first moment of the local day `20240102`, as UTC milliseconds.
pub(crate) fn parse_day(text: &str) -> Option<i64> {
    let day = Date::parse(text, DAY_FORM).ok()?;
    Some(day.midnight().assume_offset(CHINA).unix_timestamp() * 1_000)
}

/// The first moment of the local day `2024-01-02`, as UTC milliseconds.
pub(crate) fn parse_dashed_day(text: &str) -> Option<i64> {
    let day = Date::parse(text, DASHED_DAY_FORM).ok()?;
    Some(day.midnight().assume_offset(CHINA).unix_timestamp() * 1_000)
}

/// UTC milliseconds as `2024-01-02 11:04:05`.
pub(crate) fn local(ms: i64) -> String {
    moment(ms).to_offset(CHINA).format(LOCAL_FORM).unwrap_or_default()
}

/// The local `20240102110405` as UTC milliseconds.
pub(crate) fn parse_long_local(text: &str) -> Option<i64> {
    let date = PrimitiveDateTime::parse(text, LONG_FORM).ok()?;
    Some(date.assume_offset(CHINA).unix_timestamp() * 1_000)
}

/// The local `2024-01-02 11:04:05` as UTC milliseconds.
pub(crate) fn parse_local(text: &str) -> Option<i64> {
    let date = PrimitiveDateTime::parse(text, LOCAL_FORM).ok()?;
    Some(date.assume_offset(CHINA).unix_timestamp() * 1_000)
}

/// UTC milliseconds as the local `0102110405`.
pub(crate) fn yearless_local(ms: i64) -> String {
    moment(ms).to_offset(CHINA).format(YEARLESS_FORM).unwrap_or_default()
}

/// The local `0102110405`, in whichever year brings it closest to `near_ms`, as UTC milliseconds.
pub(crate) fn parse_yearless_local(text: &str, near_ms: i64) -> Option<i64> {
    let this_year = moment(near_ms).to_offset(CHINA).year();
    let at = |year: i32| parse_long_local(&format!("{year:04}{text}"));
    (this_year - 1..=this_year + 1).filter_map(at).min_by_key(|ms| ms.abs_diff(near_ms))
}

fn moment(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_is_eight_hours_ahead() {
        let ms = parse_utc("2024-01-02T03:04:05Z").expect("a date");
        assert_eq!(local(ms), "2024-01-02 11:04:05");
        assert_eq!(parse_local("2024-01-02 11:04:05"), Some(ms));
        assert_eq!(parse_long_local("20240102110405"), Some(ms));
        assert_eq!((utc(ms).as_str(), compact_utc(ms).as_str()), ("2024-01-02T03:04:05Z", "20240102T030405Z"));
        assert_eq!(rfc_2822(ms), "Tue, 02 Jan 2024 03:04:05 +0000");
        assert_eq!(parse_compact_utc("20240102T030405Z"), Some(ms));
    }

    #[test]
    fn a_year_is_found_where_none_is_told() {
        let new_year = parse_utc("2023-12-31T16:00:00Z").expect("a date");
        assert_eq!(yearless_local(new_year), "0101000000");
        assert_eq!(parse_yearless_local("1231235959", new_year), Some(new_year - 1_000));
        assert_eq!(parse_yearless_local("0101000001", new_year - 2_000), Some(new_year + 1_000));
        assert_eq!(parse_yearless_local("1301000000", new_year), None);
    }

    #[test]
    fn a_local_day_begins_the_evening_before() {
        assert_eq!(parse_day("20240102"), parse_utc("2024-01-01T16:00:00Z"));
        assert_eq!(parse_dashed_day("2024-01-02"), parse_day("20240102"));
        assert_eq!(parse_day("2024-01-02"), None);
    }
}
