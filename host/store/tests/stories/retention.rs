//! Growing old: what is deleted, what is masked, what stays.

use super::support::*;
use jixinda_domain::*;
use jixinda_store::{NewReceipt, RetentionKind, };
use std::time::Duration;

const LATER: Timestamp = Timestamp::from_millis(NOW.as_millis() + 1000);

/// One message that was sent and one that waits.
async fn sent_and_waiting(story: &Story) -> (Message, Message) {
    let (sent, waiting) = (message(1), message(2));
    story.accept(&sent).await;
    story.accept(&waiting).await;
    let call = intent(1, &[&sent]);
    story.writer.begin_call(call.clone()).await.expect("written");
    story.writer.settle(settlement(&call, &sent, accepted("up"), AfterCall::Sent)).await.expect("written");
    let told = receipt(1, ReceiptStatus::Delivered);
    let told = NewReceipt {
        receipt: DeliveryReceipt {
            message_id: Some(sent.id.to_string()),
            recipient: Some(sent.recipient.e164().to_owned()),
            ..told.receipt
        },
        ..told
    };
    story.writer.hear(news(vec![told])).await.expect("written");
    assert_eq!(story.status(&sent).await, MessageStatus::Delivered);
    (sent, waiting)
}

#[tokio::test]
async fn what_is_over_is_deleted_with_all_that_belongs_to_it() {
    let story = begin().await;
    let (sent, waiting) = sent_and_waiting(&story).await;
    let delete = |kind, before| story.store.delete_before(kind, before, 100);
    assert_eq!(delete(RetentionKind::Messages, NOW).await.expect("deleted"), 0, "it is not old enough");
    assert_eq!(delete(RetentionKind::Messages, LATER).await.expect("deleted"), 1);
    assert!(story.store.message(sent.id).await.expect("read").is_none());
    assert!(story.store.attempts(sent.id).await.expect("read").is_empty());
    assert!(story.store.receipts(sent.id).await.expect("read").is_empty());
    assert!(story.store.message(waiting.id).await.expect("read").is_some(), "what waits is never too old");
    assert_eq!(delete(RetentionKind::Calls, LATER).await.expect("deleted"), 1);
}

#[tokio::test]
async fn steps_are_small() {
    let story = begin().await;
    for number in 1..=3 {
        let orphan = receipt(number, ReceiptStatus::Delivered);
        let receipt = DeliveryReceipt { upstream_id: Some(format!("nobody {number}")), ..orphan.receipt };
        story.writer.hear(news(vec![NewReceipt { receipt, ..orphan }])).await.expect("written");
    }
    let delete = || story.store.delete_before(RetentionKind::UnmatchedReceipts, LATER, 2);
    assert_eq!((delete().await.expect("deleted"), delete().await.expect("deleted")), (2, 1));
}

#[tokio::test]
async fn numbers_texts_and_parameters_are_masked() {
    let story = begin().await;
    let (sent, waiting) = sent_and_waiting(&story).await;
    let last = story.store.mask_messages(None, LATER, 100).await.expect("masked");
    assert_eq!(last, Some(waiting.id));
    assert_eq!(story.store.mask_messages(last, LATER, 100).await.expect("masked"), None);
    let masked = story.store.message(sent.id).await.expect("read").expect("it is there");
    assert_eq!(masked.recipient.e164(), "+86138****0001");
    assert!(masked.text.is_empty() && masked.params.is_empty());
    let kept = story.store.message(waiting.id).await.expect("read").expect("it is there");
    assert_eq!(kept.recipient, waiting.recipient, "what is still to be sent keeps its number");
    // Again changes nothing.
    story.store.mask_messages(None, NOW + Duration::from_secs(9), 100).await.expect("masked");
    let again = story.store.message(sent.id).await.expect("read").expect("it is there");
    assert_eq!(again.recipient.e164(), "+86138****0001");
}

#[tokio::test]
async fn what_still_waits_for_its_receipt_keeps_its_number() {
    let story = begin().await;
    let sent = message(1);
    story.accept(&sent).await;
    let call = intent(1, &[&sent]);
    story.writer.begin_call(call.clone()).await.expect("written");
    let mut settled = settlement(&call, &sent, accepted("up"), AfterCall::Sent);
    settled.settlements[0].due_at = NOW + Duration::from_secs(72 * 3600);
    story.writer.settle(settled).await.expect("written");
    let number =
        async || story.store.message(sent.id).await.expect("read").expect("it is there").recipient.e164().to_owned();
    story.store.mask_messages(None, NOW + Duration::from_secs(71 * 3600), 100).await.expect("masked");
    assert_eq!(number().await, sent.recipient.e164(), "its receipt names the number");
    let delete = |before| story.store.delete_before(RetentionKind::Messages, before, 100);
    assert_eq!(delete(NOW + Duration::from_secs(71 * 3600)).await.expect("deleted"), 0);
    story.store.mask_messages(None, NOW + Duration::from_secs(73 * 3600), 100).await.expect("masked");
    assert_eq!(number().await, "+86138****0001", "it is overdue");
}
