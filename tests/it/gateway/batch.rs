//! Batches: many texts in one request, and few provider calls.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn each_entry_stands_alone_and_the_provider_gets_them_together() {
    let stage = stage().await;
    let api = stage.api();
    let mut messages: Vec<Value> = (0..250).map(|number| json!({"to": format!("13800001{number:03}")})).collect();
    messages[7] = json!({"to": "nonsense"});
    messages[9] = json!({"to": "13800001009", "template": "nope"});
    let defaults = json!({"template": "shipped", "sign_name": SIGN_NAME, "params": {"order": "A-1"}});
    let answer =
        api.post("/v1/messages/batch", &json!({"messages": messages, "defaults": defaults})).await.expect("an answer");
    assert_eq!(answer.status, 202, "{}", answer.json);
    assert_eq!((&answer.json["accepted"], &answer.json["rejected"]), (&json!(248), &json!(2)));
    assert_eq!(answer.json["results"][7]["error"]["code"], "invalid_phone_number");
    assert_eq!(answer.json["results"][9]["error"]["code"], "unknown_template");
    let batch = answer.json["batch_id"].as_str().expect("an id").to_owned();
    let summary = stage.simulator.wait_until(|summary| summary.texts >= 248, PATIENCE).await.expect("all arrive");
    assert!(summary.requests < 60, "248 texts took {} requests", summary.requests);
    for index in [0, 100, 249] {
        becomes(&api, answer.json["results"][index]["id"].as_str().expect("an id"), "delivered").await;
    }
    let listed = api.get(&format!("/v1/messages?batch_id={batch}&limit=200")).await.expect("an answer").json;
    assert_eq!(listed["messages"].as_array().expect("a list").len(), 200);
    assert!(stage.simulator.doubled().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_spoils_a_batch_does_not_take_the_others_with_it() {
    let stage = stage().await;
    let faults = json!({"error": {"code": "isv.MOBILE_NUMBER_ILLEGAL", "http_status": 200, "share": 1.0, "numbers": ["13800001013"]}});
    let faults = serde_json::from_value(faults).expect("faults");
    stage.simulator.set_faults(jixinda_test_support::ACCESS_KEY_ID, faults).expect("set");
    let api = stage.api();
    let messages: Vec<Value> = (0..30).map(|number| json!({"to": format!("13800001{number:03}")})).collect();
    let defaults = json!({"template": "shipped", "sign_name": SIGN_NAME, "params": {"order": "A-1"}});
    let answer = api
        .post("/v1/messages/batch", &json!({"messages": messages, "defaults": defaults}))
        .await
        .expect("an answer")
        .json;
    let id = |index: usize| answer["results"][index]["id"].as_str().expect("an id").to_owned();
    let spoiler = becomes(&api, &id(13), "rejected").await;
    assert_eq!(spoiler["cause"]["code"], "isv.MOBILE_NUMBER_ILLEGAL");
    for index in (0..30).filter(|index| *index != 13) {
        becomes(&api, &id(index), "delivered").await;
    }
    assert!(stage.simulator.doubled().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_bounds() {
    let stage = stage().await;
    let api = stage.api();
    refused(
        &api.post("/v1/messages/batch", &json!({"messages": []})).await.expect("an answer"),
        400,
        "invalid_request",
    );
    let many = json!({"messages": vec![json!({"to": "13800000001"}); 10_001]});
    refused(&api.post("/v1/messages/batch", &many).await.expect("an answer"), 400, "invalid_request");
    assert_eq!(count(&api).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wholly_refused_batch_leaves_its_key_free() {
    let stage = stage().await;
    let api = stage.api();
    let post = |messages: Value| {
        let (api, defaults) = (api.clone(), notice("13800000001"));
        let body = json!({"messages": messages, "defaults": {"template": defaults["template"],
            "sign_name": defaults["sign_name"], "params": defaults["params"]}});
        async move {
            let headers = [("idempotency-key", "campaign-1")];
            api.raw("POST", "/v1/messages/batch", &headers, body.to_string().into()).await.expect("an answer")
        }
    };
    let refused = post(json!([{"to": "1"}, {"to": "2"}])).await;
    assert_eq!((refused.status, &refused.json["accepted"], &refused.json["rejected"]), (202, &json!(0), &json!(2)));
    let mended = post(json!([{"to": "13800000001"}, {"to": "2"}])).await;
    assert_eq!((mended.status, &mended.json["accepted"]), (202, &json!(1)), "{}", mended.json);
    // One was accepted: from now on the key stands for this body.
    let again = post(json!([{"to": "13800000001"}, {"to": "2"}])).await;
    assert_eq!(again.json, mended.json);
    assert_eq!(count(&api).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_batch_is_answered_as_it_was_though_its_time_has_passed() {
    let stage = stage().await;
    let api = stage.api();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let send_at = jixinda_domain::Timestamp::from_millis(i64::try_from(now).expect("small") + 1500);
    let mut text = notice("13800000001");
    text["send_at"] = json!(send_at.to_string());
    let body = json!({"messages": [text]}).to_string();
    let post = || api.raw("POST", "/v1/messages/batch", &[("idempotency-key", "batch-1")], body.clone().into());
    let first = post().await.expect("an answer");
    assert_eq!((first.status, &first.json["accepted"]), (202, &json!(1)), "{}", first.json);
    becomes(&api, first.json["results"][0]["id"].as_str().expect("an id"), "delivered").await;
    let again = post().await.expect("an answer");
    assert_eq!((again.status, &again.json), (202, &first.json));
    assert_eq!(stage.simulator.texts("13800000001").len(), 1);
}
