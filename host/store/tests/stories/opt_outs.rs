//! Opt-outs: whose text a person answered.

use super::support::*;
use jixinda_domain::*;
use jixinda_store::{News, OptOutWish, StoredInbound};

/// Stores a message that was sent through the account.
async fn sent(story: &Story, message: Message) {
    story.accept(&message).await;
    let call = intent(message.serial.into(), &[&message]);
    story.writer.begin_call(call.clone()).await.expect("written");
    story.writer.settle(settlement(&call, &message, accepted("up"), AfterCall::Sent)).await.expect("written");
}

fn text(number: u128, sign_name: Option<SignNameId>, routed: Option<ApplicationId>) -> News {
    let sender = message(1).recipient;
    let text = StoredInbound {
        id: InboundId::new(NOW, number),
        account_id: account(),
        application_id: routed,
        opt_out: Some(OptOutWish {
            number: sender.digits(),
            word: "TD".to_owned(),
            sign_name_id: sign_name,
            classes: [MessageClass::Marketing].as_slice().into(),
        }),
        message: InboundMessage {
            upstream_id: Some(format!("in-{number}")),
            sender: sender.e164().to_owned(),
            recipient: None,
            extension: None,
            sign_name: None,
            text: "TD".to_owned(),
            part: None,
            at: None,
        },
        received_at: NOW,
    };
    News { inbound: vec![text], ..News::default() }
}

#[tokio::test]
async fn it_answers_the_last_advertising_whatever_came_since() {
    let story = begin().await;
    let (shop, bank) = (ApplicationId::new(NOW, 1), ApplicationId::new(NOW, 2));
    sent(&story, Message { class: MessageClass::Marketing, application_id: shop, ..message(1) }).await;
    let code = Message {
        recipient: message(1).recipient,
        class: MessageClass::Otp,
        application_id: bank,
        sign_name_id: SignNameId::new(NOW, 2),
        ..message(2)
    };
    assert!(story.store.message(code.id).await.expect("read").is_none());
    sent(&story, code).await;
    // A rule gives the text to the bank; the opt-out is the shop's.
    let recorded = story.writer.hear(text(1, None, Some(bank))).await.expect("written");
    assert_eq!(recorded.len(), 1);
    assert_eq!((recorded[0].application_id, recorded[0].sign_name_id), (Some(shop), Some(SignNameId::new(NOW, 1))));
    // Told again it is nothing new.
    assert!(story.writer.hear(text(1, None, Some(bank))).await.expect("written").is_empty());
    assert_eq!(story.store.opt_outs_of(message(1).recipient.digits()).await.expect("read").len(), 1);
}

#[tokio::test]
async fn a_sign_name_that_the_provider_tells_decides() {
    let story = begin().await;
    let bank = ApplicationId::new(NOW, 2);
    sent(&story, Message { class: MessageClass::Marketing, ..message(1) }).await;
    let other = Message {
        recipient: message(1).recipient,
        class: MessageClass::Marketing,
        application_id: bank,
        sign_name_id: SignNameId::new(NOW, 2),
        ..message(2)
    };
    sent(&story, other).await;
    let recorded = story.writer.hear(text(1, Some(SignNameId::new(NOW, 1)), None)).await.expect("written");
    assert_eq!(recorded[0].application_id, Some(ApplicationId::new(NOW, 1)));
}

#[tokio::test]
async fn where_nothing_was_sent_it_counts_for_all() {
    let story = begin().await;
    let recorded = story.writer.hear(text(1, None, None)).await.expect("written");
    assert_eq!((recorded[0].application_id, recorded[0].sign_name_id), (None, None));
}
