//! When an event is tried again, and how fast an endpoint is asked. Pure: time and randomness are arguments.

use jixinda_domain::Timestamp;
use std::time::Duration;

/// The longest pause that an endpoint may ask for with `Retry-After`.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);
/// Failures in a row after which an endpoint counts as failing.
const TOLERATED: u32 = 5;
/// Pauses between probes of a failing endpoint.
const SHORTEST_PROBE_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PROBE_PAUSE: Duration = Duration::from_secs(60);

/// The pause after the failed try number `step` (from 0), or `None` where that was the last. `asked` is what the endpoint wishes,
/// `random` is from 0 to 1: a fifth off either way.
pub(super) fn next_pause(retries: &[Duration], step: u32, asked: Option<Duration>, random: f64) -> Option<Duration> {
    let planned = retries.get(usize::try_from(step).unwrap_or(usize::MAX))?;
    Some(planned.mul_f64(0.8 + 0.4 * random).max(bounded(asked)))
}

fn bounded(asked: Option<Duration>) -> Duration {
    asked.unwrap_or_default().min(LONGEST_ASKED)
}

/// How fast one endpoint is asked. While it keeps failing: one probe at a time, with growing pauses, whatever waits.
#[derive(Debug, Default)]
pub(super) struct Pace {
    failures: u32,
    hold_until: Option<Timestamp>,
}

impl Pace {
    /// How many tries may be under way now.
    pub(super) fn allowance(&self, now: Timestamp, usual: usize) -> usize {
        match self.hold_until {
            Some(until) if until > now => 0,
            _ if self.is_failing() => 1,
            _ => usual.max(1),
        }
    }

    /// How long nothing may be tried.
    pub(super) fn hold(&self, now: Timestamp) -> Duration {
        self.hold_until.map_or(Duration::ZERO, |until| until.since(now))
    }

    pub(super) fn is_failing(&self) -> bool {
        self.failures >= TOLERATED
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// Answers whether the endpoint counts as failing from now on. `first` is the first pause of the retry schedule.
    pub(super) fn failed(&mut self, now: Timestamp, asked: Option<Duration>, first: Duration, random: f64) -> bool {
        let was_failing = self.is_failing();
        // What was under way when the pause began says nothing new.
        if was_failing && self.allowance(now, 1) == 0 {
            return false;
        }
        self.failures += 1;
        let mut pause = bounded(asked);
        if self.is_failing() {
            let grown = first.saturating_mul(1 << (self.failures - TOLERATED).min(16));
            let bounded = grown.clamp(SHORTEST_PROBE_PAUSE, LONGEST_PROBE_PAUSE);
            pause = pause.max(bounded.mul_f64(0.8 + 0.4 * random));
        }
        if !pause.is_zero() {
            self.hold_until = Some(now + pause);
        }
        self.is_failing() && !was_failing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_follow_the_schedule_a_fifth_off_either_way() {
        let retries = [5 * SECOND, 300 * SECOND];
        assert_eq!(next_pause(&retries, 0, None, 0.0), Some(4 * SECOND));
        assert_eq!(next_pause(&retries, 0, None, 1.0), Some(6 * SECOND));
        assert_eq!(next_pause(&retries, 1, None, 0.5), Some(300 * SECOND));
        assert_eq!(next_pause(&retries, 2, None, 0.5), None, "the schedule is over");
    }

    #[test]
    fn an_endpoint_is_heard_within_bounds() {
        let retries = [5 * SECOND, 7200 * SECOND];
        assert_eq!(next_pause(&retries, 0, Some(60 * SECOND), 0.5), Some(60 * SECOND));
        assert_eq!(next_pause(&retries, 0, Some(SECOND), 0.5), Some(5 * SECOND), "never sooner than planned");
        assert_eq!(next_pause(&retries, 0, Some(Duration::MAX), 0.5), Some(LONGEST_ASKED));
    }

    #[test]
    fn an_endpoint_that_keeps_failing_gets_one_probe_at_a_time() {
        let mut pace = Pace::default();
        for _ in 1..TOLERATED {
            assert!(!pace.failed(NOW, None, SECOND, 0.5));
            assert_eq!(pace.allowance(NOW, 16), 16, "one bad event does not slow the others");
        }
        assert!(pace.failed(NOW, None, SECOND, 0.5), "now it is failing");
        assert!(!pace.failed(NOW, None, SECOND, 0.5), "others of the same volley change nothing");
        assert_eq!((pace.allowance(NOW, 16), pace.hold(NOW)), (0, SECOND));
        let mut now = NOW;
        let pauses: Vec<u64> = (0..8)
            .map(|_| {
                now = now + pace.hold(now);
                assert_eq!(pace.allowance(now, 16), 1);
                pace.failed(now, None, SECOND, 0.5);
                pace.hold(now).as_secs()
            })
            .collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60, 60]);
        pace.succeeded();
        assert_eq!(pace.allowance(now, 16), 16);
    }

    #[test]
    fn a_wish_to_wait_holds_the_whole_endpoint() {
        let mut pace = Pace::default();
        pace.failed(NOW, Some(30 * SECOND), SECOND, 0.5);
        assert_eq!((pace.allowance(NOW, 16), pace.hold(NOW)), (0, 30 * SECOND));
        assert_eq!(pace.allowance(NOW + 30 * SECOND, 16), 16);
    }
}
