//! Seeded randomness without a lock: draw n of a seed is always the same, whichever thread asks for it.
//!
//! What is decided with it lives in `faults`.

use std::sync::atomic::{AtomicU64, Ordering};

/// The step and the mixing are SplitMix64's.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of random draws that many requests share.
#[derive(Debug)]
pub(crate) struct Dice {
    state: AtomicU64,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    /// Any of the 2^64 values.
    pub(crate) fn roll(&self) -> u64 {
        let state = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mix(state)
    }

    /// A value in `0.0..1.0`.
    pub(crate) fn fraction(&self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True in `share` of the draws. The certain answers draw nothing, so that they leave the sequence alone.
    pub(crate) fn hits(&self, share: f64) -> bool {
        if share <= 0.0 {
            return false;
        }
        share >= 1.0 || self.fraction() < share
    }

    /// A draw from the standard normal distribution (Box–Muller).
    pub(crate) fn gaussian(&self) -> f64 {
        let radius = (-2.0 * (1.0 - self.fraction()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.fraction()).cos()
    }

    /// An id in the shape of a UUID, upper case as providers print it.
    pub(crate) fn uuid(&self) -> String {
        let (a, b) = (self.roll(), self.roll());
        format!(
            "{:08X}-{:04X}-{:04X}-{:04X}-{:012X}",
            a >> 32,
            (a >> 16) & 0xFFFF,
            a & 0xFFFF,
            b >> 48,
            b & 0xFFFF_FFFF_FFFF
        )
    }
}

/// Spreads neighbouring values over all 64 bits.
pub(crate) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let (first, second) = (Dice::new(7), Dice::new(7));
        assert!((0..100).all(|_| first.roll() == second.roll()));
    }

    #[test]
    fn a_share_is_kept_roughly() {
        let dice = Dice::new(1);
        let hits = (0..10_000).filter(|_| dice.hits(0.3)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
    }
}
