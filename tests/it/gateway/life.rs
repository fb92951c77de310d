//! The life of a text: accepted, sent, delivered; listed, scheduled, cancelled, expired.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_delivered_and_its_story_can_be_read() {
    let stage = stage().await;
    let id = accepted(&stage.api(), &otp("13800000001")).await;
    let story = becomes(&stage.api(), &id, "delivered").await;
    assert_eq!(story["attempts"][0]["outcome"], "accepted");
    assert_eq!(story["receipts"][0]["status"], "delivered");
    assert_eq!(story["segments"], 1);
    let seen = stage.simulator.texts("13800000001");
    assert_eq!(seen.len(), 1);
    let seen = serde_json::to_value(&seen[0]).expect("JSON");
    assert_eq!((&seen["template"], &seen["params"]["code"]), (&json!("SMS_000001"), &json!("824913")));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_listed_newest_first_page_by_page() {
    let stage = stage().await;
    let api = stage.api();
    let mut ids = Vec::new();
    for number in 0..5 {
        let mut submission = notice(&format!("1380000010{number}"));
        submission["reference"] = json!("order-7");
        ids.insert(0, accepted(&api, &submission).await);
    }
    accepted(&api, &notice("13800000110")).await;
    let first = api.get("/v1/messages?reference=order-7&limit=3").await.expect("an answer").json;
    let cursor = first["next_cursor"].as_str().expect("another page");
    let second =
        api.get(&format!("/v1/messages?reference=order-7&limit=3&cursor={cursor}")).await.expect("an answer").json;
    let listed: Vec<Value> =
        [&first, &second].iter().flat_map(|page| page["messages"].as_array().expect("a list").clone()).collect();
    assert_eq!(listed.len(), 5);
    assert!(second["next_cursor"].is_null());
    let mut sorted: Vec<&str> = listed.iter().filter_map(|message| message["id"].as_str()).collect();
    let in_order = sorted.clone();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(in_order, sorted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_text_waits_and_can_be_cancelled() {
    let stage = stage().await;
    let api = stage.api();
    let mut later = notice("13800000002");
    later["send_at"] = json!("2027-06-01T08:00:00+08:00");
    let id = accepted(&api, &later).await;
    assert_eq!(story(&api, &id).await["status"], "scheduled");
    let cancelled = api.post(&format!("/v1/messages/{id}/cancel"), &Value::Null).await.expect("an answer");
    assert_eq!((cancelled.status, &cancelled.json["status"]), (200, &json!("cancelled")));
    let sent = accepted(&api, &notice("13800000003")).await;
    becomes(&api, &sent, "delivered").await;
    refused(
        &api.post(&format!("/v1/messages/{sent}/cancel"), &Value::Null).await.expect("an answer"),
        409,
        "not_cancellable",
    );
    assert!(stage.simulator.texts("13800000002").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_no_channel_can_send_in_time_expires() {
    let stage = stage().await;
    stage
        .gateway
        .admin()
        .call("PATCH", "/channels/aliyun-1", &json!({"enabled": false}))
        .await
        .expect("an answer")
        .ok()
        .expect("ok");
    let mut short = otp("13800000004");
    short["expires_in"] = json!(1);
    let id = accepted(&stage.api(), &short).await;
    let story = becomes(&stage.api(), &id, "expired").await;
    assert_eq!(story["cause"]["code"], "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_what_is_in_flight_and_a_start_goes_on() {
    let mut stage = stage().await;
    let faults = serde_json::from_value(json!({"latency": {"fixed_ms": 300}})).expect("faults");
    stage.simulator.set_faults(jixinda_test_support::ACCESS_KEY_ID, faults).expect("set");
    let api = stage.api();
    let mut ids = Vec::new();
    for number in 0..40 {
        ids.push(accepted(&api, &notice(&format!("138000002{number:02}"))).await);
    }
    stage.gateway.terminate().await.expect("a clean stop");
    stage.gateway.start_again().await.expect("a start");
    for id in &ids {
        becomes(&api, id, "delivered").await;
    }
    assert!(stage.simulator.doubled().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_key_reaches_nobody() {
    let stage = stage().await;
    let key =
        stage.gateway.admin().post("/applications/shop/keys", &json!({"test": true})).await.expect("an answer").json;
    let api =
        stage.gateway.api(&format!("{}.{}", key["id"].as_str().expect("id"), key["secret"].as_str().expect("secret")));
    let id = accepted(&api, &otp("13800000001")).await;
    let story = becomes(&api, &id, "delivered").await;
    assert_eq!((&story["test"], &story["cause"]["code"]), (&json!(true), &json!("test")));
    assert!(stage.simulator.texts("13800000001").is_empty());
    refused(&api.post("/v1/messages", &otp("1")).await.expect("an answer"), 422, "invalid_phone_number");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_number_gets_nothing_until_it_is_unblocked() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    admin
        .post("/blocklist", &json!({"number": "13800000009", "note": "asked us to"}))
        .await
        .expect("an answer")
        .ok()
        .expect("ok");
    refused(
        &stage.api().post("/v1/messages", &notice("+8613800000009")).await.expect("an answer"),
        422,
        "blocked_number",
    );
    admin.call("DELETE", "/blocklist/13800000009", &Value::Null).await.expect("an answer").ok().expect("ok");
    accepted(&stage.api(), &notice("13800000009")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_folder_is_its_owners_alone() {
    let stage = stage().await;
    let mode = std::fs::metadata(stage.gateway.data()).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "keys and texts lie in it");
}
