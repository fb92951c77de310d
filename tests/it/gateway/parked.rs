//! Parked messages: listed with their reasons, sent off again on a chosen channel, closed with a note.

use super::failover::second_channel;
use super::*;

fn refuse_everything(stage: &Stage) {
    faults(stage, json!({"error": {"code": "isv.SMS_TEMPLATE_ILLEGAL", "share": 1.0}}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_text_goes_off_again_through_the_channel_that_a_person_chose() {
    let stage = stage().await;
    refuse_everything(&stage);
    let (api, admin) = (stage.api(), stage.gateway.admin());
    let id = accepted(&api, &notice("13800000001")).await;
    becomes(&api, &id, "parked").await;
    let listed = admin.get("/parked").await.expect("an answer").json;
    assert_eq!(listed["messages"][0]["id"], json!(id));
    assert_eq!(listed["reasons"], json!([{"cause": "isv.SMS_TEMPLATE_ILLEGAL", "count": 1}]));

    let second = second_channel(&stage).await;
    let unbound = json!({"ids": [id], "channel": "nowhere"});
    refused(&admin.post("/parked/retry", &unbound).await.expect("an answer"), 404, "not_found");
    let answer = admin.post("/parked/retry", &json!({"ids": [id], "channel": "aliyun-2"})).await.expect("an answer");
    assert_eq!((answer.status, &answer.json["retried"]), (200, &json!(1)), "{}", answer.json);
    let story = becomes(&api, &id, "delivered").await;
    assert_eq!(second.texts("13800000001").len(), 1);
    let history = told(&story);
    assert!(history.contains("a person sent it off again, through channel aliyun-2 (operator)"), "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_decided_about_at_once_and_each_stands_alone() {
    let stage = stage().await;
    refuse_everything(&stage);
    let (api, admin) = (stage.api(), stage.gateway.admin());
    let mut ids = Vec::new();
    for number in 1..=4 {
        ids.push(accepted(&api, &notice(&format!("1380000000{number}"))).await);
    }
    for id in &ids {
        becomes(&api, id, "parked").await;
    }
    let note = json!({"ids": [ids[0], ids[0]], "note": "the customer has been called", "as": "delivered"});
    let answer = admin.post("/parked/close", &note).await.expect("an answer").json;
    assert_eq!(answer["closed"], 1, "{answer}");
    let closed = becomes(&api, &ids[0], "delivered").await;
    assert_eq!(closed["cause"]["detail"], "the customer has been called");
    // What is closed is not parked any more; the rest by what they have in common.
    let answer = admin.post("/parked/close", &json!({"ids": [ids[0]], "note": "again"})).await.expect("an answer").json;
    assert_eq!(answer["skipped"][0]["reason"], "it is delivered, not parked");
    // Not by their cause: a text that came after the first refusal was never handed over, and has another.
    let none = json!({"matching": {"cause": "nothing-like-it"}, "note": "the offer is over"});
    assert_eq!(admin.post("/parked/close", &none).await.expect("an answer").json["closed"], 0);
    let all = json!({"matching": {"template": closed["template"]}, "note": "the offer is over"});
    assert_eq!(admin.post("/parked/close", &all).await.expect("an answer").json["closed"], 3);
    for id in &ids[1..] {
        assert_eq!(becomes(&api, id, "cancelled").await["cause"]["code"], "closed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_said_clearly_changes_nothing() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    for (path, body) in [
        ("/parked/retry", json!({})),
        ("/parked/retry", json!({"ids": []})),
        ("/parked/retry", json!({"ids": ["nonsense"]})),
        ("/parked/retry", json!({"ids": [], "matching": {}})),
        ("/parked/retry", json!({"matching": {"colour": "red"}})),
        ("/parked/retry", json!({"matching": {}, "expires_in": 0})),
        ("/parked/close", json!({"matching": {}})),
        ("/parked/close", json!({"matching": {}, "note": " "})),
        ("/parked/close", json!({"matching": {}, "note": "x", "as": "sent"})),
    ] {
        let answer = admin.post(path, &body).await.expect("an answer");
        assert_eq!((answer.status, answer.code()), (400, "invalid_request"), "{body}: {}", answer.json);
    }
}

/// "I never had it" clears the doubt about the try that it speaks of, not about an older one on another channel.
#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_outlives_another_channels_denial() {
    let stage = stage_with(&[
        ("DISPATCH__LOOKUP_AFTER_MS", "300"),
        ("DISPATCH__LOOKUP_EVERY_MS", "300"),
        ("DISPATCH__UNCERTAIN_WAIT_MS__NOTICE", "700"),
    ])
    .await;
    faults(&stage, json!({"reset": {"when": "after_read"}, "lookups": true, "receipts": {"lost_share": 1.0}}));
    let (api, admin) = (stage.api(), stage.gateway.admin());
    let id = accepted(&api, &notice("13800000001")).await;
    becomes(&api, &id, "parked").await;
    let second = second_channel(&stage).await;
    let denies = json!({"reset": {"when": "before_read", "times": 1}, "error": {"code": "isv.SMS_TEMPLATE_ILLEGAL"}});
    let denies = serde_json::from_value(denies).expect("faults");
    second.set_faults(jixinda_test_support::ACCESS_KEY_ID, denies).expect("set");
    let again = json!({"ids": [id], "channel": "aliyun-2", "accept_doubles": true});
    assert_eq!(admin.post("/parked/retry", &again).await.expect("an answer").json["retried"], 1);
    let story = until("the second channel to refuse it", PATIENCE, || {
        let (api, id) = (api.clone(), id.clone());
        async move {
            let story = story(&api, &id).await;
            (story["status"] == "parked" && story["attempts"].as_array()?.len() == 3).then_some(story)
        }
    })
    .await
    .expect("refused");
    assert_eq!(story["attempts"][1]["outcome"], "uncertain", "{story}");
    let answer = admin.post("/parked/retry", &json!({"ids": [id]})).await.expect("an answer").json;
    assert!(answer["skipped"][0]["reason"].as_str().expect("words").contains("may have been sent"), "{answer}");
    // Without a channel the earlier choice is forgotten.
    faults(&stage, json!({}));
    let anywhere = json!({"ids": [id], "accept_doubles": true});
    assert_eq!(admin.post("/parked/retry", &anywhere).await.expect("an answer").json["retried"], 1);
    let story = becomes(&api, &id, "delivered").await;
    assert_eq!(story["attempts"].as_array().expect("a list").len(), 4, "{story}");
}

/// What may have reached the person is never told to be "not sent in time".
#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_that_runs_out_of_time_goes_back_to_a_person() {
    let stage = stage_with(&[
        ("DISPATCH__LOOKUP_AFTER_MS", "300"),
        ("DISPATCH__LOOKUP_EVERY_MS", "300"),
        ("DISPATCH__UNCERTAIN_WAIT_MS__NOTICE", "700"),
    ])
    .await;
    faults(&stage, json!({"reset": {"when": "after_read"}, "lookups": true, "receipts": {"lost_share": 1.0}}));
    let (api, admin) = (stage.api(), stage.gateway.admin());
    let id = accepted(&api, &notice("13800000001")).await;
    becomes(&api, &id, "parked").await;
    admin.call("PATCH", "/channels/aliyun-1", &json!({"enabled": false})).await.expect("an answer").ok().expect("off");
    let again = json!({"ids": [id], "accept_doubles": true, "expires_in": 1});
    assert_eq!(admin.post("/parked/retry", &again).await.expect("an answer").json["retried"], 1);
    let story = becomes(&api, &id, "parked").await;
    assert_eq!(story["cause"]["code"], "uncertain", "{story}");
    assert!(told(&story).ends_with("for another it is too late (gateway)"), "{}", told(&story));
}
