//! 华为云: template and channel number by code, parameters by position, receipts pushed part by part.

use super::scene::{losing, refusing, refusing_number};
use super::*;

fn provided(options: Value, config: fn(&str) -> Value) -> Provided {
    Provided {
        id: "huawei",
        simulated: Provider::Huawei,
        key: "appkeyEXAMPLE0001",
        secret: "appsecretEXAMPLE0001",
        config,
        options,
        polled: false,
        codes: Some(["00000000000000000000000000000001", "00000000000000000000000000000002"]),
        sign_code: Some("8820000000000"),
    }
}

fn config(url: &str) -> Value {
    json!({"endpoint": url, "app_key": "appkeyEXAMPLE0001", "app_secret": "appsecretEXAMPLE0001"})
}

fn ordinary() -> Provided {
    provided(json!({}), config)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day() {
    let scene = Scene::ordinary_day(&ordinary()).await;
    let received = scene.received("13800000002");
    assert_eq!(received.params, json!(["3号柜", "王女士"]), "in the order of the provider's copy");
    assert_eq!(received.sender.as_deref(), Some("8820000000000"));
    scene.hears_a_person().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_digest_the_other_signature_and_pushes_that_are_signed() {
    let raw = provided(json!({"digest": "raw", "push": "json"}), |url| {
        let mut config = config(url);
        config["wsse_digest"] = json!("raw");
        config
    });
    let signed = provided(json!({"auth": "sdk", "signed_push": true}), |url| {
        let mut config = config(url);
        (config["auth"], config["verify_callbacks"]) = (json!("aksk"), json!(true));
        config
    });
    for provided in [raw, signed] {
        let scene = Scene::set(&provided).await;
        let id = scene.send(&scene::login("13800000001")).await;
        scene.becomes(&id, "delivered").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome() {
    let rows = vec![
        refusing_number("E200030", "rejected", "bad-template"),
        refusing_number("E200015", "deferred", "rate-limited"),
        refusing("E000629", "deferred", "no-balance"),
        refusing("E000105", "deferred", "auth-failed"),
        refusing("E000000", "uncertain", ""),
        losing(),
    ];
    Scene::outcomes(&ordinary(), rows).await;
}
