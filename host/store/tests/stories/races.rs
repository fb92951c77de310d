//! Several nodes on one MySQL: what two of them want at the same time, one of them gets; and a server that dies and comes back.

use super::support::*;
use jixinda_domain::*;
use jixinda_store::mysql::MysqlStore;
use jixinda_store::*;
use jixinda_test_servers::MariaDb;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The writers of several nodes on the same store.
async fn writers(story: &Story, count: usize) -> Vec<Writer> {
    let url = story.url.as_ref().expect("it is told of MySQL");
    let mut writers = Vec::new();
    for _ in 0..count {
        let store: Arc<dyn Store> = Arc::new(MysqlStore::open(url).await.expect("opens"));
        writers.push(writer(&store));
    }
    writers
}

/// Everyone does all of it at once; answers what each was answered.
async fn race<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    writers: &[Writer],
    act: impl Fn(Writer, usize) -> F,
    times: usize,
) -> Vec<T> {
    let mut racers = JoinSet::new();
    for number in 0..times {
        for writer in writers {
            racers.spawn(act(writer.clone(), number));
        }
    }
    racers.join_all().await
}

fn numbered(number: usize, of: u64) -> Message {
    let number = u64::try_from(number).expect("small");
    Message { id: MessageId::new(NOW, (of * 10_000 + number).into()), ..message(number) }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_is_claimed_by_one_node() {
    let story = begin_on_mysql().await;
    let messages: Vec<Message> = (1..=200).map(message).collect();
    story.writer.accept(acceptance(messages.clone())).await.expect("stored");
    let nodes = writers(&story, 3).await;
    let mut racers = JoinSet::new();
    for (node, writer) in nodes.iter().enumerate() {
        // Each wants all of them, in calls of ten, in an order of its own.
        let mut wanted: Vec<Message> = messages.clone();
        wanted.rotate_left(node * 67);
        for (call, messages) in wanted.chunks(10).enumerate() {
            let number = u128::try_from(node * 100 + call + 1).expect("small");
            let (writer, call) = (writer.clone(), intent(number, &messages.iter().collect::<Vec<_>>()));
            racers.spawn(async move { writer.begin_call(call).await.expect("written") });
        }
    }
    let mut won: Vec<MessageId> = racers.join_all().await.into_iter().flatten().collect();
    won.sort_unstable();
    assert_eq!(won, messages.iter().map(|message| message.id).collect::<Vec<_>>(), "each once");
    let carried: usize = story
        .store
        .open_calls(&[NodeId::new(NOW, 1)], 1000)
        .await
        .expect("read")
        .iter()
        .map(|call| call.message_ids.len())
        .sum();
    assert_eq!(carried, 200, "and the intents say so");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_a_nonce_are_one_nodes() {
    let story = begin_on_mysql().await;
    let nodes = writers(&story, 3).await;
    let accept = |writer: Writer, number: usize| async move {
        let mut wanted = acceptance(vec![Message { id: MessageId::new(NOW, fresh()), ..message(1) }]);
        wanted.idempotency = Some(IdempotencyClaim {
            application_id: message(1).application_id,
            key: format!("key {number}"),
            body_hash: "h".to_owned(),
            answer: "a".to_owned(),
            expires_at: NOW + Duration::from_secs(60),
        });
        writer.accept(wanted).await.expect("written")
    };
    let answers = race(&nodes, accept, 20).await;
    let stored = answers.iter().filter(|answer| **answer == Accepted::Stored).count();
    assert_eq!(stored, 20, "one for each key");
    let nonce = |writer: Writer, number: usize| async move {
        let mut wanted = acceptance(vec![Message { id: MessageId::new(NOW, fresh()), ..message(1) }]);
        let hash = u64::try_from(number).expect("small");
        wanted.nonce = Some(NonceClaim { hash, expires_at: NOW + Duration::from_secs(60) });
        writer.accept(wanted).await.expect("written")
    };
    let answers = race(&nodes, nonce, 20).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Accepted::Stored).count(), 20);
    assert_eq!(answers.iter().filter(|answer| **answer == Accepted::NonceUsed).count(), 40);
}

/// Different at each call.
fn fresh() -> u128 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1_000_000);
    NEXT.fetch_add(1, Ordering::Relaxed).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_quotas_are_exact_over_all_nodes() {
    let story = begin_on_mysql().await;
    let nodes = writers(&story, 3).await;
    let rule = r#"{"by": "number", "most": 5, "per_seconds": 60}"#;
    let rules: Arc<[LimitRule]> = vec![serde_json::from_str(rule).expect("a rule")].into();
    let limited = |writer: Writer, number: usize| {
        let rules = rules.clone();
        async move {
            // Four numbers, wanted ten times by each of three nodes.
            let wanted =
                Message { id: MessageId::new(NOW, fresh()), ..message(u64::try_from(number % 4 + 1).expect("small")) };
            let mut wanted = acceptance(vec![wanted]);
            wanted.limits.rules = rules;
            writer.accept(wanted).await.expect("written")
        }
    };
    let answers = race(&nodes, limited, 40).await;
    assert_eq!(
        answers.iter().filter(|answer| **answer == Accepted::Stored).count(),
        20,
        "five for each of four numbers"
    );
    let application_id = ApplicationId::new(NOW, 7);
    let counted = |writer: Writer, number: usize| async move {
        let mut wanted =
            acceptance(vec![Message { application_id, ..numbered(number, u64::try_from(fresh()).expect("small")) }]);
        let day = "2026-11-24".to_owned();
        wanted.limits.quota = Some(QuotaClaim { application_id, day, most: 10, ends_at: NOW });
        writer.accept(wanted).await.expect("written")
    };
    let answers = race(&nodes, counted, 20).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Accepted::Stored).count(), 10, "the quota and no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_no_node_matched_finds_its_message_later() {
    let story = begin_on_mysql().await;
    let target = message(1);
    story.accept(&target).await;
    let call = intent(1, &[&target]);
    story.writer.begin_call(call.clone()).await.expect("written");
    // As where the receipt was recorded before the outcome was committed, and the outcome before the receipt was.
    let told =
        NewReceipt { receipt: told_receipt("up", ReceiptStatus::Delivered), ..receipt(1, ReceiptStatus::Delivered) };
    let url = story.url.as_ref().expect("it is told of MySQL");
    let other = MysqlStore::open(url).await.expect("opens");
    let mut recording = other.begin().await.expect("begins");
    recording.apply_receipts(&[told]).await.expect("recorded");
    story.writer.settle(settlement(&call, &target, accepted("up"), AfterCall::Sent)).await.expect("written");
    recording.commit().await.expect("committed");
    assert_eq!(story.status(&target).await, MessageStatus::Sent, "neither saw the other");
    let effects = story.store.match_late_receipts(NOW - Duration::from_secs(60)).await.expect("matched");
    assert_eq!((story.status(&target).await, effects.len()), (MessageStatus::Delivered, 1));
    assert!(story.store.match_late_receipts(NOW - Duration::from_secs(60)).await.expect("matched").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_and_comes_back_needs_no_new_store() {
    let mut server = tokio::task::spawn_blocking(|| MariaDb::start(Default::default()).expect("MariaDB starts"))
        .await
        .expect("runs");
    let store: Arc<dyn Store> =
        Arc::new(MysqlStore::open(&server.database("mortal").expect("made")).await.expect("opens"));
    let writer = writer(&store);
    writer.accept(acceptance(vec![message(1)])).await.expect("stored");
    let mut open = store.begin().await.expect("begins");
    open.accept(&[acceptance(vec![message(2)])], NOW).await.expect("stored, not committed");
    server.kill();
    assert!(open.commit().await.is_err(), "it cannot say that it was committed");
    let away = writer.accept(acceptance(vec![message(3)])).await.expect_err("there is no server");
    assert!(matches!(away, StoreError::Unavailable(_) | StoreError::Interrupted(_)), "{away}");
    server.start_again().expect("starts");
    writer.accept(acceptance(vec![message(4)])).await.expect("it works again");
    let found = store.messages(&(1..=4).map(|number| message(number).id).collect::<Vec<_>>()).await.expect("read");
    let found: Vec<u64> = found.iter().map(|message| message.serial).collect();
    assert_eq!(found, [1, 4], "nothing of what was not committed");
}
