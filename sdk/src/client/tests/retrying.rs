//! When a call is tried again, with what, and when not.

use super::*;
use crate::error::Error;
use crate::problem::ProblemCode;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_send_is_repeated_under_the_same_key_with_new_nonces() {
    let busy = || Reply::problem(503, "overloaded").with("retry-after", "1");
    let scene =
        Scene::new([Reply::HangUp, busy(), Reply::problem(429, "frequency_limited"), Reply::json(202, ACCEPTED)]);
    scene.client.send(&text()).await.expect("accepted in the end");
    let asked = scene.stub.asked();
    let different = |name: &str| asked.iter().map(|asked| asked.headers[name].clone()).collect::<BTreeSet<_>>().len();
    assert_eq!(asked.len(), 4);
    assert_eq!((different("idempotency-key"), different("x-jixinda-nonce"), different("x-jixinda-mac")), (1, 4, 4));
    assert_eq!(asked.iter().map(|asked| &asked.body).collect::<BTreeSet<_>>().len(), 1);
    let pauses = scene.pauses();
    assert!(pauses[1] >= Duration::from_secs(1), "Retry-After is honoured: {pauses:?}");
    assert!(pauses[0] <= Duration::from_millis(250) && pauses[2] <= Duration::from_secs(1), "{pauses:?}");
}

#[tokio::test]
async fn two_sends_have_two_keys() {
    let scene = Scene::new([Reply::json(202, ACCEPTED), Reply::json(202, ACCEPTED)]);
    for _ in 0..2 {
        scene.client.send(&text()).await.expect("accepted");
    }
    let asked = scene.stub.asked();
    assert_ne!(asked[0].headers["idempotency-key"], asked[1].headers["idempotency-key"]);
}

#[tokio::test]
async fn tries_are_bounded() {
    let scene = Scene::new(vec![Reply::problem(503, "overloaded"); 9]);
    let error = scene.client.send(&text()).await.expect_err("never");
    assert_eq!(error.code(), Some(&ProblemCode::Overloaded));
    assert!(error.is_retryable() && error.is_uncertain());
    assert_eq!((scene.stub.asked().len(), scene.pauses().len()), (4, 3));
}

#[tokio::test]
async fn a_client_that_hears_nothing_gives_up() {
    let set_up = |builder: Builder| builder.timeout(Duration::from_millis(50)).retries(Retries::new(1));
    let scene = Scene::with([Reply::Hang, Reply::Hang], set_up);
    let error = scene.client.send(&text()).await.expect_err("no answer");
    assert!(matches!(error, Error::Timeout(_)), "{error:?}");
    assert_eq!(scene.stub.asked().len(), 2);
}

#[tokio::test]
async fn a_wait_of_an_hour_is_the_callers_to_wait() {
    let scene = Scene::new([Reply::problem(429, "quota_exceeded").with("retry-after", "3600")]);
    let error = scene.client.send(&text()).await.expect_err("refused");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(scene.pauses().is_empty());
}

#[tokio::test]
async fn what_has_no_key_is_tried_once() {
    let scene = Scene::new(vec![Reply::problem(503, "overloaded"); 4]);
    assert!(scene.client.cancel("msg_1").await.is_err());
    assert!(scene.client.convert("msg_1").await.is_err());
    assert_eq!(scene.stub.asked().len(), 2);
    assert!(scene.pauses().is_empty());
}

#[tokio::test]
async fn a_read_is_tried_again() {
    let scene = Scene::new([Reply::HangUp, Reply::json(200, listed("msg_1"))]);
    assert_eq!(scene.client.get("msg_1").await.expect("a message").message.id, "msg_1");
    assert_eq!(scene.stub.asked().len(), 2);
}

#[tokio::test]
async fn what_is_refused_is_not_tried_again() {
    for (status, code) in [(401, "unauthorized"), (409, "idempotency_conflict"), (422, "no_channel"), (500, "internal")]
    {
        let scene = Scene::new([Reply::problem(status, code)]);
        let error = scene.client.send(&text()).await.expect_err("refused");
        assert_eq!(error.code().map(ProblemCode::as_str), Some(code));
        assert_eq!(scene.stub.asked().len(), 1);
    }
}

#[tokio::test]
async fn an_error_does_not_tell_the_address() {
    let scene = Scene::with([], |builder| builder.retries(Retries::none()));
    let filter = crate::filter::MessageFilter::new().to("13800000000");
    let error = scene.client.message_page(&filter, None).await.expect_err("nobody answers");
    assert!(matches!(error, Error::Transport(_)) && !format!("{error:?}").contains("13800000000"), "{error:?}");
}
