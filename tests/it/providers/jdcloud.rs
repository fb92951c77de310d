//! 京东云: receipts only where they are asked for, message by message; inbound texts by the day.

use super::scene::{losing, refusing};
use super::*;

fn provided(options: Value, config: fn(&str) -> Value) -> Provided {
    Provided {
        id: "jdcloud",
        simulated: Provider::Jdcloud,
        key: "JDAKexample0001",
        secret: "JDSKexample0001",
        config,
        options,
        polled: true,
        codes: Some(["mb_00000000000000000000000000000001", "mb_00000000000000000000000000000002"]),
        sign_code: Some("qm_00000000000000000000000000000000"),
    }
}

fn config(url: &str) -> Value {
    json!({"access_key_id": "JDAKexample0001", "access_key_secret": "JDSKexample0001", "app_id": "app0001", "inbound_every_seconds": 1,
        "endpoint": url})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_of_looking_up() {
    let scene = Scene::ordinary_day(&provided(json!({}), config)).await;
    assert_eq!(scene.received("13800000002").params, json!(["3号柜", "王女士"]));
    scene.hears_a_person().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_version_of_the_signature() {
    let provided = provided(json!({"signature": 3}), |url| {
        let mut config = config(url);
        config["signature_version"] = json!("3");
        config
    });
    let scene = Scene::set(&provided).await;
    let id = scene.send(&scene::login("13800000001")).await;
    scene.becomes(&id, "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome() {
    let mut lost = losing();
    // No id came back, so nobody can be asked, and nothing is pushed: it stays uncertain.
    lost.taken = false;
    let rows = vec![refusing("11579999", "rejected", "other"), refusing("11572106", "deferred", "no-balance"), lost];
    Scene::outcomes(&provided(json!({}), config), rows).await;
}
