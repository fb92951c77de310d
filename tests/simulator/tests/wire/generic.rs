//! The plain API.

use std::sync::Arc;

use provider_simulator::{Account, Provider, Simulator};
use serde_json::{Value, json};

use crate::everywhere::{Scene, Sending};
use crate::support::{Http, Listener, Reply, break_at, register, start_at, write_in};

const KEY: &str = "plain";
const TOKEN: &str = "tokenExample0001";

fn account() -> Account {
    Account::new(Provider::Generic, KEY, TOKEN)
}

async fn send(simulator: &Simulator, body: Value) -> Reply {
    let authorization = format!("Bearer {TOKEN}");
    let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
    Http::new().post(&format!("{}/generic/send", simulator.url()), &headers, body.to_string()).await
}

async fn send_form(simulator: &Simulator, fields: &[(&str, &str)]) -> Reply {
    Http::new().post_form(&format!("{}/generic/send", simulator.url()), fields).await
}

fn usual() -> Value {
    json!({ "to": "13800000001", "text": "【示例签名】验证码6666", "ref": "msg-0001" })
}

pub fn scene() -> Scene {
    let send = |simulator: Arc<Simulator>| -> Sending { Box::pin(async move { send(&simulator, usual()).await }) };
    Scene { account: account(), send, error: ("throttled", r#""error":"throttled""#) }
}

#[tokio::test]
async fn json_and_forms_are_taken_alike() {
    let simulator = start_at(account()).await;
    let reply = send(&simulator, usual()).await;
    assert_eq!((reply.status, &reply.json()["ok"]), (200, &json!(true)));
    let text = &simulator.texts("13800000001")[0];
    assert_eq!(
        (json!(text.biz_id), text.text.as_deref()),
        (reply.json()["id"].clone(), Some("【示例签名】验证码6666"))
    );

    let fields = [
        ("token", TOKEN),
        ("to", "13800000002,13800000003"),
        ("template", "t1"),
        ("params", r#"{"code":"6666"}"#),
        ("sign", "示例签名"),
    ];
    assert_eq!(send_form(&simulator, &fields).await.json()["ok"], true);
    let text = &simulator.texts("13800000003")[0];
    assert_eq!(
        (text.template.as_str(), &text.params, text.sign_name.as_str()),
        ("t1", &json!({ "code": "6666" }), "示例签名")
    );
    let body = json!({ "to": ["13800000004"], "template": "t1", "params": ["6666"] });
    assert_eq!(send(&simulator, body).await.json()["ok"], true);
    assert_eq!(simulator.texts("13800000004")[0].params, json!(["6666"]));
}

#[tokio::test]
async fn a_token_stands_where_the_account_has_it() {
    let simulator = start_at(account()).await;
    let fields = |token| [("token", token), ("to", "13800000001"), ("text", "T")];
    assert_eq!(send_form(&simulator, &fields(TOKEN)).await.status, 200);
    assert_eq!(send_form(&simulator, &fields("guessed")).await.status, 401);
    assert_eq!(send_form(&simulator, &fields("")).await.json()["error"], "unauthorized");
    register(&simulator, account().with_options(json!({ "token": "header", "shape": "json" })));
    assert_eq!(send_form(&simulator, &fields(TOKEN)).await.status, 401);
    assert_eq!(send(&simulator, usual()).await.status, 200);
    register(&simulator, account().with_options(json!({ "shape": "form" })));
    assert_eq!(send(&simulator, usual()).await.json()["error"], "bad_request");
}

#[tokio::test]
async fn errors_have_words_and_a_status() {
    let simulator = start_at(account()).await;
    for (body, status, error) in [
        (json!({ "text": "T" }), 400, "bad_request"),
        (json!({ "to": "13800000001" }), 400, "bad_request"),
        (json!({ "to": "13800000001", "text": "T", "template": "t1" }), 400, "bad_request"),
        (json!({ "to": "1380000000x", "text": "T" }), 400, "bad_number"),
        (json!({ "to": vec!["13800000001"; 101], "text": "T" }), 400, "too_many"),
    ] {
        let reply = send(&simulator, body.clone()).await;
        assert_eq!((reply.status, &reply.json()["error"]), (status, &json!(error)), "{body}");
    }
    for (error, status, retry_after) in
        [("throttled", 429, json!(30)), ("busy", 503, json!(5)), ("no_balance", 402, Value::Null)]
    {
        break_at(&simulator, KEY, json!({ "error": { "code": error } }));
        let reply = send(&simulator, usual()).await;
        assert_eq!(
            (reply.status, &reply.json()["error"], &reply.json()["retry_after"]),
            (status, &json!(error), &retry_after)
        );
    }
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (0, 8));
}

#[tokio::test]
async fn receipts_are_pushed_one_by_one() {
    let listener = Listener::answering(|nth, _| (if nth == 0 { 503 } else { 204 }, String::new())).await;
    let simulator = start_at(account().with_callback(&listener.url)).await;
    let sent = send(&simulator, usual()).await.json();
    let pushed = listener.pushes(2).await[1].json();
    assert_eq!(pushed, json!({ "id": sent["id"], "status": "delivered", "to": "13800000001", "ref": "msg-0001" }));
    break_at(&simulator, KEY, json!({ "receipts": { "fail_share": 1.0, "err_code": "expired" } }));
    let elsewhere = Listener::start().await;
    let mut body = usual();
    body["callback"] = json!(elsewhere.url);
    send(&simulator, body).await;
    assert_eq!(elsewhere.pushes(1).await[0].json()["status"], "expired");
    write_in(&simulator, KEY, "T");
    let inbound = listener.pushes(3).await[2].json();
    assert_eq!(
        (&inbound["from"], &inbound["to"], &inbound["text"]),
        (&json!("13800000001"), &json!("01"), &json!("T"))
    );
}

#[tokio::test]
async fn the_balance_is_what_the_test_says() {
    let simulator = start_at(account().with_balance("12.50")).await;
    let url = format!("{}/generic/balance", simulator.url());
    let authorization = format!("Bearer {TOKEN}");
    let expected = json!({ "ok": true, "balance": "12.50", "currency": "CNY" });
    assert_eq!(Http::new().get(&url, &[("authorization", &authorization)]).await.json(), expected);
    assert_eq!(Http::new().get(&format!("{url}?token={TOKEN}"), &[]).await.json(), expected);
    assert_eq!(Http::new().get(&url, &[]).await.status, 401);
    assert_eq!(Http::new().get(&format!("{}/generic/send?token={TOKEN}", simulator.url()), &[]).await.status, 404);
}
