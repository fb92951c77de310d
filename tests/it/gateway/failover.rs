//! Failover: a text moves on to the next bound channel where that is safe, and only there.

use super::*;
use jixinda_test_support::{add_account, bind};
use provider_simulator::{Account, Simulator};

/// A second channel at a provider of its own.
pub(super) async fn second_channel(stage: &Stage) -> Simulator {
    let second = Simulator::start(provider_simulator::Options::default()).await.expect("starts");
    let admin = stage.gateway.admin();
    let account = add_account(&admin, "second", &second.url()).await.expect("an account");
    let callback = account["callback_url"].as_str().expect("a callback address").to_owned();
    second
        .register(Account::aliyun(jixinda_test_support::ACCESS_KEY_ID, "exampleKeySecret").with_callback(&callback))
        .expect("registered");
    let channel = json!({"name": "aliyun-2", "account": "second", "position": 1});
    admin.post("/channels", &channel).await.expect("an answer").ok().expect("ok");
    bind(&admin, "aliyun-2").await.expect("bound");
    second
}

fn break_first(stage: &Stage, faults: Value) {
    let faults = serde_json::from_value(faults).expect("faults");
    stage.simulator.set_faults(jixinda_test_support::ACCESS_KEY_ID, faults).expect("set");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_fault_moves_texts_to_the_next_channel() {
    let stage = stage().await;
    let second = second_channel(&stage).await;
    break_first(&stage, json!({"error": {"code": "isv.AMOUNT_NOT_ENOUGH", "share": 1.0}}));
    let api = stage.api();
    let id = accepted(&api, &notice("13800000001")).await;
    let story = becomes(&api, &id, "delivered").await;
    assert_eq!(story["attempts"][0]["reason"], "no-balance");
    assert_eq!(story["attempts"][1]["outcome"], "accepted");
    assert_eq!(second.texts("13800000001").len(), 1);
    // The account is paused: the next text does not knock there first.
    let next = accepted(&api, &notice("13800000002")).await;
    assert_eq!(becomes(&api, &next, "delivered").await["attempts"].as_array().expect("a list").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_moves_texts_to_the_next_channel() {
    let stage = stage().await;
    let second = second_channel(&stage).await;
    let port = stage.simulator.address().port();
    stage.simulator.close_listener(port).await.expect("closed");
    let id = accepted(&stage.api(), &otp("13800000001")).await;
    let story = becomes(&stage.api(), &id, "delivered").await;
    assert_eq!(story["attempts"][0]["reason"], "unreachable");
    assert_eq!(second.texts("13800000001").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_number_is_never_tried_elsewhere() {
    let stage = stage().await;
    let second = second_channel(&stage).await;
    break_first(&stage, json!({"error": {"code": "isv.MOBILE_NUMBER_ILLEGAL", "share": 1.0}}));
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    let story = becomes(&stage.api(), &id, "rejected").await;
    assert_eq!(story["attempts"].as_array().expect("a list").len(), 1);
    assert!(second.texts("13800000001").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_template_is_remembered_on_the_binding() {
    let stage = stage().await;
    break_first(&stage, json!({"error": {"code": "isv.SMS_TEMPLATE_ILLEGAL", "share": 1.0}}));
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    let story = becomes(&stage.api(), &id, "parked").await;
    assert_eq!(story["cause"]["code"], "isv.SMS_TEMPLATE_ILLEGAL");
    let channel = stage.gateway.admin().get("/channels/aliyun-1").await.expect("an answer").json;
    let refusals: Vec<&Value> = channel["templates"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|binding| !binding["refusal"].is_null())
        .collect();
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0]["refusal"]["code"], "isv.SMS_TEMPLATE_ILLEGAL");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_waited_for() {
    let stage = stage().await;
    let port = stage.simulator.address().port();
    stage.simulator.close_listener(port).await.expect("closed");
    let api = stage.api();
    let id = accepted(&api, &notice("13800000001")).await;
    until("a first try", PATIENCE, || {
        let (api, id) = (api.clone(), id.clone());
        async move { (!story(&api, &id).await["attempts"].as_array()?.is_empty()).then_some(()) }
    })
    .await
    .expect("tried");
    assert_eq!(story(&api, &id).await["status"], "queued");
    stage.simulator.reopen_listener(port).await.expect("open again");
    becomes(&api, &id, "delivered").await;
    assert_eq!(stage.simulator.texts("13800000001").len(), 1);
}
