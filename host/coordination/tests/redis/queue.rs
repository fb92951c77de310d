//! What the queue and the exchange promise, whatever Redis is behind them.

use super::PATIENCE;
use jixinda_coordination::{Entry, Exchange, QueuedId, Redis, Streams, Topic};
use jixinda_domain::{ApplicationId, MessageClass, MessageId, NodeId, Timestamp};
use jixinda_test_servers::until;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const SHORT: Duration = Duration::from_millis(100);

/// Different at each call.
fn number() -> u128 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed).into()
}

fn node() -> NodeId {
    NodeId::new(NOW, number())
}

fn ids(count: usize) -> Vec<QueuedId> {
    let id =
        |_| QueuedId { id: MessageId::new(NOW, number()), application_id: ApplicationId::new(NOW, 7), due_at: NOW };
    (0..count).map(id).collect()
}

fn streams(redis: &Redis, node: NodeId) -> Streams {
    Streams::new(redis.clone(), node, 10_000)
}

fn names<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> BTreeSet<MessageId> {
    entries.into_iter().flat_map(|entry| entry.ids.iter().map(|id| id.id)).collect()
}

/// Takes until so many ids have come, or nothing comes any more.
async fn take(streams: &Streams, class: MessageClass, count: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let taken = until("the ids to be taken", PATIENCE, || async {
        streams.take(class, 64, SHORT).await.ok().map(|taken| taken.entries)
    });
    entries.extend(taken.await.expect("Redis answers"));
    let begun = std::time::Instant::now();
    while names(&entries).len() < count && begun.elapsed() < PATIENCE {
        if let Ok(taken) = streams.take(class, 64, SHORT).await {
            entries.extend(taken.entries);
        }
    }
    entries
}

pub(crate) async fn takes_an_id(redis: &Redis) -> bool {
    let all = MessageClass::ALL.map(|class| async move { streams(redis, node()).push(class, &ids(1)).await.is_ok() });
    let mut taken = true;
    for class in all {
        taken &= class.await;
    }
    taken
}

/// Each id to one consumer, the dead man's to another, nothing left at the end.
pub(crate) async fn keeps_its_promises(redis: &Redis) {
    for class in MessageClass::ALL {
        let (one, other, third) = (node(), node(), node());
        let (first, second, heir) = (streams(redis, one), streams(redis, other), streams(redis, third));
        // What earlier rounds left is nobody's now.
        let left = take(&first, class, 0).await;
        first.done(&left.iter().map(|entry| entry.key).collect::<Vec<_>>()).await.expect("done");
        let pushed = ids(200);
        let expected: BTreeSet<MessageId> = pushed.iter().map(|id| id.id).collect();
        first.push(class, &pushed[..150]).await.expect("pushed");
        second.push(class, &pushed[150..]).await.expect("pushed");
        let of_first = first.take(class, 2, SHORT).await.expect("taken").entries;
        let mine = names(&of_first);
        assert!(!mine.is_empty() && mine.len() < 200, "an entry holds many ids, and not all: {}", mine.len());
        let of_second = take(&second, class, 200 - mine.len()).await;
        let theirs = names(&of_second);
        assert!(mine.is_disjoint(&theirs), "each id is one consumer's");
        assert_eq!(mine.union(&theirs).copied().collect::<BTreeSet<_>>(), expected);
        assert!(of_second.iter().flat_map(|entry| &entry.ids).all(|id| id.due_at == NOW), "they come as they went");
        // The first dies with what it holds; the second lives.
        let inherited = until("the dead one's ids to be taken over", PATIENCE, || async {
            let entries = heir.take_over(class, &[other, third], 64).await.ok()?;
            (!entries.is_empty()).then_some(entries)
        });
        let inherited = inherited.await.expect("they are");
        assert_eq!(names(&inherited), mine, "its own, and not those of the living");
        let done: Vec<_> = inherited.iter().chain(&of_second).map(|entry| entry.key).collect();
        heir.done(&done).await.expect("done");
        let depth = heir.depth(class).await.expect("counted");
        assert_eq!((depth.entries, depth.pending), (0, 0), "nothing stays behind");
        // Who leaves gives back.
        let last = ids(3);
        heir.push(class, &last).await.expect("pushed");
        assert_eq!(names(&take(&heir, class, 3).await).len(), 3);
        heir.leave().await.expect("left");
        let back = take(&second, class, 3).await;
        assert_eq!(names(&back), last.iter().map(|id| id.id).collect());
        second.done(&back.iter().map(|entry| entry.key).collect::<Vec<_>>()).await.expect("done");
        second.leave().await.expect("left");
    }
}

pub(crate) async fn tells_when_it_was_emptied<F: Future<Output = ()>>(redis: &Redis, empty: impl Fn() -> F) {
    let streams = streams(redis, node());
    streams.push(MessageClass::Otp, &ids(5)).await.expect("pushed");
    take(&streams, MessageClass::Otp, 5).await;
    empty().await;
    let told = until("the loss to be told", PATIENCE, || async {
        streams.take(MessageClass::Otp, 64, SHORT).await.ok().filter(|taken| taken.rebuilt)
    });
    told.await.expect("it is");
    let pushed = ids(5);
    streams.push(MessageClass::Otp, &pushed).await.expect("pushed");
    let taken = take(&streams, MessageClass::Otp, 5).await;
    assert_eq!(names(&taken).len(), 5, "and it goes on");
    streams.done(&taken.iter().map(|entry| entry.key).collect::<Vec<_>>()).await.expect("done");
}

pub(crate) async fn news_reach_others_and_not_oneself(redis: &Redis) {
    let (me, you) = (node(), node());
    let (mine, yours) = (Exchange::start(redis.clone(), me), Exchange::start(redis.clone(), you));
    let (mut my_ear, mut your_ear) = (mine.subscribe(), yours.subscribe());
    // Best effort: told again until it listens.
    let heard = until("news to be heard", PATIENCE, || {
        mine.tell(Topic::Evidence, b"so".to_vec());
        let heard = your_ear.try_recv().ok();
        std::future::ready(heard)
    });
    let heard = heard.await.expect("it is");
    assert_eq!((heard.from, heard.topic, &heard.body[..]), (me, Topic::Evidence, &b"so"[..]));
    assert!(my_ear.try_recv().is_err(), "nobody hears himself");
}
