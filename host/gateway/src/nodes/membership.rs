//! Who lives: told by beats that go on, not by clocks that agree. Pure.

use jixinda_domain::NodeId;
use jixinda_store::Node;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::time::Duration;

/// The most that one look counts as silence: while the store could not be read, nobody was seen to be silent.
const LONGEST_LOOK: Duration = Duration::from_secs(1);

/// What was seen of other nodes so far.
pub(super) struct Membership {
    me: NodeId,
    dead_after: Duration,
    seen: HashMap<NodeId, Seen>,
    last_look: Option<Duration>,
}

struct Seen {
    beat: u64,
    silent_for: Duration,
}

impl Membership {
    pub(super) fn new(me: NodeId, dead_after: Duration) -> Self {
        Self { me, dead_after, seen: HashMap::new(), last_look: None }
    }

    /// Takes note of what the store holds at `now`, on a clock that only goes forward; answers which of the nodes are dead. One that is
    /// seen for the first time lives.
    pub(super) fn look(&mut self, nodes: &[Node], now: Duration) -> Vec<NodeId> {
        let passed = self.last_look.map_or(Duration::ZERO, |last| now.saturating_sub(last)).min(LONGEST_LOOK);
        self.last_look = Some(now);
        self.seen.retain(|id, _| nodes.iter().any(|node| node.id == *id));
        let mut dead = Vec::new();
        for node in nodes.iter().filter(|node| node.id != self.me) {
            let seen = self.seen.entry(node.id).or_insert(Seen { beat: node.beat, silent_for: Duration::ZERO });
            if seen.beat == node.beat {
                seen.silent_for += passed;
            } else {
                *seen = Seen { beat: node.beat, silent_for: Duration::ZERO };
            }
            if seen.silent_for >= self.dead_after {
                dead.push(node.id);
            }
        }
        dead
    }
}

/// Who of `nodes` is to hold a duty: each node answers the same, and when one goes, only its own duties move.
pub(super) fn preferred(duty: &str, nodes: &[NodeId]) -> Option<NodeId> {
    // A digest that no build changes: nodes of two versions must agree while one takes the other's place.
    nodes.iter().copied().max_by_key(|node| <[u8; 32]>::from(Sha256::digest(format!("{duty} {node}"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::Timestamp;

    const SECOND: Duration = Duration::from_secs(1);

    fn id(number: u128) -> NodeId {
        NodeId::new(Timestamp::default(), number)
    }

    fn node(number: u128, beat: u64) -> Node {
        let (started_at, seen_at) = (Timestamp::default(), Timestamp::default());
        let words = String::new;
        Node {
            id: id(number),
            name: words(),
            role: words(),
            version: words(),
            plugins: words(),
            beat,
            started_at,
            seen_at,
        }
    }

    #[test]
    fn a_node_whose_beat_stands_still_is_dead_and_lives_again_when_it_goes_on() {
        let mut members = Membership::new(id(1), 3 * SECOND);
        for second in 0..3 {
            assert!(members.look(&[node(1, 7), node(2, 5), node(3, second)], SECOND * second as u32).is_empty());
        }
        assert_eq!(members.look(&[node(1, 7), node(2, 5), node(3, 9)], 3 * SECOND), [id(2)], "never oneself");
        assert!(members.look(&[node(2, 6)], 4 * SECOND).is_empty());
    }

    #[test]
    fn nobody_is_silent_while_the_store_is_away() {
        let mut members = Membership::new(id(1), 3 * SECOND);
        assert!(members.look(&[node(2, 5)], Duration::ZERO).is_empty());
        assert!(members.look(&[node(2, 5)], 60 * SECOND).is_empty(), "it may not have come back yet");
    }

    #[test]
    fn duties_are_spread_and_move_only_with_their_holder() {
        let nodes = [id(1), id(2), id(3)];
        let duties: Vec<String> = (0..300).map(|number| format!("webhook:{number}")).collect();
        let held = |nodes: &[NodeId]| duties.iter().map(|duty| preferred(duty, nodes)).collect::<Vec<_>>();
        let (before, after) = (held(&nodes), held(&nodes[..2]));
        for node in nodes {
            let count = before.iter().filter(|holder| **holder == Some(node)).count();
            assert!((60..=140).contains(&count), "{count} of 300");
        }
        let moved = before.iter().zip(&after).filter(|(before, after)| before != after);
        assert!(moved.clone().all(|(before, _)| *before == Some(id(3))));
        assert_eq!(preferred("schedule", &[]), None);
    }
}
