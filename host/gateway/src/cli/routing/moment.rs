//! Moments as people type them: RFC 3339, `now`, `today`, `yesterday`, or a time ago (`-6h`).

use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use jixinda_domain::Timestamp;
use std::time::Duration;

/// The moment that a word names. Days begin at midnight in `zone`.
///
/// # Errors
/// One sentence that says what is understood.
pub fn parse(word: &str, now: Timestamp, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    let moment = match word {
        "now" => Some(now),
        "today" => midnight(now, 0, zone),
        "yesterday" => midnight(now, 1, zone),
        _ => match word.strip_prefix('-') {
            Some(ago) => span(ago).map(|ago| now - ago),
            None => Timestamp::parse_rfc3339(word),
        },
    };
    moment.ok_or_else(|| {
        anyhow::anyhow!("{word:?} is no time: write 2026-11-24T08:00:00+08:00, now, today, yesterday, -90m, -6h or -2d")
    })
}

fn midnight(now: Timestamp, days_ago: i32, zone: &TimeZone) -> Option<Timestamp> {
    let local = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?.to_zoned(zone.clone());
    let date = local.date().checked_sub(days_ago.days()).ok()?;
    Some(Timestamp::from_millis(date.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond()))
}

/// `90m`.
fn span(text: &str) -> Option<Duration> {
    let seconds = match text.bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => 86_400,
        _ => return None,
    };
    // More than a century ago is a slip.
    let count: u64 = text[..text.len() - 1].parse().ok().filter(|count| *count <= 1_000_000)?;
    Some(Duration::from_secs(count * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(word: &str) -> Option<String> {
        let zone = crate::quiet_hours::zone("a test", "Asia/Shanghai").expect("a zone");
        // Three in the morning of the 25th in Shanghai.
        let now = Timestamp::parse_rfc3339("2026-11-24T19:00:00Z").expect("a time");
        parse(word, now, &zone).ok().map(|moment| moment.to_string())
    }

    #[test]
    fn moments_are_read_as_people_say_them() {
        let cases = [
            ("2026-11-24T08:00:00+08:00", "2026-11-24T00:00:00.000Z"),
            ("now", "2026-11-24T19:00:00.000Z"),
            ("today", "2026-11-24T16:00:00.000Z"),
            ("yesterday", "2026-11-23T16:00:00.000Z"),
            ("-6h", "2026-11-24T13:00:00.000Z"),
            ("-90m", "2026-11-24T17:30:00.000Z"),
            ("-2d", "2026-11-22T19:00:00.000Z"),
        ];
        for (word, expected) in cases {
            assert_eq!(parsed(word).as_deref(), Some(expected), "{word}");
        }
        for word in ["", "-", "-6", "-h", "6h", "tomorrow", "2026-11-24", "-6日", "--6h", "-99999999999d"] {
            assert_eq!(parsed(word), None, "{word}");
        }
    }
}
