//! Faults in force: draws what happens to one request, and counts `times` down.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hyper::StatusCode;

use super::{Faults, Malformed, ReceiptFaults, ResetWhen, concerns};
use crate::dice::Dice;
use crate::wire::Text;

/// An account's faults and how often each may still strike.
#[derive(Debug, Default)]
pub(crate) struct ActiveFaults {
    faults: Faults,
    error: Lot,
    text_error: Lot,
    http_status: Lot,
    reset: Lot,
    hang: Lot,
    malformed: Lot,
}

/// What happens to a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing special.
    Served,
    /// Not taken; answered in the provider's shape, with its usual status where none is told.
    Refused { status: Option<StatusCode>, code: String, message: String },
    /// Answered by a broken front end.
    Status { status: StatusCode, body: String, taken: bool },
    /// Taken, then the connection is reset.
    Reset,
    /// Taken, then reset within the answer.
    HalfAnswer,
    /// Taken, never answered.
    Hang,
    /// Taken, and the answer spoilt.
    Malformed(Malformed),
}

impl Outcome {
    /// Whether the provider did what it was asked, whatever becomes of its answer.
    pub(crate) fn is_served(&self) -> bool {
        !matches!(self, Self::Refused { .. } | Self::Status { taken: false, .. })
    }

    /// Why nothing is taken, if so.
    pub(crate) fn refusal(&self) -> Option<String> {
        match self {
            Self::Refused { code, .. } => Some(code.clone()),
            Self::Status { status, taken: false, .. } => Some(status.as_str().to_owned()),
            _ => None,
        }
    }
}

impl ActiveFaults {
    pub(crate) fn new(faults: Faults) -> Self {
        // Every fault has a share and may have an end, but no type in common.
        macro_rules! lot {
            ($fault:ident) => {
                faults.$fault.as_ref().map(|fault| Lot::new(fault.share, fault.times)).unwrap_or_default()
            };
        }
        Self {
            error: lot!(error),
            text_error: lot!(text_error),
            http_status: lot!(http_status),
            reset: lot!(reset),
            hang: lot!(hang),
            malformed: lot!(malformed),
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
    pub(crate) fn resets_before_read(&self, is_send: bool, dice: &Dice) -> bool {
        self.reset_is(true) && (is_send || self.faults.lookups) && self.reset.draw(dice)
    }

    /// What happens to a question about these numbers.
    pub(crate) fn lookup_outcome<'n>(&self, numbers: impl Iterator<Item = &'n str>, dice: &Dice) -> Outcome {
        if self.faults.lookups { self.outcome(numbers, dice) } else { Outcome::Served }
    }

    /// Marks the texts that are refused although their call is served.
    pub(crate) fn refuse_texts(&self, texts: &mut [Text], dice: &Dice) {
        let Some(fault) = &self.faults.text_error else { return };
        for (position, text) in texts.iter_mut().enumerate() {
            let is_meant = fault.positions.as_ref().is_none_or(|positions| positions.contains(&position));
            if is_meant && concerns(fault.numbers.as_deref(), &text.number) && self.text_error.draw(dice) {
                text.refusal = Some(fault.code.as_str().into());
            }
        }
    }

    /// What happens to a send to these numbers.
    pub(crate) fn outcome<'n>(&self, mut numbers: impl Iterator<Item = &'n str>, dice: &Dice) -> Outcome {
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
            && (fault.numbers.is_none() || numbers.any(|number| concerns(fault.numbers.as_deref(), number)))
            && self.error.draw(dice)
        {
            let (code, message) = (fault.code.clone(), fault.message.clone());
            return Outcome::Refused { status: fault.http_status.map(status), code, message };
        }
        match &self.faults.malformed {
            Some(fault) if self.malformed.draw(dice) => Outcome::Malformed(fault.answer),
            _ => Outcome::Served,
        }
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
        assert!(matches!(outcome(&faults, "+8613800000001"), Outcome::Refused { .. }));
    }

    #[test]
    fn lookups_are_spared_unless_named() {
        let asked = |faults: &str| active(faults).lookup_outcome(std::iter::once("13800000000"), &Dice::new(1));
        assert_eq!(asked(r#"{"hang":{}}"#), Outcome::Served);
        assert_eq!(asked(r#"{"hang":{},"lookups":true}"#), Outcome::Hang);
    }

    #[test]
    fn one_text_of_a_batch_may_be_refused() {
        let faults = active(r#"{"text_error":{"code":"X","positions":[1]}}"#);
        let mut texts = vec![Text::default(); 3];
        faults.refuse_texts(&mut texts, &Dice::new(1));
        let refused: Vec<_> = texts.iter().map(|text| text.refusal.is_some()).collect();
        assert_eq!(refused, [false, true, false]);
    }
}
