//! The day of a quota: which one it is, and when the next begins, in the zone that the operator counts in.

use crate::quiet_hours::zone;
use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use jixinda_domain::{ApplicationId, Timestamp};
use jixinda_store::QuotaClaim;

/// Tells days apart.
pub struct QuotaDay(TimeZone);

impl QuotaDay {
    /// # Errors
    /// Where there is no such zone.
    pub fn in_zone(name: &str) -> anyhow::Result<Self> {
        Ok(Self(zone("limits.time_zone", name)?))
    }

    /// An application's claim on the day that `now` falls into.
    pub fn claim(&self, application_id: ApplicationId, most: u32, now: Timestamp) -> QuotaClaim {
        let moment = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let local = moment.to_zoned(self.0.clone());
        let tomorrow = local.date().checked_add(1.day()).and_then(|date| date.to_zoned(self.0.clone()));
        let ends_at = tomorrow.map_or(now, |next| Timestamp::from_millis(next.timestamp().as_millisecond()));
        QuotaClaim { application_id, day: local.date().to_string(), ends_at, most: most.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_where_the_operator_is() {
        let day = QuotaDay::in_zone("Asia/Shanghai").expect("a zone");
        let claim = |now: &str| {
            let now = Timestamp::parse_rfc3339(now).expect("a time");
            day.claim(ApplicationId::new(Timestamp::default(), 1), 5, now)
        };
        assert_eq!(claim("2026-11-24T15:59:59Z").day, "2026-11-24");
        assert_eq!(claim("2026-11-24T16:00:00Z").day, "2026-11-25");
        assert_eq!(claim("2026-11-24T16:00:00Z").ends_at.to_string(), "2026-11-25T16:00:00.000Z");
    }
}
