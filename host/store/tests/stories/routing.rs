//! Routing: what it decided is found again by version, by channel and by page, and receipts tell it what became of texts.

use super::support::*;
use jixinda_domain::*;
use jixinda_store::{
    CallSettlement, HandedOver, NewReceipt, ReceiptEffect, RetentionKind, RoutingEvent,
    RoutingRecord, StoredRoutingState, StoredStanding,
};
use std::time::Duration;

fn way(number: u128) -> ChannelId {
    ChannelId::new(NOW, number)
}

/// A standing that says its version; each is a second younger than the one before.
fn standing(number: u128, version: u64) -> StoredStanding {
    StoredStanding {
        channel_id: way(number),
        version,
        changed_at: NOW + Duration::from_secs(version),
        standing: format!(r#"{{"state":"active","of":{version}}}"#),
    }
}

fn event(number: u64, subject: &str) -> RoutingEvent {
    let occurred_at = NOW + Duration::from_secs(number);
    RoutingEvent {
        id: RoutingEventId::new(occurred_at, number.into()),
        version: number,
        subject: subject.to_owned(),
        class: number.is_multiple_of(2).then(|| "otp".to_owned()),
        destination: (!number.is_multiple_of(2)).then(|| "86/unicom".to_owned()),
        kind: "demoted".to_owned(),
        cause: "worse".to_owned(),
        evidence: "its score is 0.7".to_owned(),
        occurred_at,
    }
}

fn state(number: u128, state: &str) -> StoredRoutingState {
    StoredRoutingState { channel_id: way(number), state: state.to_owned(), saved_at: NOW }
}

fn standings(standings: Vec<StoredStanding>) -> RoutingRecord {
    RoutingRecord { standings, ..RoutingRecord::default() }
}

fn events(events: Vec<RoutingEvent>) -> RoutingRecord {
    RoutingRecord { events, ..RoutingRecord::default() }
}

#[tokio::test]
async fn a_record_is_written_whole_or_not_at_all() {
    let story = begin().await;
    let whole = RoutingRecord {
        standings: vec![standing(1, 3)],
        events: vec![event(3, "first")],
        states: vec![state(1, "early")],
    };
    story.store.record_routing(&whole).await.expect("written");
    // Its event is known already: that fails after the standings were taken.
    let half = RoutingRecord {
        standings: vec![standing(1, 4), standing(2, 4)],
        events: vec![event(4, "second"), event(3, "again")],
        states: vec![state(1, "late")],
    };
    story.store.record_routing(&half).await.expect_err("an event twice");
    assert_eq!(story.store.last_ranking_version().await.expect("read"), 3);
    assert_eq!(story.store.standings_of(way(1), None, 9).await.expect("read"), [standing(1, 3)]);
    assert!(story.store.standings_of(way(2), None, 9).await.expect("read").is_empty());
    assert_eq!(story.store.routing_events(None, None, 9).await.expect("read"), [event(3, "first")]);
    assert_eq!(story.store.routing_states().await.expect("read"), [state(1, "early")]);
    story.store.record_routing(&RoutingRecord::default()).await.expect("nothing is written");
}

#[tokio::test]
async fn a_version_has_the_standings_that_were_in_force() {
    let story = begin().await;
    assert_eq!(story.store.last_ranking_version().await.expect("read"), 0);
    let all = vec![standing(1, 2), standing(2, 3), standing(1, 5), standing(3, 9)];
    story.store.record_routing(&standings(all)).await.expect("written");
    let at = async |version, ways: &[u128]| {
        let ways: Vec<ChannelId> = ways.iter().map(|number| way(*number)).collect();
        let mut found = story.store.standings_at(version, &ways).await.expect("read");
        found.sort_by_key(|standing| standing.channel_id);
        found
    };
    assert!(at(1, &[1, 2, 3]).await.is_empty(), "none was known then");
    assert_eq!(at(2, &[1, 2, 3]).await, [standing(1, 2)]);
    assert_eq!(at(4, &[1, 2, 3]).await, [standing(1, 2), standing(2, 3)], "not above the version");
    assert_eq!(at(5, &[1, 2, 3]).await, [standing(1, 5), standing(2, 3)]);
    assert_eq!(at(99, &[1, 3]).await, [standing(1, 5), standing(3, 9)], "only of those that are asked for");
    assert!(at(99, &[7]).await.is_empty() && at(99, &[]).await.is_empty());
    assert_eq!(story.store.last_ranking_version().await.expect("read"), 9);
}

#[tokio::test]
async fn a_channels_standings_and_events_are_read_page_by_page() {
    let story = begin().await;
    story
        .store
        .record_routing(&standings((1..=5).map(|version| standing(1, version)).collect()))
        .await
        .expect("written");
    story.store.record_routing(&standings(vec![standing(2, 3)])).await.expect("written");
    let page = async |below| -> Vec<u64> {
        let found = story.store.standings_of(way(1), below, 2).await.expect("read");
        found.iter().map(|standing| standing.version).collect()
    };
    assert_eq!((page(None).await, page(Some(4)).await), (vec![5, 4], vec![3, 2]));
    assert_eq!((page(Some(2)).await, page(Some(1)).await), (vec![1], vec![]));

    let (one, two) = (way(1).to_string(), "aliyun");
    let told = (1..=6).map(|number| event(number, if number % 3 == 0 { two } else { &one })).collect();
    story.store.record_routing(&events(told)).await.expect("written");
    let page = async |subject: Option<&str>, before: Option<u64>| -> Vec<u64> {
        let before = before.map(|number| event(number, "").id);
        let found = story.store.routing_events(subject, before, 2).await.expect("read");
        found.iter().map(|event| event.version).collect()
    };
    assert_eq!((page(None, None).await, page(None, Some(5)).await), (vec![6, 5], vec![4, 3]));
    assert!(page(None, Some(1)).await.is_empty());
    assert_eq!((page(Some(&one), None).await, page(Some(&one), Some(4)).await), (vec![5, 4], vec![2, 1]));
    assert_eq!((page(Some(two), None).await, page(Some("nobody"), None).await), (vec![6, 3], vec![]));
    let latest = story.store.routing_events(None, None, 1).await.expect("read");
    assert_eq!(latest, [event(6, two)], "with all that it says");
}

#[tokio::test]
async fn what_is_known_of_a_channel_is_replaced() {
    let story = begin().await;
    let keep = async |states| {
        let record = RoutingRecord { states, ..RoutingRecord::default() };
        story.store.record_routing(&record).await.expect("written");
        let mut kept = story.store.routing_states().await.expect("read");
        kept.sort_by_key(|state| state.channel_id);
        kept
    };
    assert_eq!(keep(vec![state(1, "a"), state(2, "b")]).await, [state(1, "a"), state(2, "b")]);
    let later = StoredRoutingState { saved_at: NOW + Duration::from_secs(1), ..state(1, "c") };
    assert_eq!(keep(vec![later.clone()]).await, [later, state(2, "b")]);
}

/// Brings a stored message through a call that ends so.
async fn tried(story: &Story, message: &Message, by: u128, at: Timestamp, outcome: Outcome, after: AfterCall) {
    let (call, settled) = call(message, by, at, outcome, after);
    assert_eq!(story.writer.begin_call(call).await.expect("written"), [message.id]);
    story.writer.settle(settled).await.expect("written");
}

fn call(
    message: &Message,
    by: u128,
    at: Timestamp,
    outcome: Outcome,
    after: AfterCall,
) -> (jixinda_store::CallIntent, CallSettlement) {
    let mut call = intent(by * 1000 + u128::from(message.serial), &[message]);
    (call.channel_id, call.started_at) = (way(by), at);
    let mut settled = settlement(&call, message, outcome, after);
    settled.finished_at = at;
    (settled.settlements[0].channel_id, settled.settlements[0].started_at) = (way(by), at);
    (call, settled)
}

fn deferred() -> Outcome {
    let (reason, scope, cause) = (Deferral::UpstreamBusy, Scope::Message, Cause::new("busy", "busy"));
    Outcome::Deferred { reason, scope, cause, retry_after_ms: None }
}

#[tokio::test]
async fn what_providers_took_is_told_in_order() {
    let story = begin().await;
    let messages = [1, 2, 3, 4, 5].map(message);
    for message in &messages {
        story.accept(message).await;
    }
    let [first, second, third, turned_away, unknown] = &messages;
    let later = NOW + Duration::from_millis(250);
    let uncertain = || Outcome::Uncertain { upstream_id: None, cause: Cause::new("timeout", "no answer") };
    // Not in the order of their ids.
    tried(&story, third, 2, later, accepted("c"), AfterCall::Sent).await;
    tried(&story, first, 1, NOW, accepted("a"), AfterCall::Sent).await;
    tried(&story, second, 1, later, accepted("b"), AfterCall::Sent).await;
    tried(&story, turned_away, 1, NOW, deferred(), AfterCall::Queued).await;
    tried(&story, unknown, 1, NOW, uncertain(), AfterCall::Uncertain).await;
    let handed = |message: &Message, by, at| HandedOver { message_id: message.id, channel_id: way(by), at };
    let told = async |ways: &[ChannelId], after: MessageId, limit| {
        story.store.handed_over(ways, after, limit).await.expect("read")
    };
    let start = MessageId::new(NOW, 0);
    let all = [handed(first, 1, NOW), handed(second, 1, later), handed(third, 2, later)];
    assert_eq!(told(&[way(1), way(2)], start, 9).await, all, "what was turned away or is uncertain is not told");
    assert_eq!(told(&[way(1), way(2)], start, 2).await, all[..2]);
    assert_eq!(told(&[way(1), way(2)], second.id, 2).await, all[2..]);
    assert_eq!(told(&[way(2)], start, 9).await, all[2..]);
    assert!(told(&[], start, 9).await.is_empty() && told(&[way(1)], unknown.id, 9).await.is_empty());
}

fn told_of(message: &Message, number: u128, status: ReceiptStatus, at: Timestamp) -> NewReceipt {
    let told = receipt(number, status);
    let receipt = DeliveryReceipt { message_id: Some(message.id.to_string()), ..told.receipt };
    NewReceipt { receipt, received_at: at, ..told }
}

fn effect(message: &Message, by: u128, delivered: bool, delay: Option<Duration>) -> ReceiptEffect {
    let destination = Destination { country_code: 86, carrier: Some(Carrier::Mobile) };
    ReceiptEffect { channel_id: way(by), class: message.class, destination, delivered, delay }
}

#[tokio::test]
async fn a_receipt_that_moves_a_message_speaks_of_its_channel_once() {
    let story = begin().await;
    let (arrived, lost) = (Message { class: MessageClass::Otp, ..message(1) }, message(2));
    story.accept(&arrived).await;
    story.accept(&lost).await;
    tried(&story, &arrived, 1, NOW, accepted("a"), AfterCall::Sent).await;
    tried(&story, &lost, 2, NOW, accepted("b"), AfterCall::Sent).await;
    assert!(story.writer.take_effects().is_empty(), "an acceptance is no receipt");

    let seconds = Duration::from_secs;
    let hear = async |receipts: Vec<NewReceipt>| {
        story.writer.hear(news(receipts)).await.expect("written");
        story.writer.take_effects()
    };
    let enroute = told_of(&arrived, 1, ReceiptStatus::Enroute, NOW + seconds(1));
    assert!(hear(vec![enroute]).await.is_empty(), "it is on its way");
    let good = told_of(&arrived, 2, ReceiptStatus::Delivered, NOW + seconds(4));
    let bad = told_of(&lost, 3, ReceiptStatus::Undelivered, NOW + seconds(9));
    let both = hear(vec![good.clone(), bad.clone()]).await;
    assert_eq!(both, [effect(&arrived, 1, true, Some(seconds(4))), effect(&lost, 2, false, Some(seconds(9)))]);
    assert!(story.writer.take_effects().is_empty(), "it is told once");
    assert!(hear(vec![good.clone(), bad]).await.is_empty(), "the same receipts");
    let again = NewReceipt { id: ReceiptId::new(NOW, 77), ..good };
    assert!(hear(vec![again]).await.is_empty(), "the same under another id");
    let stray = receipt(5, ReceiptStatus::Delivered);
    let stray =
        NewReceipt { receipt: DeliveryReceipt { upstream_id: Some("nobody".to_owned()), ..stray.receipt }, ..stray };
    assert!(hear(vec![stray]).await.is_empty(), "it is nobody's");
}

#[tokio::test]
async fn an_early_receipt_speaks_when_its_call_is_settled() {
    let story = begin().await;
    let target = message(1);
    story.accept(&target).await;
    let (call, settled) = call(&target, 1, NOW, accepted("up"), AfterCall::Sent);
    story.writer.begin_call(call).await.expect("written");
    let early = receipt(1, ReceiptStatus::Delivered);
    let early =
        NewReceipt { receipt: DeliveryReceipt { upstream_id: Some("up".to_owned()), ..early.receipt }, ..early };
    story.writer.hear(news(vec![early])).await.expect("written");
    assert!(story.writer.take_effects().is_empty(), "nobody knows yet whose it is");
    story.writer.settle(settled.clone()).await.expect("written");
    assert_eq!(story.status(&target).await, MessageStatus::Delivered);
    let told = story.writer.take_effects();
    assert_eq!(told.len(), 1);
    assert_eq!(ReceiptEffect { delay: None, ..told[0] }, effect(&target, 1, true, None));
    story.writer.settle(settled).await.expect("written");
    assert!(story.writer.take_effects().is_empty(), "a call is settled once");
}

#[tokio::test]
async fn the_standing_in_force_at_the_cut_off_stays() {
    let story = begin().await;
    let all = [standing(1, 1), standing(1, 2), standing(1, 3), standing(1, 9), standing(2, 1), standing(3, 9)];
    story.store.record_routing(&standings(all.to_vec())).await.expect("written");
    let delete = async |before: u64, limit| {
        let before = NOW + Duration::from_secs(before);
        story.store.delete_before(RetentionKind::Standings, before, limit).await.expect("deleted")
    };
    assert_eq!(delete(2, 9).await, 0, "the only one before it is in force");
    assert_eq!((delete(5, 1).await, delete(5, 1).await, delete(5, 1).await), (1, 1, 0), "in small steps");
    let ways = [way(1), way(2), way(3)];
    let mut at = story.store.standings_at(5, &ways).await.expect("read");
    at.sort_by_key(|standing| standing.channel_id);
    assert_eq!(at, [standing(1, 3), standing(2, 1)], "attempts of then are still explained");
    assert_eq!(story.store.standings_of(way(1), None, 9).await.expect("read"), [standing(1, 9), standing(1, 3)]);
    assert_eq!(delete(99, 9).await, 1, "a later one has replaced it");
    assert_eq!(story.store.standings_of(way(2), None, 9).await.expect("read"), [standing(2, 1)], "however old");
}

#[tokio::test]
async fn old_routing_events_go_in_small_steps() {
    let story = begin().await;
    story.store.record_routing(&events((1..=4).map(|number| event(number, "one")).collect())).await.expect("written");
    let cut = event(4, "one").occurred_at;
    let delete = async || story.store.delete_before(RetentionKind::RoutingEvents, cut, 2).await.expect("deleted");
    assert_eq!((delete().await, delete().await, delete().await), (2, 1, 0));
    assert_eq!(story.store.routing_events(None, None, 9).await.expect("read"), [event(4, "one")]);
}
