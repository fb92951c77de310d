//! Compact counters by number: some thirty bytes each, so that a bench of a million texts stays small.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::NumberCount;
use crate::shards::Shards;
use crate::wire::Provider;

/// How often each number was taken.
pub(super) struct Counts {
    shards: Shards<HashMap<u64, Counter>>,
    numbers: AtomicU64,
    doubled: AtomicU64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    taken: u32,
    provider: Provider,
    /// The provider's id and the time of the last text both derive from it.
    last_taken: u64,
}

impl Counts {
    pub(super) fn new() -> Self {
        Self { shards: Shards::new(), numbers: AtomicU64::new(0), doubled: AtomicU64::new(0) }
    }

    /// Counts a taken text.
    pub(super) fn add(&self, number: u64, provider: Provider, call: u64) {
        let before = {
            let mut shard = self.shards.of(number);
            let counter = shard.entry(number).or_default();
            let before = counter.taken;
            *counter = Counter { taken: before + 1, provider, last_taken: call };
            before
        };
        match before {
            0 => self.numbers.fetch_add(1, Relaxed),
            1 => self.doubled.fetch_add(1, Relaxed),
            _ => before.into(),
        };
    }

    pub(super) fn was_taken(&self, number: u64) -> bool {
        self.shards.of(number).contains_key(&number)
    }

    /// The provider and the call that last brought a text to this number.
    pub(super) fn last_taken(&self, number: u64) -> Option<(Provider, u64)> {
        self.shards.of(number).get(&number).map(|counter| (counter.provider, counter.last_taken))
    }

    pub(super) fn numbers(&self) -> u64 {
        self.numbers.load(Relaxed)
    }

    pub(super) fn doubled_count(&self) -> u64 {
        self.doubled.load(Relaxed)
    }

    pub(super) fn doubled(&self) -> Vec<NumberCount> {
        let mut doubled = Vec::new();
        for shard in self.shards.each() {
            let repeated = shard.iter().filter(|(_, counter)| counter.taken > 1);
            doubled.extend(
                repeated.map(|(number, counter)| NumberCount { number: number.to_string(), taken: counter.taken }),
            );
        }
        doubled.sort_by(|a, b| a.number.cmp(&b.number));
        doubled
    }

    pub(super) fn clear(&self) {
        self.shards.clear();
        self.numbers.store(0, Relaxed);
        self.doubled.store(0, Relaxed);
    }
}
