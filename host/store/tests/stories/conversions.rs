//! Conversions: each counts once, only for what a provider had, and for the channel that had it.

use super::support::*;
use jixinda_domain::*;
use jixinda_store::{Conversion, ConversionVerdict, };

/// Brings a stored message through a call with this outcome; the call goes through channel `way`.
async fn tried(story: &Story, message: &Message, way: u128, outcome: Outcome, after: AfterCall) {
    let stored = story.store.message(message.id).await.expect("read").expect("it is there");
    let mut call = intent(way * 1000 + u128::from(message.serial), &[&stored]);
    call.channel_id = ChannelId::new(NOW, way);
    assert_eq!(story.writer.begin_call(call.clone()).await.expect("written"), [message.id]);
    let mut settled = settlement(&call, &stored, outcome, after);
    settled.settlements[0].channel_id = call.channel_id;
    settled.settlements[0].no = stored.attempts + 1;
    story.writer.settle(settled).await.expect("written");
}

fn new(message: &Message, way: u128) -> ConversionVerdict {
    ConversionVerdict::New(Some(Conversion {
        message_id: message.id,
        channel_id: ChannelId::new(NOW, way),
        class: message.class,
        destination: Destination { country_code: 86, carrier: Some(Carrier::Mobile) },
    }))
}

fn deferred() -> Outcome {
    Outcome::Deferred {
        reason: Deferral::UpstreamBusy,
        scope: Scope::Message,
        cause: Cause::new("busy", "busy"),
        retry_after_ms: None,
    }
}

#[tokio::test]
async fn a_word_counts_once_for_what_a_provider_had() {
    let story = begin().await;
    let [sent, waiting, calling, turned_away] = [1, 2, 3, 4].map(message);
    let test = Message { test: true, status: MessageStatus::Delivered, ..message(5) };
    for message in [&sent, &waiting, &calling, &turned_away, &test] {
        story.accept(message).await;
    }
    tried(&story, &sent, 1, accepted("up"), AfterCall::Sent).await;
    story.writer.begin_call(intent(3, &[&calling])).await.expect("written");
    tried(&story, &turned_away, 1, deferred(), AfterCall::Queued).await;
    let stray = MessageId::new(NOW, 99);
    let ids = vec![turned_away.id, sent.id, waiting.id, stray, calling.id, test.id, sent.id];
    use ConversionVerdict::{Again, New, NotSent};
    let verdicts = story.writer.convert(ids.clone()).await.expect("written");
    assert_eq!(verdicts, [NotSent, new(&sent, 1), NotSent, NotSent, new(&calling, 1), New(None), Again]);
    let before = story.store.message(sent.id).await.expect("read");
    let verdicts = story.writer.convert(ids).await.expect("written");
    assert_eq!(verdicts, [NotSent, Again, NotSent, NotSent, Again, Again, Again]);
    assert_eq!(story.store.message(sent.id).await.expect("read"), before, "nothing else of it changes");
}

#[tokio::test]
async fn it_speaks_for_the_channel_that_may_have_carried_it() {
    let story = begin().await;
    let code = Message { class: MessageClass::Otp, ..message(1) };
    story.accept(&code).await;
    let uncertain = Outcome::Uncertain { upstream_id: None, cause: Cause::new("reset", "reset") };
    tried(&story, &code, 1, uncertain, AfterCall::Queued).await;
    tried(&story, &code, 2, deferred(), AfterCall::Queued).await;
    let verdicts = story.writer.convert(vec![code.id]).await.expect("written");
    assert_eq!(verdicts, [new(&code, 1)], "the second channel turned it away");
}
