//! The control API offers what the library offers.

use hyper::Method;
use serde_json::{Value, json};

use crate::support::{Callback, Client, KEY, SECRET, start};

async fn get(client: &Client, path: &str) -> Value {
    client.control(Method::GET, path, Value::Null).await.1
}

#[tokio::test]
async fn accounts_and_faults() {
    let (_simulator, client) = start().await;
    let account = json!({ "provider": "aliyun", "key": "other", "secret": SECRET, "receipts": { "delay_ms": 5 } });
    assert_eq!(client.control(Method::POST, "accounts", account).await.1, json!({ "ok": true }));
    let options = json!({ "api_key": { "sid": "SK0001", "secret": SECRET } });
    let account =
        json!({ "provider": "twilio", "key": "AC0001", "secret": SECRET, "options": options, "balance": "1.5" });
    client.control(Method::PUT, "accounts", account).await;
    let accounts = get(&client, "accounts").await;
    assert_eq!(accounts.as_array().map(Vec::len), Some(3));
    assert_eq!(
        (&accounts[0]["options"], &accounts[0]["balance"]),
        (&json!({ "api_key": { "sid": "SK0001" } }), &json!("1.5"))
    );
    assert!(!accounts.to_string().contains(SECRET), "secrets are never shown");

    let other = Client { key: "other".to_owned(), ..Client::new(&client.url) };
    let faults = json!({ "error": { "code": "isv.AMOUNT_NOT_ENOUGH" } });
    client.control(Method::PUT, "accounts/other/faults", faults).await;
    assert_eq!(other.send("13800000001").await.expect("an answer").1["Code"], "isv.AMOUNT_NOT_ENOUGH");
    assert_eq!(client.send("13800000002").await.expect("an answer").1["Code"], "OK");
    client.control(Method::DELETE, "accounts/other/faults", Value::Null).await;
    assert_eq!(other.send("13800000001").await.expect("an answer").1["Code"], "OK");
}

#[tokio::test]
async fn questions() {
    let (_simulator, client) = start().await;
    for _ in 0..2 {
        client.send("13800000001").await.expect("an answer");
    }
    let summary = get(&client, "summary").await;
    let counts = ["requests", "texts", "numbers", "doubled", "refused"].map(|name| summary[name].clone());
    assert_eq!(json!(counts), json!([2, 2, 1, 1, 0]));
    assert_eq!(summary["accounts"][KEY]["texts"], 2);
    assert_eq!(get(&client, "doubled").await, json!([{ "number": "13800000001", "taken": 2 }]));
    assert_eq!(get(&client, "texts?number=%2B8613800000001").await[1]["out_id"], "msg-0001");
    let asked = json!(["13800000001", "13800000002"]);
    assert_eq!(client.control(Method::POST, "missing", asked).await.1, json!(["13800000002"]));
    client.control(Method::POST, "reset", Value::Null).await;
    assert_eq!(get(&client, "summary").await["texts"], 0);
    assert_eq!(get(&client, "doubled").await, json!([]));
}

#[tokio::test]
async fn inbound_texts() {
    let (_simulator, client) = start().await;
    let callback = Callback::start(&[]).await;
    let account = json!({ "key": KEY, "secret": SECRET, "callback_url": callback.url });
    client.control(Method::PUT, "accounts", account).await;
    let text = json!({ "account": KEY, "number": "13800000001", "content": "T" });
    client.control(Method::POST, "inbound", text).await;
    assert_eq!(callback.entries(1).await[0]["content"], "T");
}

#[tokio::test]
async fn listeners() {
    let (simulator, client) = start().await;
    let (_, opened) = client.control(Method::POST, "listeners", Value::Null).await;
    let path = format!("listeners/{}", opened["port"]);
    let elsewhere = Client::new(opened["url"].as_str().expect("a URL"));
    assert_eq!(elsewhere.send("13800000001").await.expect("an answer").1["Code"], "OK");
    client.control(Method::DELETE, &path, Value::Null).await;
    elsewhere.send("13800000002").await.expect_err("refused");
    assert_eq!(client.control(Method::PUT, &path, Value::Null).await.1, opened);
    elsewhere.send("13800000003").await.expect("an answer");

    let main = format!("listeners/{}", simulator.address().port());
    let (status, _) = client.control(Method::DELETE, &main, Value::Null).await;
    assert_eq!(status.as_u16(), 400, "it would lock us out");
}

#[tokio::test]
async fn mistakes_are_explained() {
    let (_simulator, client) = start().await;
    let cases = [
        (Method::GET, "nothing", json!(null), 404, "there is no GET /control/nothing"),
        (Method::PUT, "accounts/nobody/faults", json!({}), 400, "no account nobody is registered"),
        (Method::PUT, "listeners/1", json!(null), 400, "no listener was ever opened on port 1"),
        (Method::GET, "texts", json!(null), 400, "which number? add ?number=13800000000"),
        (
            Method::POST,
            "accounts",
            json!({ "key": "k", "secret": "s", "callback_url": "https://127.0.0.1/" }),
            400,
            "callback_url https://127.0.0.1/ must be an http:// address; the simulator pushes without TLS",
        ),
    ];
    for (method, path, body, status, error) in cases {
        let (found, answer) = client.control(method, path, body).await;
        assert_eq!((found.as_u16(), &answer["error"]), (status, &json!(error)));
    }
}
