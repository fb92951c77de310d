//! Conversions: an application says that a code was used.

use super::*;

async fn say(api: &Client, body: Value) -> Answer {
    api.post("/v1/conversions", &body).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_code_counts_once_also_over_a_restart() {
    let mut stage = stage().await;
    let api = stage.api();
    let id = accepted(&api, &otp("13800000001")).await;
    let before = becomes(&api, &id, "delivered").await;
    for new in [1, 0] {
        let answer = say(&api, json!({"id": id})).await;
        assert_eq!((answer.status, &answer.json), (202, &json!({"new": new})));
    }
    stage.gateway.kill().expect("killed");
    stage.gateway.start_again().await.expect("a start");
    assert_eq!(say(&api, json!({"id": id})).await.json, json!({"new": 0}));
    assert_eq!(story(&api, &id).await, before, "the message itself stays as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_which_are_new_unknown_and_not_sent() {
    let stage = stage().await;
    let (api, admin) = (stage.api(), stage.gateway.admin());
    let ids = [accepted(&api, &otp("13800000001")).await, accepted(&api, &notice("13800000002")).await];
    for id in &ids {
        becomes(&api, id, "delivered").await;
    }
    let off = json!({"enabled": false});
    admin.call("PATCH", "/channels/aliyun-1", &off).await.expect("an answer").ok().expect("off");
    let later = accepted(&api, &notice("13800000003")).await;
    let stray = "msg_01M84KAPK0Y0A1QGW8MEV2B4G3";
    assert_eq!(say(&api, json!({"id": ids[0]})).await.status, 202);
    let list = json!({"ids": [ids[0], ids[1], ids[1], later, stray, "rubbish"]});
    let answer = say(&api, list.clone()).await;
    assert_eq!(answer.status, 202, "{}", answer.json);
    assert_eq!(answer.json, json!({"new": 1, "unknown": ["rubbish", stray], "not_sent": [later]}));
    assert_eq!(say(&api, list).await.json["new"], 0);
    refused(&say(&api, json!({"id": later})).await, 409, "not_sent");

    // To another application they are as unknown as if they never were.
    let other = admin.post("/applications", &json!({"name": "other"})).await.expect("an answer").json;
    let word = |name: &str| other["key"][name].as_str().expect("text").to_owned();
    let other = stage.gateway.api(&format!("{}.{}", word("id"), word("secret")));
    refused(&say(&other, json!({"id": ids[0]})).await, 404, "not_found");
    assert_eq!(say(&other, json!({"ids": [ids[0]]})).await.json["unknown"], json!([ids[0]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_no_message_is_refused() {
    let stage = stage().await;
    let api = stage.api();
    for body in [
        json!({}),
        json!({"id": "a", "ids": ["b"]}),
        json!({"ids": []}),
        json!({"ids": vec!["a"; 1001]}),
        json!({"used": "a"}),
    ] {
        refused(&say(&api, body).await, 400, "invalid_request");
    }
    refused(&say(&api, json!({"id": "rubbish"})).await, 404, "not_found");
    let stranger = Client::new(stage.gateway.url(), None);
    refused(&say(&stranger, json!({"id": "rubbish"})).await, 401, "unauthorized");
}
