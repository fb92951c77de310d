//! What was sent is read in the order of first tries, with everything that became of it; and a store that is only looked at stays as it is.

use super::support::*;
use jixinda_domain::*;
use jixinda_store::{
    RecordedMessage,
};
use std::time::Duration;

/// The number of a moment's call and the messages that it tries now.
struct Try<'a> {
    seconds: u64,
    no: u16,
    outcome: Outcome,
    after: AfterCall,
    messages: &'a [&'a Message],
}

async fn tried(story: &Story, this: Try<'_>) {
    let at = NOW + Duration::from_secs(this.seconds);
    let epoch = u32::from(this.no) - 1;
    let messages: Vec<Message> = this.messages.iter().map(|message| Message { epoch, ..(*message).clone() }).collect();
    let mut call = intent(u128::from(this.seconds), &messages.iter().collect::<Vec<_>>());
    (call.id, call.started_at) = (CallId::new(at, 7), at);
    story.writer.begin_call(call.clone()).await.expect("written");
    let mut settled = settlement(&call, &messages[0], this.outcome, this.after);
    let example = settled.settlements.remove(0);
    settled.settlements = messages
        .iter()
        .map(|message| {
            let (message_id, explanation) = (message.id, Some(r#"{"version":1}"#.into()));
            jixinda_store::Settlement { message_id, explanation, no: this.no, started_at: at, ..example.clone() }
        })
        .collect();
    story.writer.settle(settled).await.expect("written");
}

fn taken<'a>(seconds: u64, no: u16, messages: &'a [&'a Message]) -> Try<'a> {
    Try { seconds, no, outcome: accepted("up"), after: AfterCall::Sent, messages }
}

fn deferred() -> Outcome {
    let (reason, scope, cause) = (Deferral::UpstreamBusy, Scope::Account, Cause::new("busy", "busy"));
    Outcome::Deferred { reason, scope, cause, retry_after_ms: None }
}

fn ids(messages: &[RecordedMessage]) -> Vec<MessageId> {
    messages.iter().map(|recorded| recorded.message.id).collect()
}

async fn written() -> (Story, [Message; 4]) {
    let story = begin().await;
    let all = [1, 2, 3, 4].map(message);
    let [early, first, second, late] = &all;
    for message in &all {
        story.accept(message).await;
    }
    tried(&story, taken(1, 1, &[early])).await;
    let busy = Try { seconds: 10, no: 1, outcome: deferred(), after: AfterCall::Queued, messages: &[second, first] };
    tried(&story, busy).await;
    tried(&story, taken(20, 2, &[first])).await;
    let mut told = receipt(1, ReceiptStatus::Delivered);
    told.receipt.message_id = Some(first.id.to_string());
    told.received_at = NOW + Duration::from_secs(25);
    story.writer.hear(news(vec![told])).await.expect("written");
    story.writer.convert(vec![first.id]).await.expect("written");
    tried(&story, taken(30, 1, &[late])).await;
    (story, all)
}

#[tokio::test]
async fn a_window_holds_what_was_first_tried_in_it() {
    let (story, [_, first, second, late]) = written().await;
    let at = |seconds| NOW + Duration::from_secs(seconds);
    let page = story.store.recorded_traffic(at(10), at(31), None, 100).await.expect("read");
    assert_eq!((ids(&page.messages), page.next), (vec![second.id, first.id, late.id], None));
    let told = &page.messages[1];
    assert_eq!(told.call_id, page.messages[0].call_id, "they were decided together");
    let tries: Vec<(&str, Timestamp)> =
        told.attempts.iter().map(|tried| (tried.outcome.as_str(), tried.started_at)).collect();
    assert_eq!(tries, [("deferred", at(10)), ("accepted", at(20))]);
    assert_eq!((told.told_at, told.message.status), (Some(at(25)), MessageStatus::Delivered));
    assert_eq!((told.converted_at, page.messages[2].converted_at), (Some(NOW), None));
    let busy = &told.attempts[0];
    assert_eq!((busy.reason.as_deref(), busy.scope.as_deref()), (Some("upstream-busy"), Some("account")));
    assert_eq!((busy.after.as_deref(), busy.explanation.as_deref()), (Some("queued"), Some(r#"{"version":1}"#)));
    assert_eq!(told.attempts[1].segments, Some(1));
    let none = story.store.recorded_traffic(at(100), at(200), None, 100).await.expect("read");
    assert!(none.messages.is_empty() && none.next.is_none());
}

#[tokio::test]
async fn pages_join_to_the_whole_also_where_one_is_empty() {
    let (story, [early, first, second, late]) = written().await;
    let (mut found, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = story.store.recorded_traffic(NOW, NOW + Duration::from_secs(60), after, 1).await.expect("read");
        found.extend(ids(&page.messages));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, [early.id, second.id, first.id, late.id]);
    assert_eq!(pages, 5, "the second try of a message is a page without one, and the last says that there is no more");
}
