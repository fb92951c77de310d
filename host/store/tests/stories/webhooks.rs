//! Story tests of webhooks: events are written with the moves they tell of, each once, for whoever wants them.

use super::support::{self, *};
use jixinda_domain::*;
use jixinda_store::{
    Changes, News, StoredInbound, Transition,
    WebhookFilter, WebhookOutcome, WebhookReplay,
};
use std::time::Duration;

fn application(number: u128) -> ApplicationId {
    ApplicationId::new(NOW, number)
}

/// With two applications.
async fn begin() -> Story {
    let story = support::begin().await;
    for number in [1, 2] {
        let application = Application {
            id: application(number),
            name: format!("app {number}"),
            active: true,
            networks: Vec::new(),
            limits: Vec::new(),
            daily_quota: None,
            weight: Application::DEFAULT_WEIGHT,
            allow_bearer: true,
            created_at: NOW,
        };
        story.store.insert_application(&application).await.expect("inserts");
    }
    story
}

fn message(number: u64) -> Message {
    Message { reference: Some("order 1".to_owned()), ..support::message(number) }
}

fn cancel() -> Move {
    MessageStatus::Queued.step(MessageStatus::Cancelled).expect("legal")
}

fn tried(delivery: &WebhookDelivery, state: DeliveryState) -> WebhookOutcome {
    WebhookOutcome {
        endpoint_id: delivery.endpoint_id,
        event_id: delivery.event_id.clone(),
        attempt: WebhookTry {
            no: delivery.tries + 1,
            started_at: NOW,
            duration_ms: 7,
            http_status: Some(500),
            error: None,
        },
        state,
        step: delivery.step + 1,
        due_at: NOW + Duration::from_secs(5),
    }
}

#[tokio::test]
async fn every_status_an_application_cares_about_is_told_once() {
    let story = begin().await;
    let endpoint = story.listen(1, application(1), &[]).await;
    let other = story.listen(2, application(2), &[]).await;
    let sent = message(1);
    story.accept_all(&[&sent]).await;
    story.send(&sent, accepted("up-1"), AfterCall::Sent).await;
    story.hear(1, "up-1", ReceiptStatus::Undelivered).await;
    story.hear(2, "up-1", ReceiptStatus::Undelivered).await;
    story.hear(3, "up-1", ReceiptStatus::Delivered).await;
    assert_eq!(story.told(&endpoint).await, ["1_sent", "1_delivered", "1_undelivered"]);
    assert!(story.told(&other).await.is_empty(), "another application is not told");
    let due = story.store.due_webhook_deliveries(endpoint.id, NOW + Duration::from_secs(9), 10).await.expect("due");
    let subjects: Vec<&EventSubject> = due.iter().map(|due| &due.delivery.subject).collect();
    let cause = Some(Cause { code: "WORD".to_owned(), detail: "told so".to_owned() });
    let moved = |status, cause: &Option<Cause>| EventSubject::Message { id: sent.id, status, cause: cause.clone() };
    assert!(subjects.contains(&&moved(MessageStatus::Sent, &None)));
    assert!(subjects.contains(&&moved(MessageStatus::Delivered, &cause)), "{subjects:?}");
    assert_eq!(due[0].message.as_ref().map(|message| message.id), Some(sent.id));
}

#[tokio::test]
async fn moves_within_one_transaction_are_all_told() {
    let story = begin().await;
    let endpoint = story.listen(1, application(1), &[]).await;
    let sent = message(1);
    story.accept_all(&[&sent]).await;
    story.hear(1, "up-1", ReceiptStatus::Delivered).await;
    assert!(story.told(&endpoint).await.is_empty(), "nobody knows the id yet");
    story.send(&sent, accepted("up-1"), AfterCall::Sent).await;
    assert_eq!(story.told(&endpoint).await, ["1_sent", "1_delivered"]);
}

#[tokio::test]
async fn only_transitions_that_took_place_are_told() {
    let story = begin().await;
    let endpoint = story.listen(1, application(1), &[]).await;
    let (late, moved_on) = (message(1), message(2));
    story.accept_all(&[&late, &moved_on]).await;
    let to = |message: &Message, epoch| Transition {
        message_id: message.id,
        step: cancel(),
        epoch,
        due_at: NOW,
        cause: None,
        by: Actor::Application,
        changes: Changes::default(),
        now: NOW,
    };
    let done = story.writer.transition(vec![to(&late, 0), to(&moved_on, 7)]).await.expect("answers");
    assert_eq!(done, [true, false]);
    assert_eq!(story.told(&endpoint).await, ["1_cancelled"]);
}

#[tokio::test]
async fn a_move_that_is_not_committed_is_not_told() {
    let story = begin().await;
    let endpoint = story.listen(1, application(1), &[]).await;
    let message = message(1);
    story.accept_all(&[&message]).await;
    let cancelled = Transition {
        message_id: message.id,
        step: cancel(),
        epoch: 0,
        due_at: NOW,
        cause: None,
        by: Actor::Application,
        changes: Changes::default(),
        now: NOW,
    };
    let mut tx = story.store.begin().await.expect("a transaction");
    assert_eq!(tx.transition(&[cancelled]).await.expect("moved"), [true]);
    drop(tx);
    assert!(story.told(&endpoint).await.is_empty(), "the move and its event are gone together");
}

#[tokio::test]
async fn an_endpoint_is_told_what_it_asked_for_and_only_while_it_is_on() {
    let story = begin().await;
    let picky = story.listen(1, application(1), &[MessageStatus::Delivered]).await;
    let mut off = story.listen(2, application(1), &[]).await;
    assert!(story.store.switch_off_webhook_endpoint(off.id, "it answered 410 Gone", NOW).await.expect("switched"));
    assert!(!story.store.switch_off_webhook_endpoint(off.id, "again", NOW).await.expect("was off"));
    let sent = message(1);
    story.accept_all(&[&sent]).await;
    story.send(&sent, accepted("up-1"), AfterCall::Sent).await;
    story.hear(1, "up-1", ReceiptStatus::Delivered).await;
    assert_eq!(story.told(&picky).await, ["1_delivered"]);
    assert!(story.told(&off).await.is_empty());
    off.active = false;
    off.off_reason = Some("it answered 410 Gone".to_owned());
    assert_eq!(story.store.webhook_endpoints().await.expect("a list"), [picky, off]);
}

#[tokio::test]
async fn a_text_from_a_person_is_told_once() {
    let story = begin().await;
    let endpoint = story.listen(1, application(1), &[]).await;
    let sent = message(1);
    story.accept_all(&[&sent]).await;
    story.send(&sent, accepted("up-1"), AfterCall::Sent).await;
    for number in [1, 2] {
        let text = StoredInbound {
            id: InboundId::new(NOW, number),
            account_id: account(),
            application_id: None,
            opt_out: None,
            message: InboundMessage {
                upstream_id: Some("in-1".to_owned()),
                sender: sent.recipient.e164().to_owned(),
                recipient: None,
                extension: None,
                sign_name: None,
                text: "TD".to_owned(),
                part: None,
                at: None,
            },
            received_at: NOW,
        };
        story.writer.hear(News { inbound: vec![text], ..News::default() }).await.expect("heard");
    }
    let due = story.store.due_webhook_deliveries(endpoint.id, NOW, 10).await.expect("due");
    let texts: Vec<&str> =
        due.iter().filter_map(|due| due.inbound.as_ref()).map(|text| text.message.text.as_str()).collect();
    assert_eq!(texts, ["TD"]);
}

#[tokio::test]
async fn tries_are_kept_and_a_parked_delivery_can_be_told_again() {
    let story = begin().await;
    let endpoint = story.listen(1, application(1), &[]).await;
    let sent = message(1);
    story.accept_all(&[&sent]).await;
    story.send(&sent, accepted("up-1"), AfterCall::Sent).await;
    assert_eq!(story.store.due_webhook_endpoints(NOW).await.expect("due"), [endpoint.id]);
    let first = story.store.due_webhook_deliveries(endpoint.id, NOW, 10).await.expect("due").remove(0).delivery;
    story.writer.record_webhooks(vec![tried(&first, DeliveryState::Waiting)]).await.expect("recorded");
    assert!(story.store.due_webhook_endpoints(NOW).await.expect("due").is_empty(), "not before its time");
    let later = NOW + Duration::from_secs(5);
    let second = story.store.due_webhook_deliveries(endpoint.id, later, 10).await.expect("due").remove(0).delivery;
    assert_eq!((second.tries, second.step), (1, 1));
    story.writer.record_webhooks(vec![tried(&second, DeliveryState::Parked)]).await.expect("recorded");
    assert!(story.store.due_webhook_deliveries(endpoint.id, later, 10).await.expect("due").is_empty());

    let replay = WebhookReplay {
        endpoint_id: endpoint.id,
        event_id: None,
        state: Some(DeliveryState::Parked),
        since: Some(NOW),
        now: later,
    };
    assert_eq!(story.store.replay_webhooks(&replay).await.expect("replayed"), 1);
    assert_eq!(story.store.replay_webhooks(&replay).await.expect("replayed"), 0, "it waits already");
    let again = story.store.webhook_delivery(endpoint.id, &first.event_id).await.expect("found").expect("one");
    assert_eq!((again.state, again.tries, again.step, again.due_at), (DeliveryState::Waiting, 2, 0, later));
    let tries = story.store.webhook_tries(endpoint.id, &first.event_id).await.expect("tries");
    assert_eq!(tries.iter().map(|attempt| attempt.no).collect::<Vec<_>>(), [1, 2]);

    let of_message = WebhookFilter { message_id: Some(sent.id), ..WebhookFilter::default() };
    assert_eq!(story.store.list_webhook_deliveries(&of_message, 10).await.expect("a list").len(), 1);
    let of_another = WebhookFilter { message_id: Some(message(2).id), ..WebhookFilter::default() };
    assert!(story.store.list_webhook_deliveries(&of_another, 10).await.expect("a list").is_empty());

    assert!(story.store.delete_webhook_endpoint(endpoint.id).await.expect("deleted"));
    story.writer.record_webhooks(vec![tried(&again, DeliveryState::Delivered)]).await.expect("passed over");
    assert!(story.store.webhook_tries(endpoint.id, &first.event_id).await.expect("tries").is_empty());
}

#[tokio::test]
async fn a_list_goes_on_where_it_stopped() {
    let story = begin().await;
    story.listen(1, application(1), &[]).await;
    let messages: Vec<Message> = (1..=5).map(message).collect();
    story.accept_all(&messages.iter().collect::<Vec<_>>()).await;
    for message in &messages {
        story.send(message, accepted(&format!("up-{}", message.serial)), AfterCall::Sent).await;
    }
    let mut filter = WebhookFilter { application_id: Some(application(1)), ..WebhookFilter::default() };
    let mut seen = Vec::new();
    loop {
        let page = story.store.list_webhook_deliveries(&filter, 2).await.expect("a page");
        let Some(last) = page.last() else { break };
        let cursor = jixinda_store::DeliveryCursor::of(last);
        assert_eq!(cursor.to_string().parse(), Ok(cursor.clone()));
        filter.before = Some(cursor);
        seen.extend(page.into_iter().map(|delivery| delivery.event_id));
    }
    let mut sorted = seen.clone();
    sorted.sort_by(|one, other| other.cmp(one));
    assert_eq!((seen.len(), &seen), (5, &sorted), "each once, newest first");
}
