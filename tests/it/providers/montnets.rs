//! 梦网: texts in full, receipts and inbound texts fetched or pushed, every kind of proof, both character sets.

use super::scene::{losing, refusing};
use super::*;

fn provided(options: Value, polled: bool, config: fn(&str) -> Value) -> Provided {
    Provided {
        id: "montnets",
        simulated: Provider::Montnets,
        key: "J10003",
        secret: "111111",
        config,
        options,
        polled,
        codes: None,
        sign_code: None,
    }
}

fn config(url: &str) -> Value {
    json!({"host": url, "user_id": "J10003", "password": "111111"})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_of_fetching() {
    let scene = Scene::ordinary_day(&provided(json!({}), true, config)).await;
    scene.hears_a_person().await;
    let balance = scene.balance().await;
    assert_eq!((&balance["balance"], &balance["unit"]), (&json!("321"), &json!("message")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_of_signed_pushes() {
    let pushed = provided(json!({}), false, |url| {
        let mut config = config(url);
        config["verify_callbacks"] = json!(true);
        config
    });
    let scene = Scene::ordinary_day(&pushed).await;
    scene.hears_a_person().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome() {
    let rows = vec![
        refusing("-100012", "rejected", "bad-recipient"),
        refusing("-100056", "deferred", "rate-limited"),
        refusing("-100003", "deferred", "no-balance"),
        refusing("-100001", "deferred", "auth-failed"),
        refusing("-100999", "uncertain", ""),
        losing(),
    ];
    Scene::outcomes(&provided(json!({}), true, config), rows).await;
}
