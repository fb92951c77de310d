//! [`Counts`]: what became of the texts of one run, and what of it must never happen.

use serde_json::Value;
use std::ops::AddAssign;

/// The outcome of one run, or of many together. Texts are counted, each by its own number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Acknowledged with 202.
    pub accepted: u64,
    /// Requested and never answered: stored or not.
    pub unanswered: u64,
    /// Turned away for good.
    pub refused: u64,
    /// Acknowledged, and taken by the provider.
    pub at_provider: u64,
    /// Acknowledged, and `delivered` in the gateway's books.
    pub delivered: u64,
    /// Acknowledged, not taken, and the gateway says why: expired, rejected, cancelled, parked.
    pub explained: u64,
    /// Acknowledged, and neither of the two.
    pub lost: u64,
    /// `notice` texts that the provider took more than once.
    pub doubled_notice: u64,
    /// `marketing` texts that the provider took more than once.
    pub doubled_marketing: u64,
    /// `otp` texts that the provider took more than once, but at most once for each uncertain attempt more.
    pub doubled_otp: u64,
    /// `otp` texts that it took more often than that.
    pub doubled_otp_beyond: u64,
    /// Attempts on `otp` texts that ended uncertain.
    pub uncertain_otp: u64,
    /// Texts with an uncertain attempt whose fate is known now.
    pub healed: u64,
    /// Texts that are still uncertain.
    pub still_uncertain: u64,
    /// Texts that wait for a person.
    pub parked: u64,
    /// Turned away, and stored or sent all the same.
    pub half_accepted: u64,
    /// One request with a key, stored as two.
    pub stored_twice: u64,
    /// Taken by the provider, while the gateway says expired, rejected, cancelled or parked.
    pub told_otherwise: u64,
}

impl Counts {
    /// Whether every promise was kept.
    pub fn are_clean(&self) -> bool {
        let broken = [
            self.lost,
            self.doubled_notice,
            self.doubled_marketing,
            self.doubled_otp_beyond,
            self.half_accepted,
            self.stored_twice,
        ];
        broken.iter().all(|count| *count == 0)
    }

    /// For machines.
    pub fn to_json(&self) -> Value {
        let mut counts = self.clone();
        counts.fields().into_iter().map(|(name, count)| (name.to_owned(), Value::from(*count))).collect()
    }

    fn fields(&mut self) -> [(&'static str, &mut u64); 18] {
        [
            ("accepted", &mut self.accepted),
            ("unanswered", &mut self.unanswered),
            ("refused", &mut self.refused),
            ("at_provider", &mut self.at_provider),
            ("delivered", &mut self.delivered),
            ("explained", &mut self.explained),
            ("lost", &mut self.lost),
            ("doubled_notice", &mut self.doubled_notice),
            ("doubled_marketing", &mut self.doubled_marketing),
            ("doubled_otp", &mut self.doubled_otp),
            ("doubled_otp_beyond", &mut self.doubled_otp_beyond),
            ("uncertain_otp", &mut self.uncertain_otp),
            ("healed", &mut self.healed),
            ("still_uncertain", &mut self.still_uncertain),
            ("parked", &mut self.parked),
            ("half_accepted", &mut self.half_accepted),
            ("stored_twice", &mut self.stored_twice),
            ("told_otherwise", &mut self.told_otherwise),
        ]
    }
}

impl AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        let mut other = other.clone();
        for ((_, sum), (_, more)) in self.fields().into_iter().zip(other.fields()) {
            *sum += *more;
        }
    }
}
