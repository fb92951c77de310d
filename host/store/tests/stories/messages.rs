//! Accepting, claiming, settling; receipts; what a queue reads.

use super::support::*;
use jixinda_domain::*;
use jixinda_store::{
    Acceptance, Accepted, AwaitedReceipt, Changes, FeedPosition, 
    IdempotencyClaim, NewReceipt, News, NonceClaim, Part, Postponement, 
    Transition,
};

#[tokio::test]
async fn what_is_accepted_reads_back_the_same() {
    let story = begin().await;
    let mut rich = message(1);
    rich.batch_id = Some(BatchId::new(NOW, 1));
    rich.reference = Some("order-7".to_owned());
    rich.status = MessageStatus::Scheduled;
    rich.send_at = Some(NOW);
    story.accept(&rich).await;
    assert_eq!(story.store.message(rich.id).await.expect("read"), Some(rich));
    assert_eq!(story.store.message(message(2).id).await.expect("read"), None);
}

#[tokio::test]
async fn many_writers_share_transactions_and_all_are_answered() {
    let story = begin().await;
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..500 {
        let writer = story.writer.clone();
        writers.spawn(async move { writer.accept(acceptance(vec![message(number)])).await });
    }
    while let Some(written) = writers.join_next().await {
        assert_eq!(written.expect("ran").expect("written"), Accepted::Stored);
    }
    assert_eq!(story.store.count_by_status().await.expect("read"), [(MessageStatus::Queued, 500)]);
}

#[tokio::test]
async fn a_message_is_claimed_by_one_call_only() {
    let story = begin().await;
    let wanted = message(1);
    story.accept(&wanted).await;
    let mut racers = tokio::task::JoinSet::new();
    for number in 1..=20 {
        let (writer, call) = (story.writer.clone(), intent(number, &[&wanted]));
        racers.spawn(async move { writer.begin_call(call).await.expect("written").len() });
    }
    let mut won = 0;
    while let Some(claims) = racers.join_next().await {
        won += claims.expect("ran");
    }
    assert_eq!(won, 1);
    let open = story.store.open_calls(&[NodeId::new(NOW, 1)], 100).await.expect("read");
    assert_eq!(open.len(), 1, "a call that won nothing leaves no intent");
    assert_eq!(story.status(&wanted).await, MessageStatus::Sending);
}

#[tokio::test]
async fn an_old_epoch_wins_nothing() {
    let story = begin().await;
    let wanted = message(1);
    story.accept(&wanted).await;
    let again = Transition {
        message_id: wanted.id,
        step: MessageStatus::Queued.step(MessageStatus::Parked).expect("legal"),
        epoch: 0,
        due_at: NOW,
        cause: Some(Cause::new("tries_exhausted", "it was put off too often")),
        by: Actor::Gateway,
        changes: Changes::default(),
        now: NOW,
    };
    assert_eq!(story.writer.transition(vec![again.clone(), again]).await.expect("written"), [true, false]);
    let moves = story.store.moves(wanted.id).await.expect("read");
    assert_eq!(moves.len(), 1, "each step is remembered once");
    assert_eq!((moves[0].from, moves[0].to, moves[0].at), (MessageStatus::Queued, MessageStatus::Parked, NOW));
    assert!(story.writer.begin_call(intent(1, &[&wanted])).await.expect("written").is_empty());
}

#[tokio::test]
async fn an_idempotency_key_and_a_nonce_count_once() {
    let story = begin().await;
    let with_key = |number: u64, body: &str| Acceptance {
        idempotency: Some(IdempotencyClaim {
            application_id: ApplicationId::new(NOW, 1),
            key: "key".to_owned(),
            body_hash: body.to_owned(),
            answer: format!("answer {number}"),
            expires_at: NOW + std::time::Duration::from_secs(1),
        }),
        ..acceptance(vec![message(number)])
    };
    assert_eq!(story.writer.accept(with_key(1, "a")).await.expect("written"), Accepted::Stored);
    let replayed = Accepted::Replayed { answer: "answer 1".to_owned() };
    assert_eq!(story.writer.accept(with_key(2, "a")).await.expect("written"), replayed);
    assert_eq!(story.writer.accept(with_key(3, "b")).await.expect("written"), Accepted::Conflict);
    let with_nonce = |number: u64| Acceptance {
        nonce: Some(NonceClaim { hash: u64::MAX - 1, expires_at: NOW }),
        ..acceptance(vec![message(number)])
    };
    assert_eq!(story.writer.accept(with_nonce(4)).await.expect("written"), Accepted::Stored);
    assert_eq!(story.writer.accept(with_nonce(5)).await.expect("written"), Accepted::NonceUsed);
    assert_eq!(story.store.count_by_status().await.expect("read"), [(MessageStatus::Queued, 2)]);
}

#[tokio::test]
async fn receipts_match_by_each_kind_of_id() {
    let story = begin().await;
    let all: Vec<Message> = (1..=5).map(message).collect();
    for message in &all {
        story.accept(message).await;
    }
    let call = intent(77, &all.iter().collect::<Vec<_>>());
    assert_eq!(story.writer.begin_call(call.clone()).await.expect("written").len(), 5);
    for message in &all {
        let settled = settlement(&call, message, accepted(&format!("up-{}", message.serial)), AfterCall::Sent);
        story.writer.settle(settled).await.expect("written");
    }
    let number = |index: usize| Some(all[index].recipient.e164().to_owned());
    let mut by_id = receipt(1, ReceiptStatus::Delivered);
    by_id.receipt.message_id = Some(all[0].id.to_string());
    let mut by_serial = receipt(2, ReceiptStatus::Delivered);
    by_serial.receipt.serial = Some("2".to_owned());
    let mut by_call = receipt(3, ReceiptStatus::Delivered);
    (by_call.receipt.batch_id, by_call.receipt.recipient) = (Some(call.id.to_string()), number(2));
    let mut by_upstream = receipt(4, ReceiptStatus::Delivered);
    (by_upstream.receipt.upstream_id, by_upstream.receipt.recipient) = (Some("up-4".to_owned()), number(3));
    let mut by_number = receipt(5, ReceiptStatus::Delivered);
    by_number.receipt.recipient = number(4);
    let told = vec![by_id, by_serial, by_call, by_upstream, by_number];
    story.writer.hear(news(told.clone())).await.expect("written");
    story.writer.hear(news(told)).await.expect("told again");
    for message in &all {
        assert_eq!(story.status(message).await, MessageStatus::Delivered, "message {}", message.serial);
        assert_eq!(story.store.receipts(message.id).await.expect("read").len(), 1);
    }
}

#[tokio::test]
async fn a_receipt_of_another_account_moves_nothing() {
    let story = begin().await;
    let target = message(1);
    story.accept(&target).await;
    let call = intent(1, &[&target]);
    story.writer.begin_call(call.clone()).await.expect("written");
    story.writer.settle(settlement(&call, &target, accepted("up"), AfterCall::Sent)).await.expect("written");
    let mut foreign = receipt(1, ReceiptStatus::Undelivered);
    foreign.account_id = AccountId::new(NOW, 2);
    foreign.receipt.message_id = Some(target.id.to_string());
    story.writer.hear(news(vec![foreign])).await.expect("written");
    assert_eq!(story.status(&target).await, MessageStatus::Sent);
    assert_eq!(story.store.count_unmatched_receipts().await.expect("read"), 1);
}

#[tokio::test]
async fn a_receipt_that_knows_only_the_providers_id_waits_for_the_outcome() {
    let story = begin().await;
    let target = message(1);
    story.accept(&target).await;
    let call = intent(1, &[&target]);
    story.writer.begin_call(call.clone()).await.expect("written");
    let mut early = receipt(1, ReceiptStatus::Delivered);
    early.receipt.upstream_id = Some("up".to_owned());
    story.writer.hear(news(vec![early])).await.expect("written");
    assert_eq!(story.status(&target).await, MessageStatus::Sending);
    story.writer.settle(settlement(&call, &target, accepted("up"), AfterCall::Sent)).await.expect("written");
    assert_eq!(story.status(&target).await, MessageStatus::Delivered);
    assert_eq!(story.store.count_unmatched_receipts().await.expect("read"), 0);
}

#[tokio::test]
async fn an_unknown_id_finds_the_only_message_that_was_never_answered() {
    for early in [true, false] {
        let story = begin().await;
        let target = message(1);
        story.accept(&target).await;
        let call = intent(1, &[&target]);
        story.writer.begin_call(call.clone()).await.expect("written");
        let mut told = receipt(1, ReceiptStatus::Delivered);
        told.receipt.upstream_id = Some("never heard of".to_owned());
        told.receipt.recipient = Some(target.recipient.e164().to_owned());
        let unanswered = Outcome::Uncertain { upstream_id: None, cause: Cause::new("timeout", "no answer") };
        let settled = settlement(&call, &target, unanswered, AfterCall::Uncertain);
        if early {
            story.writer.hear(news(vec![told])).await.expect("written");
            assert_eq!(story.status(&target).await, MessageStatus::Sending, "its own id may still come");
            story.writer.settle(settled).await.expect("written");
        } else {
            story.writer.settle(settled).await.expect("written");
            story.writer.hear(news(vec![told])).await.expect("written");
        }
        assert_eq!(story.status(&target).await, MessageStatus::Delivered, "early: {early}");
    }
}

#[tokio::test]
async fn an_unknown_id_heals_a_text_that_was_given_up_too() {
    let story = begin().await;
    let target = message(1);
    story.accept(&target).await;
    let call = intent(1, &[&target]);
    story.writer.begin_call(call.clone()).await.expect("written");
    let unanswered = Outcome::Uncertain { upstream_id: None, cause: Cause::new("timeout", "no answer") };
    story.writer.settle(settlement(&call, &target, unanswered, AfterCall::Uncertain)).await.expect("written");
    let park = Transition {
        message_id: target.id,
        step: MessageStatus::Uncertain.step(MessageStatus::Parked).expect("legal"),
        epoch: 1,
        due_at: NOW,
        cause: None,
        by: Actor::Gateway,
        changes: Changes::default(),
        now: NOW,
    };
    assert_eq!(story.writer.transition(vec![park]).await.expect("written"), [true]);
    let told = |number: u128, received_at| {
        let told = receipt(number, ReceiptStatus::Delivered);
        let receipt = DeliveryReceipt {
            upstream_id: Some(format!("never heard of {number}")),
            recipient: Some(target.recipient.e164().to_owned()),
            ..told.receipt
        };
        news(vec![NewReceipt { receipt, received_at, ..told }])
    };
    let four_days = std::time::Duration::from_secs(4 * 24 * 3600);
    story.writer.hear(told(1, NOW + four_days)).await.expect("written");
    assert_eq!(story.status(&target).await, MessageStatus::Parked, "so late it is somebody else's");
    story.writer.hear(told(2, NOW)).await.expect("written");
    assert_eq!(story.status(&target).await, MessageStatus::Delivered);
}

#[tokio::test]
async fn an_unknown_id_decides_nothing_between_two() {
    let story = begin().await;
    let (first, mut second) = (message(1), message(2));
    second.recipient = first.recipient.clone();
    for (number, target) in [(1, &first), (2, &second)] {
        story.accept(target).await;
        let call = intent(number, &[target]);
        story.writer.begin_call(call.clone()).await.expect("written");
        let unanswered = Outcome::Uncertain { upstream_id: None, cause: Cause::new("timeout", "no answer") };
        story.writer.settle(settlement(&call, target, unanswered, AfterCall::Uncertain)).await.expect("written");
    }
    let mut told = receipt(1, ReceiptStatus::Delivered);
    told.receipt.upstream_id = Some("never heard of".to_owned());
    told.receipt.recipient = Some(first.recipient.e164().to_owned());
    story.writer.hear(news(vec![told])).await.expect("written");
    for target in [&first, &second] {
        assert_eq!(story.status(target).await, MessageStatus::Uncertain);
    }
}

#[tokio::test]
async fn a_long_text_is_delivered_when_every_part_is() {
    let story = begin().await;
    let targets: Vec<Message> = (1..=2).map(message).collect();
    for target in &targets {
        story.accept(target).await;
        let call = intent(target.serial.into(), &[target]);
        story.writer.begin_call(call.clone()).await.expect("written");
        let settled = settlement(&call, target, accepted(&format!("up-{}", target.serial)), AfterCall::Sent);
        story.writer.settle(settled).await.expect("written");
    }
    let part = |id: u128, target: &Message, number: u32, status| {
        let mut told = receipt(id, status);
        told.receipt.message_id = Some(target.id.to_string());
        told.receipt.part = Some(receipt::Part { number, total: 2 });
        news(vec![told])
    };
    story.writer.hear(part(1, &targets[0], 2, ReceiptStatus::Delivered)).await.expect("written");
    story.writer.hear(part(2, &targets[0], 2, ReceiptStatus::Delivered)).await.expect("told again");
    assert_eq!(story.status(&targets[0]).await, MessageStatus::Sent, "half a text is none");
    story.writer.hear(part(3, &targets[0], 1, ReceiptStatus::Delivered)).await.expect("written");
    assert_eq!(story.status(&targets[0]).await, MessageStatus::Delivered);
    story.writer.hear(part(4, &targets[1], 1, ReceiptStatus::Undelivered)).await.expect("written");
    story.writer.hear(part(5, &targets[1], 2, ReceiptStatus::Delivered)).await.expect("written");
    assert_eq!(story.status(&targets[1]).await, MessageStatus::Undelivered, "the other half does not mend it");
}

#[tokio::test]
async fn a_feeds_position_is_kept_with_what_was_read() {
    let story = begin().await;
    let position = |cursor: &str, feed: &str| FeedPosition {
        account_id: account(),
        feed: feed.to_owned(),
        cursor: Some(cursor.to_owned()),
        polled_at: NOW,
        fence: 2,
    };
    for (cursor, feed) in [("1", "receipts"), ("a", "inbound"), ("2", "receipts")] {
        let heard = News { position: Some(position(cursor, feed)), ..News::default() };
        story.writer.hear(heard).await.expect("written");
    }
    let late = FeedPosition { fence: 1, ..position("1", "receipts") };
    story.writer.hear(News { position: Some(late), ..News::default() }).await.expect("written");
    let mut known = story.store.feed_positions().await.expect("read");
    known.sort_by(|left, right| left.feed.cmp(&right.feed));
    assert_eq!(known, [position("a", "inbound"), position("2", "receipts")]);
}

#[tokio::test]
async fn messages_are_asked_after_when_it_is_time_and_until_it_is_over() {
    let story = begin().await;
    let targets: Vec<Message> = (1..=3).map(message).collect();
    for target in &targets {
        story.accept(target).await;
        let call = intent(target.serial.into(), &[target]);
        story.writer.begin_call(call.clone()).await.expect("written");
        let mut settled = settlement(&call, target, accepted("up"), AfterCall::Sent);
        settled.settlements[0].ask_at =
            (target.serial != 3).then(|| NOW + std::time::Duration::from_secs(10 * target.serial));
        story.writer.settle(settled).await.expect("written");
    }
    let due = async |seconds: u64| {
        let at = NOW + std::time::Duration::from_secs(seconds);
        let due = story.store.awaited_receipts_due(at, Part::WHOLE, 9).await.expect("read");
        due.into_iter().map(|message| message.serial).collect::<Vec<_>>()
    };
    assert_eq!((due(9).await, due(10).await, due(99).await), (vec![], vec![1], vec![1, 2]));
    let later = AwaitedReceipt { message_id: targets[0].id, due_at: Some(NOW + std::time::Duration::from_secs(60)) };
    let over = AwaitedReceipt { message_id: targets[1].id, due_at: None };
    story.writer.await_receipts(vec![later, over]).await.expect("written");
    assert_eq!((due(59).await, due(60).await), (vec![], vec![1]));
}

#[tokio::test]
async fn serials_are_never_given_twice() {
    let story = begin().await;
    let first = story.store.reserve_serials(10).await.expect("reserved");
    assert_eq!(story.store.reserve_serials(5).await.expect("reserved"), first + 10);
}

#[tokio::test]
async fn what_a_clock_put_off_is_called_in() {
    let story = begin().await;
    let hour = std::time::Duration::from_secs(3600);
    let waiting = |number: u64, due_at| Message { due_at, ..message(number) };
    let (soon, late) = (waiting(1, NOW + hour / 60), waiting(2, NOW + hour * 2));
    let scheduled = Message { status: MessageStatus::Scheduled, ..waiting(3, NOW + hour * 2) };
    for message in [&soon, &late, &scheduled] {
        story.accept(message).await;
    }
    story.writer.call_in(NOW + hour).await.expect("written");
    let due =
        async |message: &Message| story.store.message(message.id).await.expect("read").expect("it is there").due_at;
    assert_eq!(due(&late).await, NOW, "later than any pause of ours");
    assert_eq!(due(&soon).await, soon.due_at);
    assert_eq!(due(&scheduled).await, scheduled.due_at, "an application's own wish stands");
}

#[tokio::test]
async fn a_postponed_message_stays_where_it_is() {
    let story = begin().await;
    let waiting = message(1);
    story.accept(&waiting).await;
    let later = |epoch| Postponement {
        message_id: waiting.id,
        status: MessageStatus::Queued,
        epoch,
        due_at: NOW + std::time::Duration::from_secs(9 + u64::from(epoch)),
    };
    story.writer.postpone(vec![later(0)]).await.expect("written");
    story.writer.postpone(vec![later(7)]).await.expect("written");
    let found = story.store.message(waiting.id).await.expect("read").expect("it is there");
    assert_eq!((found.due_at, found.epoch), (later(0).due_at, 0), "an old look changes nothing, and neither is a step");
    assert!(story.store.moves(waiting.id).await.expect("read").is_empty());
}
