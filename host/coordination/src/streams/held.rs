//! What this node has in its hands, and what it settled but Redis has not heard of.

use crate::entry::EntryKey;
use jixinda_domain::MessageClass;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Never awaited under its lock.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<Hands>);

#[derive(Debug, Default)]
struct Hands {
    /// Given to a worker, or about to be.
    taken: HashSet<EntryKey>,
    /// Settled: still to be removed.
    owed: HashSet<EntryKey>,
}

impl Held {
    /// Notes an entry as given out; false where it is already out, or settled.
    pub(super) fn take(&self, key: EntryKey) -> bool {
        let mut hands = self.lock();
        !hands.owed.contains(&key) && hands.taken.insert(key)
    }

    /// The entry is not in our hands after all.
    pub(super) fn drop(&self, key: EntryKey) {
        self.lock().taken.remove(&key);
    }

    pub(super) fn settle(&self, keys: &[EntryKey]) {
        let mut hands = self.lock();
        for key in keys {
            hands.taken.remove(key);
            hands.owed.insert(*key);
        }
    }

    pub(super) fn owed(&self, class: MessageClass) -> Vec<EntryKey> {
        self.lock().owed.iter().filter(|key| key.class == class).copied().collect()
    }

    pub(super) fn paid(&self, keys: &[EntryKey]) {
        let mut hands = self.lock();
        for key in keys {
            hands.owed.remove(key);
        }
    }

    /// Forgets what was given out: the node hands it back.
    pub(super) fn clear(&self, class: MessageClass) {
        self.lock().taken.retain(|key| key.class != class);
    }

    fn lock(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
