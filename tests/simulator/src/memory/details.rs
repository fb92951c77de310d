//! Every text in full, by number; for providers whose lookups name a call, by call as well.

use std::collections::{BTreeSet, HashMap};

use super::{ReceivedText, TextRecord};
use crate::shards::Shards;

/// The records of all texts.
pub(super) struct Details {
    shards: Shards<HashMap<u64, Vec<TextRecord>>>,
    /// The numbers of a call.
    calls: Shards<HashMap<u64, Vec<u64>>>,
}

impl Details {
    pub(super) fn new() -> Self {
        Self { shards: Shards::new(), calls: Shards::new() }
    }

    pub(super) fn add(&self, number: u64, record: TextRecord) {
        if record.call.provider.wire().nature().asked_by_call {
            self.calls.of(record.call.id).entry(record.call.id).or_default().push(number);
        }
        self.shards.of(number).entry(number).or_default().push(record);
    }

    pub(super) fn of(&self, number: u64) -> Vec<ReceivedText> {
        let shard = self.shards.of(number);
        shard.get(&number).into_iter().flatten().map(ReceivedText::from).collect()
    }

    /// The texts of one call in their order.
    pub(super) fn of_call(&self, call: u64) -> Vec<ReceivedText> {
        let numbers = self.calls.of(call).get(&call).cloned().unwrap_or_default();
        let mut texts = Vec::with_capacity(numbers.len());
        for number in numbers.into_iter().collect::<BTreeSet<_>>() {
            let shard = self.shards.of(number);
            texts.extend(
                shard.get(&number).into_iter().flatten().filter(|text| text.call.id == call).map(ReceivedText::from),
            );
        }
        texts.sort_by_key(|text| text.position);
        texts
    }

    pub(super) fn clear(&self) {
        self.calls.clear();
        self.shards.clear();
    }
}
