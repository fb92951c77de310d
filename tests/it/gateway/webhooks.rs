//! Webhooks as an application gets them: signed, retried, replayed, and never held up by somebody else's dead endpoint. What is heard
//! is verified with the official library.

mod endpoints;
mod receiver;

use super::*;
use receiver::{Receiver, Reply};

const OPENED: (&str, &str) = ("WEBHOOKS__ALLOW_NETWORKS", r#"["127.0.0.0/8"]"#);

/// A stage on which webhooks may reach this machine.
pub(super) async fn open_stage(settings: &[(&str, &str)]) -> Stage {
    stage_with(&[&[OPENED], settings].concat()).await
}

/// Adds an endpoint; answers its path below `/admin/v1`, and its signing key.
pub(super) async fn listen(stage: &Stage, application: &str, body: Value) -> (String, String) {
    let path = format!("/applications/{application}/webhooks");
    let answer = stage.gateway.admin().post(&path, &body).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.json);
    let word = |value: &Value| value.as_str().expect("a text").to_owned();
    (format!("{path}/{}", word(&answer.json["webhook"]["id"])), word(&answer.json["secret"]))
}

async fn admin_post(stage: &Stage, path: &str, body: &Value) -> Value {
    let answer = stage.gateway.admin().post(path, body).await.expect("an answer");
    answer.ok().expect("it is done").json
}

/// A key with which messages are delivered at once, and reach nobody.
async fn test_api(stage: &Stage, application: &str) -> Client {
    let key = admin_post(stage, &format!("/applications/{application}/keys"), &json!({"test": true})).await;
    let word = |name: &str| key[name].as_str().expect("a text").to_owned();
    stage.gateway.api(&format!("{}.{}", word("id"), word("secret")))
}

async fn deliveries(stage: &Stage, query: &str) -> Vec<Value> {
    let answer = stage.gateway.admin().get(&format!("/webhook-deliveries?{query}")).await.expect("an answer");
    answer.ok().expect("a list").json["deliveries"].as_array().expect("a list").clone()
}

/// Waits until so many deliveries stand so; answers them.
async fn stand(stage: &Stage, state: &str, count: usize) -> Vec<Value> {
    let what = format!("{count} deliveries to be {state}");
    let query = format!("state={state}&limit=200");
    let found =
        until(&what, PATIENCE, || async { Some(deliveries(stage, &query).await).filter(|found| found.len() >= count) });
    match found.await {
        Ok(found) => found,
        Err(error) => panic!("{error}: {:?}", deliveries(stage, "limit=200").await),
    }
}

/// The tries of a delivery.
async fn tries(stage: &Stage, delivery: &Value) -> Vec<Value> {
    let word = |name: &str| delivery[name].as_str().expect("a text").to_owned();
    let path = format!("/webhook-deliveries/{}/{}", word("webhook"), word("event"));
    let answer = stage.gateway.admin().get(&path).await.expect("an answer").ok().expect("it is kept");
    answer.json["tries"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_told_what_became_of_its_text() {
    let stage = open_stage(&[]).await;
    let receiver = Receiver::start(Reply::Status(204)).await;
    let (_, secret) = listen(&stage, "shop", json!({"url": receiver.url()})).await;
    let mut submission = notice("13800000001");
    submission["reference"] = json!("order 1");
    let id = accepted(&stage.api(), &submission).await;
    let sent = receiver.hears("sent", 1).await.remove(0);
    let delivered = receiver.hears("delivered", 1).await.remove(0);
    for heard in [&sent, &delivered] {
        assert!(heard.verifies(&secret), "{heard:?}");
        assert_eq!(heard.headers["content-type"], "application/json");
        assert_eq!(heard.json()["type"], "message.updated");
    }
    let stem = id.replacen("msg_", "evt_", 1);
    assert_eq!((sent.id(), delivered.id()), (&*format!("{stem}_1_sent"), &*format!("{stem}_1_delivered")));
    assert_eq!(
        delivered.json()["data"],
        json!({"id": id, "status": "delivered", "to": "+8613800000001", "class": "notice", "reference": "order 1",
               "batch_id": null, "segments": 1, "test": false,
               "cause": {"code": "DELIVERED", "detail": "用户接收成功"}})
    );
    let mut changed = delivered.clone();
    changed.body = String::from_utf8(delivered.body.to_vec()).expect("text").replace("delivered", "rejected").into();
    assert!(!changed.verifies(&secret), "another body");
    assert!(!delivered.verifies("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), "another key");
    let told = stand(&stage, "delivered", 2).await;
    assert_eq!(tries(&stage, &told[0]).await[0]["http_status"], 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_told_only_what_it_asked_for() {
    let stage = open_stage(&[]).await;
    let receiver = Receiver::start(Reply::Status(200)).await;
    let body = json!({"url": receiver.url(), "events": ["message.updated"], "statuses": ["delivered"]});
    listen(&stage, "shop", body).await;
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    receiver.hears("delivered", 1).await;
    let all = deliveries(&stage, &format!("message={id}")).await;
    assert_eq!(all.len(), 1, "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_a_person_is_told() {
    let stage = open_stage(&[]).await;
    let receiver = Receiver::start(Reply::Status(200)).await;
    let (_, secret) = listen(&stage, "shop", json!({"url": receiver.url(), "events": ["message.inbound"]})).await;
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    becomes(&stage.api(), &id, "delivered").await;
    let text = json!({"account": jixinda_test_support::ACCESS_KEY_ID, "number": "13800000001", "content": "TD", "dest_code": "01"});
    stage.simulator.push_inbound(serde_json::from_value(text).expect("a text")).expect("pushed");
    let heard = until("the answer", PATIENCE, || std::future::ready(receiver.heard().pop())).await.expect("it is told");
    assert!(heard.verifies(&secret));
    let told = heard.json();
    let listed = stage.api().get("/v1/inbound").await.expect("an answer").json["inbound"][0].clone();
    assert_eq!(
        (&told["type"], &told["data"]),
        (&json!("message.inbound"), &listed),
        "the same fields as when it is asked for"
    );
    assert_eq!(heard.id(), listed["id"].as_str().expect("an id").replacen("inb_", "evt_", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_and_new_key_both_verify_for_a_while() {
    let stage = open_stage(&[("WEBHOOKS__KEY_OVERLAP_S", "3")]).await;
    let receiver = Receiver::start(Reply::Status(200)).await;
    let (path, old) = listen(&stage, "shop", json!({"url": receiver.url()})).await;
    let new = admin_post(&stage, &format!("{path}/rotate"), &Value::Null).await;
    let new = new["secret"].as_str().expect("a secret").to_owned();
    let tested = || async {
        let report = admin_post(&stage, &format!("{path}/test"), &Value::Null).await;
        assert_eq!((&report["delivered"], &report["http_status"]), (&json!(true), &json!(200)), "{report}");
        receiver.heard().pop().expect("it was heard")
    };
    let heard = tested().await;
    assert_eq!(heard.json()["type"], "webhook.test");
    assert!(heard.verifies(&old) && heard.verifies(&new), "both, while they overlap");
    until("the old key to be over", PATIENCE, || async {
        let heard = tested().await;
        assert!(heard.verifies(&new));
        (!heard.verifies(&old)).then_some(())
    })
    .await
    .expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_the_same_event_byte_for_byte() {
    let stage = open_stage(&[("WEBHOOKS__RETRIES_S", "[1, 1]")]).await;
    let receiver = Receiver::start(Reply::Status(200)).await;
    receiver.script([Reply::Status(500), Reply::Status(503)]);
    let (_, secret) = listen(&stage, "shop", json!({"url": receiver.url(), "statuses": ["delivered"]})).await;
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    let heard = receiver.hears("delivered", 3).await;
    for again in &heard {
        assert_eq!((again.id(), &again.body), (heard[0].id(), &heard[0].body));
        assert!(again.verifies(&secret));
    }
    let told = stand(&stage, "delivered", 1).await;
    assert_eq!(told[0]["message"], json!(id));
    let statuses: Vec<Value> = tries(&stage, &told[0]).await.iter().map(|one| one["http_status"].clone()).collect();
    assert_eq!(statuses, [json!(500), json!(503), json!(200)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_move_and_delivery_loses_no_event() {
    let mut stage = open_stage(&[("WEBHOOKS__TIMEOUT_MS", "600000")]).await;
    let receiver = Receiver::start(Reply::Hang).await;
    let (_, secret) = listen(&stage, "shop", json!({"url": receiver.url()})).await;
    let mut ids = Vec::new();
    for number in 0..30 {
        ids.push(accepted(&stage.api(), &notice(&format!("138000001{number:02}"))).await);
    }
    for id in &ids {
        becomes(&stage.api(), id, "delivered").await;
    }
    until("some to be under way", PATIENCE, || std::future::ready((receiver.heard().len() >= 16).then_some(())))
        .await
        .expect("they are");
    stage.gateway.kill().expect("killed");
    let before = receiver.heard();
    receiver.usually(Reply::Status(200));
    stage.gateway.start_again().await.expect("a start");
    stand(&stage, "delivered", 60).await;
    let heard = receiver.heard();
    let after = &heard[before.len()..];
    for id in &ids {
        let stem = id.replacen("msg_", "evt_", 1);
        for status in ["sent", "delivered"] {
            let event = format!("{stem}_1_{status}");
            let told: Vec<_> = after.iter().filter(|heard| heard.id() == event).collect();
            assert_eq!(told.len(), 1, "{event}");
            assert!(told[0].verifies(&secret));
        }
    }
    for begun in &before {
        let again = after.iter().find(|heard| heard.id() == begun.id()).expect("it is told again");
        assert_eq!(again.body, begun.body, "the same bytes after a crash");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parked_events_are_told_again_when_a_person_says_so() {
    let stage = open_stage(&[("WEBHOOKS__RETRIES_S", "[]")]).await;
    let receiver = Receiver::start(Reply::Status(500)).await;
    let (path, secret) = listen(&stage, "shop", json!({"url": receiver.url()})).await;
    let api = test_api(&stage, "shop").await;
    for number in 0..3 {
        accepted(&api, &notice(&format!("1380000000{number}"))).await;
    }
    let parked = stand(&stage, "parked", 3).await;
    receiver.usually(Reply::Status(200));
    let single = format!(
        "/webhook-deliveries/{}/{}/replay",
        parked[0]["webhook"].as_str().expect("an id"),
        parked[0]["event"].as_str().expect("an id")
    );
    assert_eq!(admin_post(&stage, &single, &Value::Null).await, json!({"replayed": 1}));
    stand(&stage, "delivered", 1).await;
    assert_eq!(admin_post(&stage, &format!("{path}/replay"), &json!({})).await, json!({"replayed": 2}));
    let delivered = stand(&stage, "delivered", 3).await;
    let since = delivered[2]["occurred_at"].clone();
    let all = json!({"since": since, "state": "all"});
    assert_eq!(admin_post(&stage, &format!("{path}/replay"), &all).await, json!({"replayed": 3}));
    until("all to be told a third time", PATIENCE, || std::future::ready((receiver.heard().len() == 9).then_some(())))
        .await
        .expect("they are");
    let ids: std::collections::BTreeSet<String> = receiver.heard().iter().map(|heard| heard.id().to_owned()).collect();
    assert_eq!(ids.len(), 3, "the ids stay");
    assert!(receiver.heard().iter().all(|heard| heard.verifies(&secret)));
    let everything = stage.gateway.admin().post(&format!("{path}/replay"), &json!({"state": "all"})).await;
    refused(&everything.expect("an answer"), 400, "invalid_request");
}
