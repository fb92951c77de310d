//! [`Fair`]: several parties share one thing by deficit round robin (Shreedhar and Varghese 1995), each by its weight.
//!
//! [`Turns`] is the rule alone, for those who keep what waits in a shape of their own. Weights are asked for at each turn and stored
//! nowhere, so a change is in force at the next one. Whoever has nothing left loses its deficit: nobody saves up for a flood.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// An empty queue that is no longer than this is kept for the next item; a longer one gives its memory back.
const KEPT: usize = 64;

/// Whose turn it is. A turn adds a quantum to the key's deficit; it lasts until what was charged has used the deficit up.
#[derive(Clone, Debug)]
pub struct Turns<K> {
    order: VecDeque<K>,
    deficits: HashMap<K, i64>,
    /// Whether the first of the order has had this turn's quantum.
    granted: bool,
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self { order: VecDeque::new(), deficits: HashMap::new(), granted: false }
    }
}

impl<K: Copy + Eq + Hash> Turns<K> {
    /// Takes part from now on, behind those that do already.
    pub fn join(&mut self, key: K) {
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.deficits.entry(key) {
            vacant.insert(0);
            self.order.push_back(key);
        }
    }

    /// Takes part no more, and its deficit is forgotten.
    pub fn leave(&mut self, key: &K) {
        if self.deficits.remove(key).is_none() {
            return;
        }
        if self.order.front() == Some(key) {
            self.order.pop_front();
            self.granted = false;
        } else {
            self.order.retain(|other| other != key);
        }
    }

    /// Whose turn it is, and how much of it is left (at least 1). `quantum` is what a turn of a key is worth; 0 counts as 1.
    /// A debt of many quanta costs as many steps here.
    pub fn turn(&mut self, quantum: impl Fn(&K) -> u32) -> Option<(K, u32)> {
        loop {
            let key = *self.order.front()?;
            let deficit = self.deficits.entry(key).or_default();
            if !std::mem::replace(&mut self.granted, true) {
                *deficit += i64::from(quantum(&key).max(1));
            }
            if *deficit > 0 {
                return Some((key, u32::try_from(*deficit).unwrap_or(u32::MAX)));
            }
            self.granted = false;
            self.order.rotate_left(1);
        }
    }

    /// Books what a key got. It may be more than its deficit, and without having had a turn: the next turns pay for it.
    pub fn charge(&mut self, key: &K, cost: u32) {
        if let Some(deficit) = self.deficits.get_mut(key) {
            *deficit -= i64::from(cost);
        }
    }

    /// What a key may still have; below zero, what it has had too much. 0 for one that takes no part.
    pub fn deficit(&self, key: &K) -> i64 {
        self.deficits.get(key).copied().unwrap_or_default()
    }

    /// Those that take part, in the order of their turns.
    pub fn keys(&self) -> impl Iterator<Item = K> + '_ {
        self.order.iter().copied()
    }

    /// How many take part.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nobody takes part.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

/// Items by key; the keys share by weight, and each key's items come in their order.
#[derive(Clone, Debug)]
pub struct Fair<K, T> {
    turns: Turns<K>,
    queues: HashMap<K, VecDeque<T>>,
    len: usize,
}

impl<K, T> Default for Fair<K, T> {
    fn default() -> Self {
        Self { turns: Turns::default(), queues: HashMap::new(), len: 0 }
    }
}

impl<K: Copy + Eq + Hash, T> Fair<K, T> {
    /// Adds an item behind those of its key.
    pub fn push(&mut self, key: K, item: T) {
        self.queues.entry(key).or_default().push_back(item);
        self.turns.join(key);
        self.len += 1;
    }

    /// The next item. `weight` is how many items a key has a turn.
    pub fn pop(&mut self, weight: impl Fn(&K) -> u32) -> Option<T> {
        let (key, _) = self.turns.turn(weight)?;
        let item = self.queues.get_mut(&key)?.pop_front();
        self.book(key, 1);
        item
    }

    /// The next items, at most so many. A turn that `most` cuts short goes on at the next call.
    pub fn take(&mut self, most: usize, weight: impl Fn(&K) -> u32) -> Vec<T> {
        let mut taken = Vec::with_capacity(most.min(self.len));
        while taken.len() < most {
            let Some((key, left)) = self.turns.turn(&weight) else { break };
            let Some(queue) = self.queues.get_mut(&key) else { break };
            let count = queue.len().min(most - taken.len()).min(left as usize);
            taken.extend(queue.drain(..count));
            self.book(key, count);
        }
        taken
    }

    /// How many items wait.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn book(&mut self, key: K, count: usize) {
        self.len -= count;
        self.turns.charge(&key, u32::try_from(count).unwrap_or(u32::MAX));
        if let Some(queue) = self.queues.get(&key)
            && queue.is_empty()
        {
            if queue.capacity() > KEPT {
                self.queues.remove(&key);
            }
            self.turns.leave(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(keys: &[(char, usize)]) -> Fair<char, char> {
        let mut fair = Fair::default();
        for (key, count) in keys {
            (0..*count).for_each(|_| fair.push(*key, *key));
        }
        fair
    }

    fn weight(key: &char) -> u32 {
        if *key == 'a' { 3 } else { 1 }
    }

    #[test]
    fn turns_go_by_weight() {
        let mut fair = filled(&[('a', 100), ('b', 100)]);
        assert_eq!(fair.take(8, weight), ['a', 'a', 'a', 'b', 'a', 'a', 'a', 'b']);
    }

    #[test]
    fn a_turn_that_is_cut_short_goes_on() {
        let (mut whole, mut cut) = (filled(&[('a', 9), ('b', 4)]), filled(&[('a', 9), ('b', 4)]));
        let mut steps = Vec::new();
        for most in [2, 1, 3, 0, 7] {
            steps.extend(cut.take(most, weight));
        }
        assert_eq!(steps, whole.take(99, weight));
        assert!(cut.is_empty() && whole.is_empty());
    }

    #[test]
    fn pop_is_a_take_of_one() {
        let (mut one, mut many) = (filled(&[('a', 5), ('b', 5)]), filled(&[('a', 5), ('b', 5)]));
        let popped: Vec<char> = std::iter::from_fn(|| one.pop(weight)).collect();
        assert_eq!(popped, many.take(10, weight));
        assert_eq!(one.pop(weight), None);
    }

    #[test]
    fn nobody_saves_up() {
        let mut fair = filled(&[('a', 1), ('b', 10)]);
        // The turn of `a` was worth three and ends with its only item.
        assert_eq!(fair.take(3, weight), ['a', 'b', 'b']);
        (0..9).for_each(|_| fair.push('a', 'a'));
        assert_eq!(fair.take(5, weight), ['a', 'a', 'a', 'b', 'a'], "three a turn, not five");
    }

    #[test]
    fn a_debt_is_paid_by_the_next_turns() {
        let mut turns = Turns::default();
        turns.join('a');
        turns.join('b');
        assert_eq!(turns.turn(|_| 10), Some(('a', 10)));
        turns.charge(&'a', 25);
        assert_eq!(turns.deficit(&'a'), -15);
        let mut order = Vec::new();
        for _ in 0..4 {
            let (key, left) = turns.turn(|_| 10).expect("somebody");
            turns.charge(&key, left);
            order.push((key, left));
        }
        // Two quanta of three are gone: one that comes to five is left after two passes.
        assert_eq!(order, [('b', 10), ('b', 10), ('a', 5), ('b', 10)]);
    }

    #[test]
    fn a_weight_holds_from_the_next_turn_on_and_none_is_nothing() {
        let mut fair = filled(&[('a', 10), ('b', 10)]);
        assert_eq!(fair.take(2, |_| 1), ['a', 'b']);
        assert_eq!(fair.take(4, weight), ['a', 'a', 'a', 'b']);
        assert_eq!(fair.take(2, |_| 0), ['a', 'b']);
    }

    #[test]
    fn one_may_leave_in_the_middle() {
        let mut turns = Turns::default();
        ['a', 'b', 'c'].into_iter().for_each(|key| turns.join(key));
        turns.leave(&'b');
        turns.leave(&'x');
        assert_eq!(turns.keys().collect::<Vec<_>>(), ['a', 'c']);
        assert_eq!((turns.len(), turns.is_empty(), turns.deficit(&'b')), (2, false, 0));
    }
}
