//! [`InHand`]: which ids of the entries that this node took from Redis it is not done with. An entry is done when its last id is.

use jixinda_domain::MessageId;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

/// What is left of each entry, by the entries' keys.
pub(super) struct InHand<K> {
    entries: HashMap<MessageId, K>,
    left: HashMap<K, usize>,
}

impl<K> Default for InHand<K> {
    fn default() -> Self {
        Self { entries: HashMap::new(), left: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash> InHand<K> {
    /// Keeps the ids of an entry; false where none of them is its own. An id that an earlier entry brought stays with that one.
    pub(super) fn keep(&mut self, key: K, ids: impl IntoIterator<Item = MessageId>) -> bool {
        let mut own = 0;
        for id in ids {
            if let Entry::Vacant(place) = self.entries.entry(id) {
                place.insert(key);
                own += 1;
            }
        }
        if own > 0 {
            self.left.insert(key, own);
        }
        own > 0
    }

    /// Lets an id go; answers its entry where this was the last of its ids.
    pub(super) fn settle(&mut self, id: &MessageId) -> Option<K> {
        let key = self.entries.remove(id)?;
        let left = self.left.get_mut(&key)?;
        *left -= 1;
        if *left > 0 {
            return None;
        }
        self.left.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::Timestamp;

    fn id(number: u128) -> MessageId {
        MessageId::new(Timestamp::default(), number)
    }

    #[test]
    fn an_entry_is_done_with_the_last_of_its_ids() {
        let mut in_hand = InHand::default();
        assert!(in_hand.keep("one", [id(1), id(2)]));
        assert_eq!(in_hand.settle(&id(1)), None);
        assert_eq!(in_hand.settle(&id(1)), None, "it is gone already");
        assert_eq!(in_hand.settle(&id(2)), Some("one"));
        assert!(!in_hand.keep("two", []), "nothing of it was taken");
        assert!(in_hand.entries.is_empty() && in_hand.left.is_empty());
    }

    #[test]
    fn an_id_that_came_twice_belongs_to_the_entry_that_brought_it_first() {
        let mut in_hand = InHand::default();
        assert!(in_hand.keep("one", [id(1), id(2)]));
        assert!(in_hand.keep("two", [id(2), id(3)]));
        assert!(!in_hand.keep("three", [id(1), id(3)]), "it can be done with at once");
        assert_eq!(in_hand.settle(&id(1)), None);
        assert_eq!(in_hand.settle(&id(2)), Some("one"));
        assert_eq!(in_hand.settle(&id(3)), Some("two"));
        assert!(in_hand.entries.is_empty() && in_hand.left.is_empty(), "nothing stays behind");
    }
}
