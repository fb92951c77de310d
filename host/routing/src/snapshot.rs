//! [`Snapshot`]: the ranking as it is published. Selections read it without a lock.

use crate::health::State;
use crate::ranking::Demotion;
use crate::rating::Rating;
use jixinda_domain::{ChannelId, Destination, MessageClass, Timestamp};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// What is known of all channels, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Counts changes; never twice the same, not even after a restart.
    pub version: u64,
    /// By channel.
    pub standings: HashMap<ChannelId, Arc<Standing>>,
}

/// What is known of one channel.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// Whether it gets texts at all.
    #[serde(flatten)]
    pub state: State,
    /// Its place for each class.
    pub places: [Place; 3],
    /// Destinations where it has less than its share, since others do clearly better there.
    pub weak: Vec<(Destination, Weakness)>,
    /// While it probes: `otp` is spared, since other texts can show whether it is well.
    pub spares_otp: bool,
    /// While it probes: it has waited for a text in vain, and takes the next.
    #[serde(skip)]
    pub starved: bool,
    /// Who carries the text that shows whether it is well.
    #[serde(skip)]
    pub probe: Arc<Probe>,
}

/// A channel's place for one class.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Place {
    /// How much of the load that the operator's order gives it, it gets: 0 to 1.
    pub share: f64,
    /// Why that is less than all, or on its way down.
    pub demotion: Option<Demotion>,
    /// Its place in the order of quality, from 0.
    pub rank: u32,
    /// How much of that place it has taken over: 0 to 1.
    pub lead: f64,
    /// How good it is.
    pub rating: Rating,
}

/// Less than its share at one destination.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Weakness {
    /// 0 to 1.
    pub share: f64,
    /// Whether it is on its way down, or there.
    pub demoted: bool,
    /// How good it is there.
    pub rating: Rating,
}

/// The slot of the one text at a time that a channel gets in the first step of probing. Lost texts free it after a while.
#[derive(Debug, Default)]
pub struct Probe(AtomicI64);

/// A text that waits for its call longer than this was put off on the way.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

impl Standing {
    /// What `share` of its load it gets for numbers of one destination.
    pub fn share(&self, class: MessageClass, destination: Destination) -> f64 {
        let share = self.places[class as usize].share;
        let weak = self.weak.iter().find(|(place, _)| *place == destination);
        weak.map_or(share, |(_, weakness)| match class {
            // Other texts show whether it is well again.
            MessageClass::Otp if self.spares_otp && weakness.demoted => 0.0,
            _ => share.min(weakness.share),
        })
    }
}

impl Probe {
    /// Whether the slot is free.
    pub fn is_free(&self, now: Timestamp) -> bool {
        let taken = self.0.load(Ordering::Acquire);
        // Also where the clock was set back.
        taken == 0 || !(0..PROBE_TIMEOUT.as_millis() as i64).contains(&(now.as_millis() - taken))
    }

    /// Takes the slot; false where another was faster.
    pub fn take(&self, now: Timestamp) -> bool {
        let taken = self.0.load(Ordering::Acquire);
        self.is_free(now)
            && self.0.compare_exchange(taken, now.as_millis().max(1), Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Gives the slot back.
    pub fn free(&self) {
        self.0.store(0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_at_a_time_probes() {
        let (probe, now) = (Probe::default(), Timestamp::from_millis(1_000));
        assert!(probe.take(now));
        assert!(!probe.take(now + Duration::from_secs(9)));
        assert!(probe.take(now + Duration::from_secs(10)), "it was lost");
        probe.free();
        assert!(probe.take(now));
        assert!(probe.take(now - Duration::from_secs(5)), "the clock was set back");
    }
}
