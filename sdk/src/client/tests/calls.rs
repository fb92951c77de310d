//! What is asked, and how answers are read.

use super::*;
use crate::error::Error;
use crate::idempotency::IdempotencyKey;
use crate::key::AuthMode;
use crate::mac::RequestMac;
use crate::message::AttemptOutcome;
use crate::problem::ProblemCode;
use crate::status::{Actor, MessageStatus};

#[tokio::test]
async fn a_text_is_sent_signed_and_once() {
    let scene = Scene::new([Reply::json(202, ACCEPTED)]);
    let accepted = scene.client.send(&text()).await.expect("accepted");
    assert_eq!((accepted.id.as_str(), accepted.status, accepted.segments), ("msg_1", MessageStatus::Queued, 1));
    let asked = scene.stub.asked().remove(0);
    assert_eq!(asked.line, "POST /v1/messages");
    assert!(asked.headers["idempotency-key"].starts_with("sdk-"));
    assert!(asked.headers["user-agent"].starts_with("jixinda-sdk/"));
    assert!(!format!("{asked:?}").contains("example-secret"), "the secret does not travel");
    let timestamp = asked.headers["x-jixinda-timestamp"].parse().expect("seconds");
    let nonce = asked.headers["x-jixinda-nonce"].clone();
    let key = KEY.parse().expect("a key");
    let signed = RequestMac::sign(&key, "POST", "/v1/messages", timestamp, nonce, asked.body.as_bytes());
    let mut headers = http::HeaderMap::new();
    signed.expect("signed").add_to(&key, &mut headers);
    assert_eq!(headers["x-jixinda-mac"], asked.headers["x-jixinda-mac"]);
}

#[tokio::test]
async fn bearer_is_used_on_request_only() {
    let scene =
        Scene::with([Reply::json(202, ACCEPTED)], |builder| builder.auth_mode(AuthMode::Bearer).user_agent("shop/1"));
    let key = IdempotencyKey::new("order 17").expect("a key");
    scene.client.send_as(&text(), &key).await.expect("accepted");
    let asked = scene.stub.asked().remove(0);
    assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(asked.headers["idempotency-key"], "order 17");
    assert!(asked.headers["user-agent"].starts_with("shop/1 jixinda-sdk/"));
    assert!(!asked.headers.contains_key("x-jixinda-mac"));
}

#[tokio::test]
async fn a_text_that_waits_says_why() {
    let answer = r#"{"id":"msg_1","status":"scheduled","segments":1,"due_at":"2026-11-25T00:00:00.000Z",
        "cause":{"code":"quiet_hours","detail":"it is quiet time where it goes"}}"#;
    let scene = Scene::new([Reply::json(202, answer)]);
    let accepted = scene.client.send(&text()).await.expect("accepted");
    assert_eq!(accepted.due_at.map(time::OffsetDateTime::unix_timestamp), Some(1_795_564_800));
    assert_eq!(accepted.cause.map(|cause| cause.code).as_deref(), Some("quiet_hours"));
}

#[tokio::test]
async fn a_story_is_read_whole() {
    let message = listed("msg_1");
    let story = format!(
        r#"{},"field_to_come":[1],"history":[{{"at":"2026-01-01T00:00:00.000Z","status":"queued","by":"application",
        "what":"accepted"}}],"attempts":[{{"no":1,"channel":"chn_1","outcome":"accepted","reason":null,"cause":null,
        "started_at":"2026-01-01T00:00:00.000Z","duration_ms":4}}],"receipts":[{{"status":"delivered","cause":null,
        "occurred_at":"2026-01-01T00:00:01Z","received_at":"2026-01-01T00:00:01.000Z"}}]}}"#,
        message.strip_suffix('}').expect("an object")
    );
    let scene = Scene::new([Reply::json(200, story)]);
    let story = scene.client.get("msg_1").await.expect("a story");
    assert_eq!(scene.stub.asked()[0].line, "GET /v1/messages/msg_1");
    assert_eq!(story.message.status, MessageStatus::Delivered);
    assert_eq!(story.history[0].by, Actor::Application);
    assert_eq!(story.attempts[0].outcome, AttemptOutcome::Accepted);
    assert!(story.receipts[0].occurred_at.is_some());
    assert!(!format!("{:?}", story.message).contains("13800000000"));
}

#[tokio::test]
async fn a_problem_is_told_with_its_code() {
    let scene = Scene::new([Reply::problem(422, "invalid_phone_number"), Reply::json(200, "[]")]);
    let error = scene.client.send(&text()).await.expect_err("refused");
    assert_eq!(error.code(), Some(&ProblemCode::InvalidPhoneNumber));
    assert!(!error.is_retryable() && !error.is_uncertain());
    let error = scene.client.get("msg_1").await.expect_err("no message");
    assert!(matches!(error, Error::Decode(_)) && error.is_uncertain(), "{error:?}");
}

#[tokio::test]
async fn an_id_leads_to_no_other_path() {
    let scene = Scene::new([]);
    for id in ["", "..", "msg_1/cancel", "msg_1?a=b", "%2e%2e", "短信"] {
        assert!(matches!(scene.client.get(id).await, Err(Error::InvalidArgument(_))), "{id}");
        assert!(matches!(scene.client.cancel(id).await, Err(Error::InvalidArgument(_))), "{id}");
    }
    assert!(scene.stub.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Stub::start([Reply::json(200, listed("msg_1"))]);
    let moved = Reply::Answer(307, vec![("location", format!("{}/v1/messages", other.url()))], String::new());
    let error = Scene::new([moved]).client.send(&text()).await.expect_err("refused");
    assert_eq!(error.problem().map(|problem| problem.status), Some(307));
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn conversions_are_said_one_by_one_or_together() {
    let together = r#"{"new":1,"unknown":["msg_2"],"not_sent":[]}"#;
    let scene = Scene::new([Reply::json(202, r#"{"new":1}"#), Reply::json(202, together)]);
    assert!(scene.client.convert("msg_1").await.expect("said"));
    let said = scene.client.convert_all(["msg_1", "msg_2"]).await.expect("said");
    assert_eq!((said.new, said.unknown), (1, vec!["msg_2".to_owned()]));
    let bodies: Vec<String> = scene.stub.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies, [r#"{"id":"msg_1"}"#, r#"{"ids":["msg_1","msg_2"]}"#]);
    assert!(matches!(scene.client.convert_all([""; 0]).await, Err(Error::InvalidArgument(_))));
    assert!(matches!(scene.client.convert_all(["msg_1"; 1001]).await, Err(Error::InvalidArgument(_))));
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let scene = Scene::new([]);
    let shown = format!("{:?} {:?}", scene.client, Client::builder("http://127.0.0.1").key(KEY));
    assert!(!shown.contains("example-secret"), "{shown}");
}
