//! Faults in force: draws what happens to one request, and counts `times` down.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hyper::StatusCode;

use super::{Faults, ReceiptFaults, ResetWhen};
use crate::dice::Dice;
use crate::number;
use crate::wire::Refusal;

/// An account's faults and how often each may still strike.
#[derive(Debug, Default)]
pub(crate) struct ActiveFaults {
    faults: Faults,
    error: Lot,
    http_status: Lot,
    reset: Lot,
    hang: Lot,
}

/// What happens to a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing special.
    Served,
    /// Not taken; answered in the provider's shape.
    Refused(Refusal),
    /// Answered by a broken front end.
    Status { status: StatusCode, body: String, taken: bool },
    /// Taken, then the connection is reset.
    Reset,
    /// Taken, then reset within the answer.
    HalfAnswer,
    /// Taken, never answered.
    Hang,
}

impl ActiveFaults {
    pub(crate) fn new(faults: Faults) -> Self {
        Self {
            error: faults.error.as_ref().map(|fault| Lot::new(fault.share, fault.times)).unwrap_or_default(),
            http_status: faults
                .http_status
                .as_ref()
                .map(|fault| Lot::new(fault.share, fault.times))
                .unwrap_or_default(),
            reset: faults.reset.as_ref().map(|fault| Lot::new(fault.share, fault.times)).unwrap_or_default(),
            hang: faults.hang.as_ref().map(|fault| Lot::new(fault.share, fault.times)).unwrap_or_default(),
            faults,
        }
    }

    /// The faults as they were set.
    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(crate) fn receipts(&self) -> &ReceiptFaults {
        &self.faults.receipts
    }

    pub(crate) fn latency(&self, dice: &Dice) -> Duration {
        self.faults.latency.map_or(Duration::ZERO, |latency| latency.draw(dice))
    }

    /// Whether the connection is to be reset with the request unread.
    pub(crate) fn resets_before_read(&self, is_lookup: bool, dice: &Dice) -> bool {
        self.reset_is(true) && self.concerns(is_lookup) && self.reset.draw(dice)
    }

    /// What happens to a lookup.
    pub(crate) fn lookup_outcome(&self, number: &str, dice: &Dice) -> Outcome {
        if self.concerns(true) { self.outcome(std::iter::once(number), dice) } else { Outcome::Served }
    }

    /// What happens to a send to these numbers.
    pub(crate) fn outcome<'n>(&self, numbers: impl Iterator<Item = &'n str>, dice: &Dice) -> Outcome {
        if self.reset_is(false) && self.reset.draw(dice) {
            return self.reset_outcome();
        }
        if self.hang.draw(dice) {
            return Outcome::Hang;
        }
        if let Some(fault) = &self.faults.http_status
            && self.http_status.draw(dice)
        {
            let (status, body) = (status(fault.status), fault.body.clone());
            return Outcome::Status { status, body, taken: fault.taken };
        }
        if let Some(fault) = &self.faults.error
            && concerns_numbers(fault.numbers.as_deref(), numbers)
            && self.error.draw(dice)
        {
            return Outcome::Refused(Refusal::new(status(fault.http_status), &fault.code, "a fault set by the test"));
        }
        Outcome::Served
    }

    fn concerns(&self, is_lookup: bool) -> bool {
        !is_lookup || self.faults.lookups
    }

    /// True where a reset is set and its moment is before reading (or, with `false`, any later one).
    fn reset_is(&self, before_read: bool) -> bool {
        self.faults.reset.as_ref().is_some_and(|fault| (fault.when == ResetWhen::BeforeRead) == before_read)
    }

    fn reset_outcome(&self) -> Outcome {
        match self.faults.reset.as_ref().map(|fault| fault.when) {
            Some(ResetWhen::HalfAnswer) => Outcome::HalfAnswer,
            _ => Outcome::Reset,
        }
    }
}

/// A share, and how often it may still come true. The default never does.
#[derive(Debug, Default)]
struct Lot {
    share: f64,
    left: AtomicU64,
}

impl Lot {
    fn new(share: f64, times: Option<u64>) -> Self {
        Self { share, left: AtomicU64::new(times.unwrap_or(u64::MAX)) }
    }

    fn draw(&self, dice: &Dice) -> bool {
        // An endless lot is not counted down: requests would share its cache line for nothing.
        match self.left.load(Relaxed) {
            u64::MAX => dice.hits(self.share),
            0 => false,
            _ => dice.hits(self.share) && self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok(),
        }
    }
}

fn concerns_numbers<'n>(wanted: Option<&[String]>, mut numbers: impl Iterator<Item = &'n str>) -> bool {
    let Some(wanted) = wanted else { return true };
    numbers.any(|sent| wanted.iter().any(|number| number::key(number) == number::key(sent)))
}

/// `Faults::check` refused any other.
fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn active(json: &str) -> ActiveFaults {
        ActiveFaults::new(serde_json::from_str(json).expect("faults"))
    }

    fn outcome(faults: &ActiveFaults, number: &str) -> Outcome {
        faults.outcome(std::iter::once(number), &Dice::new(1))
    }

    #[test]
    fn times_run_out() {
        let faults = active(r#"{"hang":{"times":2}}"#);
        let outcomes: Vec<_> = (0..3).map(|_| outcome(&faults, "13800000000")).collect();
        assert_eq!(outcomes, [Outcome::Hang, Outcome::Hang, Outcome::Served]);
    }

    #[test]
    fn an_error_may_be_for_some_numbers_only() {
        let faults = active(r#"{"error":{"code":"X","numbers":["13800000001"]}}"#);
        assert_eq!(outcome(&faults, "13800000000"), Outcome::Served);
        assert!(matches!(outcome(&faults, "+8613800000001"), Outcome::Refused(_)));
    }

    #[test]
    fn lookups_are_spared_unless_named() {
        let dice = Dice::new(1);
        assert_eq!(active(r#"{"hang":{}}"#).lookup_outcome("13800000000", &dice), Outcome::Served);
        assert_eq!(active(r#"{"hang":{},"lookups":true}"#).lookup_outcome("13800000000", &dice), Outcome::Hang);
    }
}
