//! [`Weather`]: how the provider behaves all through a run: slow, now and then cut off after it read, careless with receipts.

use super::dice::Dice;
use provider_simulator::{Faults, Latency, ReceiptFaults, ResetFault, ResetWhen};

/// The provider's ordinary faults in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Weather {
    /// Answers take between these, in milliseconds.
    pub latency_ms: (u64, u64),
    /// The part of the sends that are taken and never answered, in percent.
    pub resets: u64,
    /// The part of the receipts that never come, in percent.
    pub lost_receipts: u64,
    /// How much later than usual receipts come.
    pub late_ms: u64,
    /// How often each receipt comes.
    pub duplicate: u32,
    /// Receipts come before the send is answered.
    pub early: bool,
    /// Three of ten calls are never answered, lookups too, and the gateway waits for nobody long: texts are decided about without
    /// anybody's word.
    pub silent: bool,
}

/// The part of the calls that are never answered in a silent weather.
const SILENCE: f64 = 0.3;

impl Weather {
    /// Draws one.
    pub fn draw(dice: &mut Dice) -> Self {
        Self {
            latency_ms: dice.pick(&[(5, 60), (2, 20), (30, 300)]),
            resets: dice.pick(&[1, 2, 5]),
            lost_receipts: dice.pick(&[0, 2, 5]),
            late_ms: dice.pick(&[0, 300, 2000]),
            duplicate: dice.pick(&[1, 2, 3]),
            early: dice.percent(25),
            silent: dice.percent(25),
        }
    }

    /// How the gateway is set for it, beside what all runs have.
    pub(super) fn settings(&self) -> &'static [(&'static str, &'static str)] {
        if !self.silent {
            return &[];
        }
        &[
            ("DISPATCH__UNCERTAIN_WAIT_MS__OTP", "1500"),
            ("DISPATCH__UNCERTAIN_WAIT_MS__NOTICE", "4000"),
            ("DISPATCH__UNCERTAIN_WAIT_MS__MARKETING", "4000"),
        ]
    }

    /// As the simulator takes it; `cut_off` makes every send one that is taken and not answered.
    pub(super) fn faults(&self, cut_off: bool) -> Faults {
        let share = match (cut_off, self.silent) {
            (true, _) => 1.0,
            (false, true) => SILENCE,
            (false, false) => self.resets as f64 / 100.0,
        };
        let reset = (share > 0.0).then_some(ResetFault { when: ResetWhen::AfterRead, share, times: None });
        let receipts = ReceiptFaults {
            lost_share: self.lost_receipts as f64 / 100.0,
            late_ms: self.late_ms,
            duplicate: self.duplicate.max(1),
            early: self.early,
            ..ReceiptFaults::default()
        };
        let latency = Some(Latency::UniformMs(self.latency_ms.0, self.latency_ms.1));
        Faults { latency, reset, receipts, lookups: self.silent, ..Faults::default() }
    }
}
