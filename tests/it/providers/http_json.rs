//! The generic provider: an API that nobody wrote a plugin for, described by an account's settings alone.

use super::scene::{losing, refusing};
use super::*;

fn provided(options: Value, config: fn(&str) -> Value) -> Provided {
    Provided {
        id: "http-json",
        simulated: Provider::Generic,
        key: "acct01",
        secret: "exampleToken0001",
        config,
        options,
        polled: false,
        codes: None,
        sign_code: None,
    }
}

fn as_json(url: &str) -> Value {
    json!({
        "send_url": format!("{url}/generic/send"),
        "headers": {"Authorization": "Bearer {{secret.token}}"},
        "body": {"to": "{{to}}", "text": "{{signed_text}}", "reference": "{{id}}"},
        "success_path": "ok",
        "id_path": "id",
        "error_path": "error",
        "retry_after_path": "retry_after",
        "errors": [
            {"code": "invalid_number", "outcome": "bad-recipient"},
            {"code": "throttled", "outcome": "rate-limited"},
            {"code": "no_balance", "outcome": "no-balance"},
            {"code": "unauthorized", "outcome": "auth-failed"}
        ],
        "receipt_id_path": "id",
        "receipt_to_path": "to",
        "receipt_status_path": "status",
        "receipt_error_path": "error",
        "balance_url": format!("{url}/generic/balance"),
        "balance_unit_path": "currency",
        "token": "exampleToken0001"
    })
}

fn as_form(url: &str) -> Value {
    let mut config = as_json(url);
    config["content_type"] = json!("form");
    config["headers"] = json!({});
    config["body"] =
        json!({"to": "{{to}}", "text": "{{signed_text}}", "reference": "{{id}}", "token": "{{secret.token}}"});
    config.as_object_mut().expect("an object").retain(|name, _| !name.starts_with("balance"));
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_in_json() {
    let scene = Scene::ordinary_day(&provided(json!({}), as_json)).await;
    assert_eq!(scene.received("13800000002").text.as_deref(), Some("【示例签名】王女士，您的包裹在3号柜。"));
    let balance = scene.balance().await;
    assert_eq!((&balance["balance"], &balance["unit"]), (&json!("321"), &json!("CNY")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_in_forms() {
    Scene::ordinary_day(&provided(json!({}), as_form)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome() {
    let rows = vec![
        refusing("invalid_number", "rejected", "bad-recipient"),
        refusing("throttled", "deferred", "rate-limited"),
        refusing("no_balance", "deferred", "no-balance"),
        refusing("unauthorized", "deferred", "auth-failed"),
        refusing("brand_new", "uncertain", ""),
        losing(),
    ];
    Scene::outcomes(&provided(json!({}), as_json), rows).await;
}
