//! [`Tally`]: how often each thing happened.

use jixinda_domain::{Deferral, Outcome, Scope};
use serde::{Deserialize, Serialize};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The provider took it.
    Accepted,
    /// Refused for a reason that lies in the channel: another may succeed.
    Refused,
    /// Refused for a reason that lies in the message, or put off for one: says nothing of the channel.
    Blameless,
    /// Too fast.
    Throttled,
    /// The provider was busy or failing, and certainly did not take it.
    Busy,
    /// No connection.
    Unreachable,
    /// The account is empty.
    NoBalance,
    /// The credentials are refused.
    AuthFailed,
    /// Sent, and nobody knows what became of it.
    Uncertain,
    /// The plugin failed.
    Fault,
    /// A receipt: it arrived.
    Delivered,
    /// A receipt: it did not.
    Undelivered,
    /// A delivery that is old enough for its code to have been used.
    Ripe,
    /// The code in it was used.
    Converted,
}

/// Counts by [`Kind`]. Fractions, since they fade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally([f32; Kind::Converted as usize + 1]);

/// The code of an attempt that ended in a plugin's fault.
pub const PLUGIN_FAULT: &str = "plugin-fault";

impl Kind {
    /// What an outcome counts as.
    pub fn of(outcome: &Outcome) -> Self {
        if outcome.cause().is_some_and(|cause| cause.code == PLUGIN_FAULT) {
            return Self::Fault;
        }
        match outcome {
            Outcome::Accepted { .. } => Self::Accepted,
            Outcome::Uncertain { .. } => Self::Uncertain,
            Outcome::Rejected { elsewhere, .. } => {
                if *elsewhere {
                    Self::Refused
                } else {
                    Self::Blameless
                }
            }
            Outcome::Deferred { reason, scope, .. } => match (reason, scope) {
                // A busy number, template or batch is not a busy channel.
                (Deferral::RateLimited | Deferral::UpstreamBusy | Deferral::Other, scope)
                    if *scope != Scope::Account =>
                {
                    Self::Blameless
                }
                (Deferral::RateLimited, _) => Self::Throttled,
                (Deferral::UpstreamBusy | Deferral::Other, _) => Self::Busy,
                (Deferral::Unreachable, _) => Self::Unreachable,
                (Deferral::NoBalance, _) => Self::NoBalance,
                (Deferral::AuthFailed, _) => Self::AuthFailed,
            },
        }
    }

    /// A try that the channel is to blame for.
    pub const fn is_failure(self) -> bool {
        matches!(
            self,
            Self::Refused
                | Self::Busy
                | Self::Unreachable
                | Self::NoBalance
                | Self::AuthFailed
                | Self::Uncertain
                | Self::Fault
        )
    }
}

impl Tally {
    const FAILURES: [Kind; 7] =
        [Kind::Refused, Kind::Busy, Kind::Unreachable, Kind::NoBalance, Kind::AuthFailed, Kind::Uncertain, Kind::Fault];

    /// How often.
    pub fn of(&self, kind: Kind) -> f32 {
        self.0[kind as usize]
    }

    /// Counts something.
    pub fn add(&mut self, kind: Kind, count: f32) {
        self.0[kind as usize] += count;
    }

    /// Counts many things.
    pub fn add_all(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// Takes away what is counted elsewhere; nothing falls below 0.
    pub fn take_away(&mut self, part: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(part.0) {
            *mine = (*mine - theirs).max(0.0);
        }
    }

    /// Forgets the failures: the channel has proved that they are over.
    pub fn forgive(&mut self) {
        for kind in Self::FAILURES {
            self.0[kind as usize] = 0.0;
        }
    }

    /// Shrinks to at most so many tries; the rates stay.
    pub fn soften(&mut self, most: f32) {
        let tries = self.tries();
        if tries > most {
            self.decay(most / tries);
        }
    }

    /// Fades.
    pub fn decay(&mut self, keeps: f32) {
        for count in &mut self.0 {
            *count *= keeps;
            // What is hardly there is nothing: denormal numbers are slow.
            if *count < 1e-6 {
                *count = 0.0;
            }
        }
    }

    /// Tries that the channel is to blame for.
    pub fn failures(&self) -> f32 {
        Self::FAILURES.iter().map(|kind| self.of(*kind)).sum()
    }

    /// Tries that say something of the channel.
    pub fn tries(&self) -> f32 {
        self.of(Kind::Accepted) + self.failures()
    }

    /// Receipts that say how it ended.
    pub fn receipts(&self) -> f32 {
        self.of(Kind::Delivered) + self.of(Kind::Undelivered)
    }

    /// Everything.
    pub fn sum(&self) -> f32 {
        self.0.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::{Cause, Rejection};

    #[test]
    fn a_channel_is_blamed_for_its_own_failures_only() {
        let deferred =
            |reason, scope| Outcome::Deferred { reason, scope, cause: Cause::default(), retry_after_ms: None };
        let rejected = |elsewhere| Outcome::Rejected { reason: Rejection::Other, elsewhere, cause: Cause::default() };
        let cases = [
            (rejected(true), Kind::Refused),
            (rejected(false), Kind::Blameless),
            (deferred(Deferral::RateLimited, Scope::Account), Kind::Throttled),
            (deferred(Deferral::RateLimited, Scope::Recipient), Kind::Blameless),
            (deferred(Deferral::Unreachable, Scope::Account), Kind::Unreachable),
            (deferred(Deferral::UpstreamBusy, Scope::Account), Kind::Busy),
            (deferred(Deferral::Other, Scope::Batch), Kind::Blameless),
            (Outcome::Uncertain { upstream_id: None, cause: Cause::new(PLUGIN_FAULT, "") }, Kind::Fault),
        ];
        for (outcome, kind) in cases {
            assert_eq!(Kind::of(&outcome), kind, "{outcome:?}");
        }
        assert!(!Kind::Throttled.is_failure(), "too fast is our own doing");
    }
}
