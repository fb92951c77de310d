//! Nodes that share a store: beats, leases, and word of what changed.

use super::support::*;
use jixinda_domain::*;
use jixinda_store::{
    BlocklistChange, Node, Revised, 
};
use std::time::Duration;

fn node(number: u128, beat: u64) -> Node {
    Node {
        id: NodeId::new(NOW, number),
        name: format!("node {number}"),
        role: "worker".to_owned(),
        version: "0.1.0".to_owned(),
        plugins: "[]".to_owned(),
        beat,
        started_at: NOW,
        seen_at: NOW,
    }
}

#[tokio::test]
async fn a_beat_replaces_the_one_before() {
    let story = begin().await;
    for known in [node(2, 1), node(1, 1), node(2, 2)] {
        story.store.beat(&known).await.expect("written");
    }
    assert_eq!(story.store.nodes().await.expect("read"), [node(1, 1), node(2, 2)]);
    story.store.remove_node(node(1, 1).id).await.expect("written");
    assert_eq!(story.store.nodes().await.expect("read"), [node(2, 2)]);
}

#[tokio::test]
async fn a_lease_has_one_holder_and_each_holder_a_higher_fence() {
    let story = begin().await;
    let (one, other) = (NodeId::new(NOW, 1), NodeId::new(NOW, 2));
    assert_eq!(story.store.take_lease("schedule", one, 0).await.expect("written"), Some(1));
    assert_eq!(story.store.take_lease("schedule", other, 0).await.expect("written"), None, "it saw an older state");
    assert_eq!(story.store.take_lease("schedule", other, 1).await.expect("written"), Some(2));
    assert_eq!(story.store.take_lease("retention", other, 3).await.expect("written"), None, "there is no such lease");
    story.store.give_up_leases(one, &["schedule".to_owned()]).await.expect("written");
    assert_eq!(story.store.leases().await.expect("read")[0].holder, Some(other), "it is not one's own any more");
    story.store.remove_node(other).await.expect("written");
    let leases = story.store.leases().await.expect("read");
    assert_eq!((leases[0].holder, leases[0].fence), (None, 2));
    assert_eq!(story.store.take_lease("schedule", one, 2).await.expect("written"), Some(3));
}

#[tokio::test]
async fn of_many_that_want_a_lease_one_has_it() {
    let story = begin().await;
    let mut racers = tokio::task::JoinSet::new();
    for number in 1..=20 {
        let store = story.store.clone();
        racers.spawn(async move { store.take_lease("schedule", NodeId::new(NOW, number), 0).await.expect("written") });
    }
    let taken = racers.join_all().await;
    assert_eq!(taken.iter().flatten().collect::<Vec<_>>(), [&1]);
}

#[tokio::test]
async fn changes_of_the_blocklist_are_told_in_order_and_a_gap_is_noticed() {
    let story = begin().await;
    let store = &story.store;
    assert_eq!(store.revise(Revised::Directory).await.expect("written"), 1);
    let (one, other) = (8_613_800_000_001, 8_613_800_000_002);
    store.block_numbers(&[(one, ""), (other, "")], NOW).await.expect("written");
    assert!(store.unblock_number(one, NOW + Duration::from_secs(60)).await.expect("written"));
    assert!(!store.unblock_number(one, NOW).await.expect("written"), "which is no change");
    let revisions = store.revisions().await.expect("read");
    assert_eq!((revisions.directory, revisions.blocklist, revisions.queue), (1, 2, 0));
    let news = store.blocklist_changes(0, 10).await.expect("read");
    let told = [(1, BlocklistChange::Blocked(vec![one, other])), (2, BlocklistChange::Unblocked(vec![one]))];
    assert_eq!((news.changes.as_slice(), news.gap), (told.as_slice(), false));
    let news = store.blocklist_changes(2, 10).await.expect("read");
    assert_eq!((news.changes.as_slice(), news.gap), ([].as_slice(), false), "all is known");
    store.forget_blocklist_changes(NOW + Duration::from_secs(1)).await.expect("written");
    assert!(!store.blocklist_changes(1, 10).await.expect("read").gap);
    assert!(store.blocklist_changes(0, 10).await.expect("read").gap, "the first is forgotten");
}
