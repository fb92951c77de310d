//! Limits: judged in the transaction that accepts.

use super::support::*;
use jixinda_domain::*;
use jixinda_store::{
    Acceptance, Accepted, Changes, ExceededLimit, IdempotencyClaim, Limits, QuotaClaim, 
    Transition,
};
use std::sync::Arc;
use std::time::Duration;

fn rule(by: LimitKey, most: u32) -> LimitRule {
    LimitRule { by, classes: vec![MessageClass::Notice], most, per_seconds: 60 }
}

/// Messages of these numbers under these rules.
fn limited(first: u64, numbers: &[u64], rules: &[LimitRule]) -> Acceptance {
    let messages = numbers.iter().zip(first..).map(|(number, serial)| Message {
        id: MessageId::new(NOW, serial.into()),
        serial,
        ..message(*number)
    });
    Acceptance { limits: Limits { rules: rules.into(), quota: None }, ..acceptance(messages.collect()) }
}

fn exceeded(accepted: &Accepted) -> Vec<usize> {
    match accepted {
        Accepted::Exceeded(exceeded) => exceeded.iter().map(|exceeded| exceeded.index).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_window_holds_what_was_stored_before_and_in_the_same_group() {
    let story = begin().await;
    let rules = [rule(LimitKey::Number, 2)];
    assert_eq!(story.writer.accept(limited(1, &[7], &rules)).await.expect("written"), Accepted::Stored);
    // One transaction for both: the first fills the window, the second finds it full.
    let mut tx = story.store.begin().await.expect("begun");
    let group = [limited(10, &[7], &rules), limited(20, &[7, 8], &rules)];
    let verdicts = tx.accept(&group, NOW).await.expect("written");
    tx.commit().await.expect("committed");
    assert_eq!(verdicts[0], Accepted::Stored);
    assert_eq!(exceeded(&verdicts[1]), [0]);
    assert!(story.store.message(group[1].messages[1].id).await.expect("read").is_none(), "nothing of it is stored");
    // Without what exceeds it fits.
    assert_eq!(story.writer.accept(limited(30, &[8], &rules)).await.expect("written"), Accepted::Stored);
}

#[tokio::test]
async fn a_window_slides_and_forgets_what_was_called_back() {
    let story = begin().await;
    let rules = [rule(LimitKey::NumberAndTemplate, 1)];
    let first = limited(1, &[7], &rules);
    let called_back = first.messages[0].clone();
    story.writer.accept(first).await.expect("written");
    assert_eq!(exceeded(&story.writer.accept(limited(2, &[7], &rules)).await.expect("written")), [0]);
    let other_template = limited(3, &[7], &rules);
    let mut other = other_template.clone();
    Arc::make_mut(&mut other.messages[0]).template_id = TemplateId::new(NOW, 2);
    assert_eq!(story.writer.accept(other).await.expect("written"), Accepted::Stored);
    // A minute later there is room.
    let mut tx = story.store.begin().await.expect("begun");
    let later = [limited(4, &[7], &rules)];
    let verdicts = tx.accept(&later, NOW + Duration::from_secs(61)).await.expect("written");
    assert_eq!(verdicts, [Accepted::Stored]);
    drop(tx);
    let cancel = Transition {
        message_id: called_back.id,
        step: MessageStatus::Queued.step(MessageStatus::Cancelled).expect("legal"),
        epoch: 0,
        due_at: NOW,
        cause: None,
        by: Actor::Application,
        changes: Changes::default(),
        now: NOW,
    };
    story.writer.transition(vec![cancel]).await.expect("written");
    assert_eq!(story.writer.accept(limited(5, &[7], &rules)).await.expect("written"), Accepted::Stored);
}

#[tokio::test]
async fn a_key_is_free_where_its_request_exceeded() {
    let story = begin().await;
    let rules = [rule(LimitKey::Application, 1)];
    story.writer.accept(limited(1, &[7], &rules)).await.expect("written");
    let with_key = |first: u64, rules: &[LimitRule]| Acceptance {
        idempotency: Some(IdempotencyClaim {
            application_id: ApplicationId::new(NOW, 1),
            key: "key".to_owned(),
            body_hash: "hash".to_owned(),
            answer: "answer".to_owned(),
            expires_at: NOW + Duration::from_secs(60),
        }),
        ..limited(first, &[8], rules)
    };
    // In one transaction: who comes second with the key is not told of an answer that never was.
    let mut tx = story.store.begin().await.expect("begun");
    let verdicts = tx.accept(&[with_key(2, &rules), with_key(3, &rules)], NOW).await.expect("written");
    tx.commit().await.expect("committed");
    assert_eq!(exceeded(&verdicts[0]), [0]);
    assert_eq!(exceeded(&verdicts[1]), [] as [usize; 0]);
    assert_eq!(story.writer.accept(with_key(4, &[])).await.expect("written"), Accepted::Stored);
}

#[tokio::test]
async fn a_quota_counts_exactly() {
    let story = begin().await;
    let claim = |first: u64, numbers: &[u64], day: &str| Acceptance {
        limits: Limits {
            rules: [].into(),
            quota: Some(QuotaClaim {
                application_id: ApplicationId::new(NOW, 1),
                day: day.to_owned(),
                ends_at: NOW + Duration::from_secs(3600),
                most: 3,
            }),
        },
        ..limited(first, numbers, &[])
    };
    assert_eq!(story.writer.accept(claim(1, &[1, 2], "2026-11-24")).await.expect("written"), Accepted::Stored);
    let over = story.writer.accept(claim(10, &[3, 4, 5], "2026-11-24")).await.expect("written");
    assert_eq!(exceeded(&over), [1, 2]);
    match &over {
        Accepted::Exceeded(exceeded) => assert_eq!(exceeded[0].limit, ExceededLimit::Quota(3)),
        other => panic!("{other:?}"),
    }
    assert_eq!(story.writer.accept(claim(20, &[3], "2026-11-24")).await.expect("written"), Accepted::Stored);
    assert_eq!(exceeded(&story.writer.accept(claim(30, &[4], "2026-11-24")).await.expect("written")), [0]);
    assert_eq!(story.writer.accept(claim(40, &[4], "2026-11-25")).await.expect("written"), Accepted::Stored);
}
