//! Endpoints that are odd, slow, gone or not to be reached: they fail, say why, and hold up nobody else.

use super::*;
use jixinda_test_servers::free_port;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test(flavor = "multi_thread")]
async fn odd_endpoints_fail_and_say_why() {
    let stage = open_stage(&[("WEBHOOKS__RETRIES_S", "[]"), ("WEBHOOKS__TIMEOUT_MS", "700")]).await;
    let inside = Receiver::start(Reply::Status(200)).await;
    let redirecting = Receiver::start(Reply::Redirect(inside.url())).await;
    let hanging = Receiver::start(Reply::Hang).await;
    let nobody = format!("http://127.0.0.1:{}/", free_port());
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
