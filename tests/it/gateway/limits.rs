//! Frequency limits, daily quotas and quiet hours at intake.

use super::*;

const RULES: &str = r#"[{by="number",classes=["otp"],most=2,per_seconds=3600},{by="number_and_template",classes=["marketing"],most=1,per_seconds=3600}]"#;

fn sale(number: &str) -> Value {
    json!({"to": number, "template": "sale", "sign_name": SIGN_NAME, "params": {"shop": "A"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_spared_a_flood_even_over_a_restart() {
    let mut stage = stage_with(&[("LIMITS__RULES", RULES)]).await;
    let api = stage.api();
    for _ in 0..2 {
        accepted(&api, &otp("13800000001")).await;
    }
    stage.gateway.kill().expect("killed");
    stage.gateway.start_again().await.expect("a start");
    let answer = api.post("/v1/messages", &otp("13800000001")).await.expect("an answer");
    refused(&answer, 429, "frequency_limited");
    let wait: u64 = answer.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((3000..=3601).contains(&wait), "{wait}");
    // Another number, another class: not concerned.
    accepted(&api, &otp("13800000002")).await;
    accepted(&api, &notice("13800000001")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_requests_at_once_do_not_race_past_a_limit() {
    let stage = stage_with(&[("LIMITS__RULES", RULES)]).await;
    let requests = (0..100).map(|_| {
        let api = stage.api();
        async move { api.post("/v1/messages", &otp("13800000001")).await.expect("an answer").status }
    });
    let statuses = futures_util::future::join_all(requests).await;
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 2, "{statuses:?}");
    assert!(statuses.iter().all(|status| [202, 429].contains(status)), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_goes_on_without_what_exceeds() {
    let stage = stage_with(&[("LIMITS__RULES", RULES)]).await;
    let api = stage.api();
    accepted(&api, &sale("13800000003")).await;
    let entries = ["13800000001", "13800000002", "13800000001", "13800000003", "13800000004"];
    let messages: Vec<Value> = entries.iter().map(|number| sale(number)).collect();
    let answer = api.post("/v1/messages/batch", &json!({"messages": messages})).await.expect("an answer");
    assert_eq!(answer.status, 202, "{}", answer.json);
    assert_eq!((&answer.json["accepted"], &answer.json["rejected"]), (&json!(3), &json!(2)));
    for index in [2, 3] {
        assert_eq!(answer.json["results"][index]["error"]["code"], "frequency_limited", "{}", answer.json);
    }
    for index in [0, 1, 4] {
        becomes(&api, answer.json["results"][index]["id"].as_str().expect("an id"), "delivered").await;
    }
    assert_eq!(count(&api).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_leaves_its_key_free() {
    let stage = stage_with(&[("LIMITS__RULES", RULES)]).await;
    let api = stage.api();
    for _ in 0..2 {
        accepted(&api, &otp("13800000001")).await;
    }
    let body = otp("13800000001").to_string();
    let headers = [("idempotency-key", "order-1")];
    let answer = api.raw("POST", "/v1/messages", &headers, body.into()).await.expect("an answer");
    refused(&answer, 429, "frequency_limited");
    let other = otp("13800000002").to_string();
    let answer = api.raw("POST", "/v1/messages", &headers, other.into()).await.expect("an answer");
    assert_eq!(answer.status, 202, "{}", answer.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daily_quota_is_exact_over_a_kill_and_test_keys_do_not_use_it() {
    let mut stage = stage().await;
    let admin = stage.gateway.admin();
    let answer = admin.call("PATCH", "/applications/shop", &json!({"daily_quota": 3})).await.expect("an answer");
    assert_eq!((answer.status, &answer.json["daily_quota"]), (200, &json!(3)), "{}", answer.json);
    let api = stage.api();
    accepted(&api, &notice("13800000001")).await;
    accepted(&api, &notice("13800000002")).await;
    stage.gateway.kill().expect("killed");
    stage.gateway.start_again().await.expect("a start");
    let messages: Vec<Value> = (3..6).map(|number| notice(&format!("1380000000{number}"))).collect();
    let answer = api.post("/v1/messages/batch", &json!({"messages": messages})).await.expect("an answer").json;
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(1), &json!(2)), "{answer}");
    let answer = api.post("/v1/messages", &notice("13800000007")).await.expect("an answer");
    refused(&answer, 429, "quota_exceeded");
    let key = admin.post("/applications/shop/keys", &json!({"test": true})).await.expect("an answer").json;
    let key = format!("{}.{}", key["id"].as_str().expect("an id"), key["secret"].as_str().expect("a secret"));
    accepted(&stage.gateway.api(&key), &notice("13800000008")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_has_rules_of_its_own() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    let rules = json!({"limits": [{"by": "application", "most": 2, "per_seconds": 600}]});
    assert_eq!(admin.call("PATCH", "/applications/shop", &rules).await.expect("an answer").status, 200);
    let api = stage.api();
    accepted(&api, &notice("13800000001")).await;
    accepted(&api, &otp("13800000002")).await;
    refused(&api.post("/v1/messages", &notice("13800000003")).await.expect("an answer"), 429, "frequency_limited");
    for senseless in
        [json!([{"by": "number", "most": 0, "per_seconds": 60}]), json!([{"by": "moon", "most": 1, "per_seconds": 60}])]
    {
        let answer = admin.call("PATCH", "/applications/shop", &json!({"limits": senseless})).await.expect("an answer");
        assert_eq!(answer.status, 400, "{}", answer.json);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marketing_waits_for_the_end_of_the_quiet_hours_and_says_so() {
    // Quiet but for one minute, wherever the test runs.
    let stage = stage_with(&[("QUIET_HOURS__FROM", "00:00"), ("QUIET_HOURS__UNTIL", "23:59")]).await;
    let api = stage.api();
    let answer = api.post("/v1/messages", &sale("13800000001")).await.expect("an answer");
    assert_eq!(answer.status, 202, "{}", answer.json);
    if answer.json["status"] == "queued" {
        return; // It is that minute.
    }
    assert_eq!((&answer.json["status"], &answer.json["cause"]["code"]), (&json!("scheduled"), &json!("quiet_hours")));
    assert!(
        answer.json["due_at"].as_str().expect("a time").contains("T15:59:00"),
        "23:59 in Shanghai: {}",
        answer.json
    );
    let id = answer.json["id"].as_str().expect("an id");
    assert!(
        told(&story(&api, id).await).contains("it is quiet time where it goes: it waits until"),
        "the history says so"
    );
    // A code is nothing that waits.
    becomes(&api, &accepted(&api, &otp("13800000002")).await, "delivered").await;
    let cancelled = api.post(&format!("/v1/messages/{id}/cancel"), &json!({})).await.expect("an answer");
    assert_eq!(cancelled.json["status"], "cancelled");
}
