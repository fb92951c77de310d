//! Every text in full, by number.

use std::collections::HashMap;

use super::{ReceivedText, TextRecord};
use crate::shards::Shards;

/// The records of all texts.
pub(super) struct Details {
    shards: Shards<HashMap<u64, Vec<TextRecord>>>,
}

impl Details {
    pub(super) fn new() -> Self {
        Self { shards: Shards::new() }
    }

    pub(super) fn add(&self, number: u64, record: TextRecord) {
        self.shards.of(number).entry(number).or_default().push(record);
    }

    pub(super) fn of(&self, number: u64) -> Vec<ReceivedText> {
        let shard = self.shards.of(number);
        shard.get(&number).into_iter().flatten().map(ReceivedText::from).collect()
    }

    pub(super) fn clear(&self) {
        self.shards.clear();
    }
}
