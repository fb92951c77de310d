//! 飞鸽: both generations of its API, template codes with values, receipts and inbound texts fetched or pushed.

use super::scene::{losing, pickup, refusing};
use super::*;

fn provided(options: Value, polled: bool, config: fn(&str) -> Value) -> Provided {
    Provided {
        id: "feige",
        simulated: Provider::Feige,
        key: "key0001",
        secret: "secret0001",
        config,
        options,
        polled,
        codes: Some(["2001", "2002"]),
        sign_code: Some("1001"),
    }
}

fn config(url: &str) -> Value {
    json!({"key": "key0001", "secret": "secret0001", "endpoint": url, "inbound_endpoint": url})
}

fn first_generation(url: &str) -> Value {
    let mut config = config(url);
    config["api_version"] = json!("v1");
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_of_the_second_generation() {
    let scene = Scene::ordinary_day(&provided(json!({}), true, config)).await;
    assert_eq!(scene.received("13800000002").params, json!(["3号柜", "王女士"]));
    scene.hears_a_person().await;
    let balance = scene.balance().await;
    let amount: f64 = balance["balance"].as_str().expect("a text").parse().expect("a number");
    assert_eq!((amount.round(), &balance["unit"]), (321.0, &json!("CNY")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_of_the_first_generation() {
    let scene = Scene::ordinary_day(&provided(json!({"version": "v1"}), true, first_generation)).await;
    scene.hears_a_person().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_of_pushes() {
    let scene = Scene::ordinary_day(&provided(json!({}), false, config)).await;
    scene.hears_a_person().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome() {
    let rows = vec![
        refusing("10002", "rejected", "other"),
        refusing("10007", "deferred", "rate-limited"),
        refusing("15", "deferred", "no-balance"),
        refusing("1", "deferred", "auth-failed"),
        refusing("100", "uncertain", ""),
        losing(),
    ];
    Scene::outcomes(&provided(json!({}), true, config), rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_paid_is_known_by_its_balance() {
    let scene = Scene::set(&provided(json!({}), true, config)).await;
    let faults = |faults: Value| scene.simulator.set_faults("key0001", serde_json::from_value(faults).expect("faults"));
    faults(json!({"error": {"code": "15"}})).expect("set");
    let id = scene.send(&pickup("13800000001")).await;
    let story = scene.after_its_first_attempt(&id).await;
    assert_eq!(story["attempts"][0]["reason"], "no-balance");
    faults(json!({})).expect("set");
    // The simulator has had a balance all along, so asking for it ends the pause before a text does.
    scene.becomes(&id, "delivered").await;
    let events = scene.gateway.admin().get("/rankings/events?channel=second").await.expect("an answer").json;
    let told: Vec<(&str, &str)> = events["events"]
        .as_array()
        .expect("a list")
        .iter()
        .rev()
        .map(|event| (event["kind"].as_str().expect("a kind"), event["cause"].as_str().expect("a cause")))
        .collect();
    assert_eq!(told[..2], [("suspended", "no_balance"), ("probing", "recovered")]);
}
