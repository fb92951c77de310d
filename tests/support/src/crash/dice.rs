//! [`Dice`]: everything random of a run, from its seed. The sequence of a seed is the same for ever, so that a seed in an old report
//! still repeats its plan.

/// A stream of draws (SplitMix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another stream of the same seed: what one part draws does not move what another draws.
    pub fn fork(&self, part: u64) -> Self {
        let mut fork = Self(self.0 ^ part.wrapping_add(1).wrapping_mul(0xD1B5_4A32_D192_ED03));
        fork.roll();
        fork
    }

    /// Any of the 2^64 values.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    /// From `from` up to but not including `to`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.roll() % to.saturating_sub(from).max(1)
    }

    /// True in so many of a hundred draws.
    pub fn percent(&mut self, share: u64) -> bool {
        self.between(0, 100) < share
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.between(0, of.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence_and_parts_do_not_meet() {
        let (mut first, mut second) = (Dice::new(7), Dice::new(7));
        assert!((0..100).all(|_| first.roll() == second.roll()));
        assert_ne!(Dice::new(7).fork(0).roll(), Dice::new(7).fork(1).roll());
        assert_eq!(Dice::new(7).roll(), 7_191_089_600_892_374_487, "old reports name seeds");
    }

    #[test]
    fn draws_stay_in_their_bounds() {
        let mut dice = Dice::new(1);
        assert!((0..1000).all(|_| (3..9).contains(&dice.between(3, 9))));
        assert_eq!(dice.between(5, 5), 5);
    }
}
