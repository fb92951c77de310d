//! [`KeyHasher`]: makes a limit's key of what it counts by. A selection makes one for each limit of each candidate, so it has to be cheap:
//! a folded multiplication a word (as in wyhash), a fifth of SipHash. Keys are not kept anywhere (nodes of one
//! version tell them each other), and whoever finds two texts
//! with the same one has found two that count as one.

use std::hash::{BuildHasherDefault, Hasher};

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const FACTOR: u64 = 0xd6e8_feb8_6659_fd93;

/// See the file.
#[derive(Default)]
pub(super) struct KeyHasher(u64);

impl KeyHasher {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ SEED) * u128::from(FACTOR);
        self.0 = (product as u64) ^ ((product >> 64) as u64).rotate_left(23).wrapping_add(word);
    }
}

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in words.by_ref() {
            self.mix(word.iter().rev().fold(0, |whole, byte| whole << 8 | u64::from(*byte)));
        }
        let rest = words.remainder();
        if !rest.is_empty() {
            let word = rest.iter().rev().fold(0, |whole, byte| whole << 8 | u64::from(*byte));
            self.mix(word ^ (rest.len() as u64) << 56);
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    fn write_u128(&mut self, value: u128) {
        self.mix(value as u64);
        self.mix((value >> 64) as u64);
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }

    fn finish(&self) -> u64 {
        let product = u128::from(self.0 ^ SEED) * u128::from(FACTOR);
        (product as u64) ^ ((product >> 64) as u64)
    }
}

/// For a map by keys, which are hashes already.
#[derive(Default)]
pub(super) struct AsItIs(u64);

pub(super) type ByKey = BuildHasherDefault<AsItIs>;

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |whole, byte| whole << 8 | u64::from(*byte));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::hash::Hash as _;

    fn key(number: u64, text: &str, field: u8) -> u64 {
        let mut hasher = KeyHasher::default();
        (field, format!("+86{number}"), text).hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn neighbours_have_keys_of_their_own() {
        let numbers = 13_800_000_000..13_800_100_000;
        let keys: Vec<u64> =
            numbers.flat_map(|number| [key(number, "", 0), key(number, "", 1), key(number, "a", 1)]).collect();
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 300_000);
        // A map looks at the lowest and at the highest bits.
        for shift in [0, 57] {
            let mut counts = [0_u32; 128];
            keys.iter().for_each(|key| counts[(key >> shift & 127) as usize] += 1);
            let even = 300_000 / 128;
            assert!(counts.iter().all(|count| count.abs_diff(even) < even / 8), "{counts:?}");
        }
        assert_ne!(key(1, "a\0", 0), key(1, "a", 0));
    }
}
