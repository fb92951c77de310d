//! [`Retries`]: how often a call is tried again, and after which pause.

use crate::error::Error;
use std::time::Duration;

/// 重试: how often and how patiently a call is tried again, where it has no answer, or the answer 429, 502, 503 or 504.
///
/// Reads are tried again, and of the calls that change something those with an idempotency key (sends and batches): a repetition gets
/// the first answer. Among the 503 is the one of a repetition that came while the first try was still on its way to the disk; it too
/// is tried again.
///
/// ```
/// use jixinda_sdk::Retries;
/// use std::time::Duration;
///
/// let patient = Retries::new(6).longest_pause(Duration::from_secs(120));
/// let never = Retries::none();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    most: u32,
    first_pause: Duration,
    longest_pause: Duration,
}

impl Default for Retries {
    /// Three more tries, after about 0.25 s, 0.5 s and 1 s.
    fn default() -> Self {
        Self::new(3)
    }
}

impl Retries {
    /// So many tries after the first.
    pub fn new(most: u32) -> Self {
        Self { most, first_pause: Duration::from_millis(250), longest_pause: Duration::from_secs(30) }
    }

    /// One try, and that is it.
    pub fn none() -> Self {
        Self::new(0)
    }

    /// About how long the first pause is; each is twice the one before. A quarter of a second where nothing is said.
    #[must_use]
    pub fn first_pause(self, pause: Duration) -> Self {
        Self { first_pause: pause, ..self }
    }

    /// How long a pause may be; 30 seconds where nothing is said. Where the gateway wants to be left alone for longer (a number may have
    /// its next text in an hour, the quota begins anew at midnight), the call ends with that error at once.
    #[must_use]
    pub fn longest_pause(self, pause: Duration) -> Self {
        Self { longest_pause: pause, ..self }
    }

    /// The pause after the try with this number, counted from 1; `None` where that was the last. `chance` is from 0 to 1, and spreads
    /// those who failed together.
    pub(super) fn pause_after(&self, error: &Error, tries: u32, chance: f64) -> Option<Duration> {
        if tries > self.most || !error.is_retryable() {
            return None;
        }
        let doubled = self.first_pause.saturating_mul(1_u32.checked_shl(tries - 1).unwrap_or(u32::MAX));
        let half = doubled.min(self.longest_pause) / 2;
        let spread = half.mul_f64(chance.clamp(0.0, 1.0));
        match error.retry_after() {
            Some(wanted) if wanted > self.longest_pause => None,
            // Never before its time, and not all at once when it comes.
            Some(wanted) => Some(wanted + spread),
            None => Some(half + spread),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    fn problem(status: u16, retry_after: Option<u64>) -> Error {
        Error::Problem(Problem::read(status, retry_after.map(Duration::from_secs), b""))
    }

    fn millis(pause: Option<Duration>) -> Option<u128> {
        pause.map(|pause| pause.as_millis())
    }

    #[test]
    fn pauses_double_spread_and_end() {
        let retries = Retries::new(4).longest_pause(Duration::from_secs(1));
        let error = problem(503, None);
        let pauses =
            |chance| (1..=5).map(|tries| millis(retries.pause_after(&error, tries, chance))).collect::<Vec<_>>();
        assert_eq!(pauses(0.0), [Some(125), Some(250), Some(500), Some(500), None]);
        assert_eq!(pauses(1.0), [Some(250), Some(500), Some(1000), Some(1000), None]);
        assert!(Retries::new(u32::MAX).pause_after(&error, 4_000_000_000, 1.0).is_some(), "it does not overflow");
    }

    #[test]
    fn the_gateway_is_left_alone_as_long_as_it_wants() {
        let retries = Retries::default();
        assert_eq!(millis(retries.pause_after(&problem(503, Some(2)), 1, 0.0)), Some(2000));
        assert_eq!(millis(retries.pause_after(&problem(429, Some(2)), 1, 1.0)), Some(2125));
        assert_eq!(retries.pause_after(&problem(429, Some(3600)), 1, 0.0), None, "longer than anybody waits");
    }

    #[test]
    fn what_would_be_refused_again_is_not_tried_again() {
        for status in [400, 401, 403, 404, 409, 413, 422, 500] {
            assert_eq!(Retries::default().pause_after(&problem(status, None), 1, 0.0), None, "{status}");
        }
        assert_eq!(Retries::none().pause_after(&problem(503, None), 1, 0.0), None);
    }
}
