//! Several draws from one random number, so that a decision takes one argument and can be made again.

/// A sequence of numbers in [0, 1) that a first one determines (SplitMix64, Steele, Lea and Flood 2014).
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(random: f64) -> Self {
        Self(random.to_bits())
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // The upper 53 bits are all that a double holds.
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_repeat() {
        let mean = (0..10_000).map(|step| Draws::new(f64::from(step) / 10_000.0).next()).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        assert_eq!(Draws::new(0.25).next(), Draws::new(0.25).next());
        let mut draws = Draws::new(0.25);
        assert_ne!(draws.next(), draws.next());
    }
}
