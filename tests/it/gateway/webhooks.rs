//! Webhooks as an application gets them: signed, retried, replayed, and never held up by somebody else's dead endpoint. What is heard
//! is verified with the official library.

mod receiver;

use super::*;
use receiver::{Receiver, Reply};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

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
async fn odd_endpoints_fail_and_say_why() {
    let stage = open_stage(&[("WEBHOOKS__RETRIES_S", "[]"), ("WEBHOOKS__TIMEOUT_MS", "700")]).await;
    let inside = Receiver::start(Reply::Status(200)).await;
    let redirecting = Receiver::start(Reply::Redirect(inside.url())).await;
    let hanging = Receiver::start(Reply::Hang).await;
    let nobody = format!("http://127.0.0.1:{}/", free_port().await);
    for url in [redirecting.url(), hanging.url(), rubbish().await, nobody] {
        listen(&stage, "shop", json!({"url": url, "statuses": ["delivered"]})).await;
    }
    accepted(&test_api(&stage, "shop").await, &notice("13800000001")).await;
    let mut reasons = Vec::new();
    for parked in stand(&stage, "parked", 4).await {
        let tries = tries(&stage, &parked).await;
        assert_eq!(tries.len(), 1, "without a schedule there is one try");
        reasons.push(format!("{} {}", tries[0]["http_status"], tries[0]["error"]));
    }
    for expected in [
        "302 \"redirects are not followed\"",
        "null \"no answer within 700 ms\"",
        "null \"the connection broke before an answer came\"",
        "refused",
    ] {
        assert!(reasons.iter().any(|reason| reason.contains(expected)), "{expected}: {reasons:?}");
    }
    assert!(inside.heard().is_empty(), "a redirect leads nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_answers_at_length_has_taken_the_event() {
    let stage = open_stage(&[("WEBHOOKS__RETRIES_S", "[]")]).await;
    let receiver = Receiver::start(Reply::Flood).await;
    listen(&stage, "shop", json!({"url": receiver.url()})).await;
    accepted(&test_api(&stage, "shop").await, &notice("13800000001")).await;
    let told = stand(&stage, "delivered", 1).await;
    assert_eq!(tries(&stage, &told[0]).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_moves_is_asked_at_once() {
    let stage = open_stage(&[("WEBHOOKS__RETRIES_S", "[1, 1, 1, 1, 1, 1, 600]")]).await;
    let (old, new) = (Receiver::start(Reply::Status(500)).await, Receiver::start(Reply::Status(200)).await);
    let (path, _) = listen(&stage, "shop", json!({"url": old.url()})).await;
    accepted(&test_api(&stage, "shop").await, &notice("13800000001")).await;
    old.hears("delivered", 5).await;
    let moved = stage.gateway.admin().call("PATCH", &path, &json!({"url": new.url()})).await.expect("an answer");
    moved.ok().expect("it moves");
    new.hears("delivered", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_gone_is_switched_off_until_a_person_switches_it_on() {
    let stage = open_stage(&[("WEBHOOKS__RETRIES_S", "[1, 1]")]).await;
    let receiver = Receiver::start(Reply::Status(410)).await;
    let (path, _) = listen(&stage, "shop", json!({"url": receiver.url()})).await;
    let api = test_api(&stage, "shop").await;
    accepted(&api, &notice("13800000001")).await;
    let admin = stage.gateway.admin();
    let off = until("it to be switched off", PATIENCE, || async {
        let webhook = admin.get(&path).await.ok()?.json;
        (webhook["active"] == false).then_some(webhook)
    })
    .await
    .expect("it is");
    assert_eq!(off["off_reason"], "it answered 410 Gone");
    let untold = accepted(&api, &notice("13800000002")).await;
    becomes(&api, &untold, "delivered").await;
    receiver.usually(Reply::Status(200));
    let on =
        admin.call("PATCH", &path, &json!({"active": true})).await.expect("an answer").ok().expect("it is on").json;
    assert_eq!(on["off_reason"], Value::Null);
    stand(&stage, "delivered", 1).await;
    assert_eq!(
        deliveries(&stage, &format!("message={untold}")).await.len(),
        0,
        "what happened meanwhile is not recorded"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_endpoint_delays_nobody_else() {
    let stage = open_stage(&[("WEBHOOKS__TIMEOUT_MS", "600000")]).await;
    let (dead, alive) = (Receiver::start(Reply::Hang).await, Receiver::start(Reply::Status(200)).await);
    admin_post(&stage, "/applications", &json!({"name": "other"})).await;
    listen(&stage, "other", json!({"url": dead.url()})).await;
    listen(&stage, "shop", json!({"url": alive.url()})).await;
    let (other, shop) = (test_api(&stage, "other").await, test_api(&stage, "shop").await);
    for number in 0..40 {
        accepted(&other, &notice(&format!("138000001{number:02}"))).await;
    }
    until("the dead endpoint to have all it gets at once", PATIENCE, || {
        std::future::ready((dead.heard().len() >= 16).then_some(()))
    })
    .await
    .expect("it is asked");
    for number in 0..40 {
        accepted(&shop, &notice(&format!("138000002{number:02}"))).await;
    }
    alive.hears("delivered", 40).await;
    // Not one try at the dead endpoint has ended, so nobody can have waited for it.
    for waiting in stand(&stage, "waiting", 40).await {
        assert_eq!(waiting["tries"], 0, "{waiting}");
    }
    assert_eq!(dead.heard().len(), 16, "no more than webhooks.per_endpoint at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_keeps_failing_is_spared_whatever_waits() {
    let stage = open_stage(&[("WEBHOOKS__RETRIES_S", "[600, 600]"), ("WEBHOOKS__PER_ENDPOINT", "4")]).await;
    let receiver = Receiver::start(Reply::Status(500)).await;
    listen(&stage, "shop", json!({"url": receiver.url()})).await;
    let api = test_api(&stage, "shop").await;
    for number in 0..60 {
        accepted(&api, &notice(&format!("138000001{number:02}"))).await;
    }
    stand(&stage, "waiting", 60).await;
    until("the first volleys to fail", PATIENCE, || std::future::ready((receiver.heard().len() >= 5).then_some(())))
        .await
        .expect("they do");
    let other = Receiver::start(Reply::Status(200)).await;
    listen(&stage, "shop", json!({"url": other.url()})).await;
    accepted(&api, &notice("13800000200")).await;
    other.hears("delivered", 1).await;
    let heard = receiver.heard().len();
    assert!(heard <= 12, "{heard} requests to an endpoint that fails");
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

#[tokio::test(flavor = "multi_thread")]
async fn inside_addresses_are_refused_when_saved_and_when_connected() {
    let stage = stage_with(&[("WEBHOOKS__RETRIES_S", "[]")]).await;
    let inside = Receiver::start(Reply::Status(200)).await;
    let admin = stage.gateway.admin();
    let long = format!("https://example.com/{}", "x".repeat(2048));
    for (url, why) in [
        ("https://127.0.0.1/hooks", "127.0.0.1 is not a public address"),
        ("https://[::1]/hooks", "::1 is not a public address"),
        ("https://2130706433/", "127.0.0.1 is not a public address"),
        ("https://169.254.169.254/latest/meta-data", "not a public address"),
        ("http://example.com/hooks", "https is required"),
        ("https://me:word@example.com/", "user name or password"),
        ("/hooks", "absolute"),
        (&long, "2048"),
    ] {
        let answer = admin.post("/applications/shop/webhooks", &json!({"url": url})).await.expect("an answer");
        refused(&answer, 400, "invalid_request");
        assert!(answer.json["detail"].as_str().is_some_and(|detail| detail.contains(why)), "{url}: {}", answer.json);
    }
    // A name is judged by the address that it leads to, at the moment of the connection.
    let (path, _) = listen(&stage, "shop", json!({"url": format!("https://localhost:{}/hooks", inside.port())})).await;
    let report = admin_post(&stage, &format!("{path}/test"), &Value::Null).await;
    assert_eq!((&report["delivered"], &report["http_status"]), (&json!(false), &Value::Null));
    assert!(report["error"].as_str().is_some_and(|error| error.contains("not public")), "{report}");
    accepted(&test_api(&stage, "shop").await, &notice("13800000001")).await;
    let parked = stand(&stage, "parked", 1).await;
    assert!(tries(&stage, &parked[0]).await[0]["error"].as_str().is_some_and(|error| error.contains("not public")));
    assert!(inside.heard().is_empty(), "nothing reached it");
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_goes_to_opened_networks_only() {
    let networks = ("WEBHOOKS__ALLOW_NETWORKS", r#"["10.20.0.0/16"]"#);
    let stage = stage_with(&[networks]).await;
    let inside = Receiver::start(Reply::Status(200)).await;
    let refusal = stage.gateway.admin().post("/applications/shop/webhooks", &json!({"url": "http://8.8.8.8/"})).await;
    refused(&refusal.expect("an answer"), 400, "invalid_request");
    let (path, _) = listen(&stage, "shop", json!({"url": format!("http://localhost:{}/hooks", inside.port())})).await;
    let report = admin_post(&stage, &format!("{path}/test"), &Value::Null).await;
    assert!(report["error"].as_str().is_some_and(|error| error.contains("not public")), "{report}");
    assert!(inside.heard().is_empty(), "nothing reached it");
}

/// A server that answers with no HTTP.
async fn rubbish() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut some = [0; 1024];
            let _ = stream.read(&mut some).await;
            let _ = stream.write_all(b"\x00\x01 this is no HTTP at all\r\n\r\n").await;
        }
    });
    format!("http://{address}/hooks")
}

/// A port on which nobody listens.
async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").port()
}
