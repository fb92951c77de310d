//! Which nonces were used lately.
//!
//! A nonce only matters while its request's date is still accepted, so two generations of half an hour are enough;
//! older ones are forgotten and a long bench stays small.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use crate::shards::Shards;

/// A request's date may be 15 minutes off either way, so its nonce can come back for 30.
const GENERATION: Duration = Duration::from_secs(30 * 60);

/// The used nonces of all accounts, as 64-bit hashes.
#[derive(Debug)]
pub(crate) struct Nonces {
    hasher: RandomState,
    seen: Shards<Generations>,
}

impl Nonces {
    pub(crate) fn new() -> Self {
        Self { hasher: RandomState::new(), seen: Shards::new() }
    }

    /// Uses the nonce up; false where it had been used before.
    pub(crate) fn spend(&self, account: &str, nonce: &str) -> bool {
        let hash = self.hasher.hash_one((account, nonce));
        self.seen.of(hash).spend(hash)
    }

    pub(crate) fn clear(&self) {
        self.seen.clear();
    }
}

#[derive(Debug)]
struct Generations {
    young: HashSet<u64>,
    old: HashSet<u64>,
    turned: Instant,
}

impl Default for Generations {
    fn default() -> Self {
        Self { young: HashSet::new(), old: HashSet::new(), turned: Instant::now() }
    }
}

impl Generations {
    fn spend(&mut self, hash: u64) -> bool {
        if self.turned.elapsed() > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.turned = Instant::now();
        }
        !self.old.contains(&hash) && self.young.insert(hash)
    }
}
