//! Where a guest's random bytes come from: the machine, or a seed that makes signatures reproduce.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// The random source of one call.
pub(crate) enum Randomness {
    /// The machine's.
    System,
    /// The same bytes in every call.
    Seeded(u64, Box<StdRng>),
}

impl Randomness {
    /// `None` is the machine's.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        seed.map_or(Self::System, |seed| Self::Seeded(seed, Box::new(StdRng::seed_from_u64(seed))))
    }

    /// A fresh generator of the same seed, for a standard library that has its own; `None` for the machine's.
    pub(crate) fn fork(&self) -> Option<StdRng> {
        match self {
            Self::System => None,
            Self::Seeded(seed, _) => Some(StdRng::seed_from_u64(*seed)),
        }
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        match self {
            Self::System => rand::rng().fill_bytes(bytes),
            Self::Seeded(_, rng) => rng.fill_bytes(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_the_machine_does_not() {
        let draw = |seed| {
            let (mut bytes, mut source) = ([0; 32], Randomness::new(seed));
            source.fill(&mut bytes);
            bytes
        };
        assert_eq!(draw(Some(1)), draw(Some(1)));
        assert_ne!(draw(Some(1)), draw(Some(2)));
        assert_ne!(draw(None), draw(None));
    }
}
