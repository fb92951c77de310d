//! Receipts and inbound texts on their way to the callback.

use std::time::Duration;

use provider_simulator::{InboundText, Options, Simulator};
use serde_json::json;

use crate::support::{Callback, Client, KEY, PATIENCE, account, break_it, start_with};

async fn start(bad_answers: &[(u16, &'static str)]) -> (Simulator, Client, Callback) {
    let options = Options { push_retries: vec![Duration::from_millis(5)], push_tries: 4, ..Options::default() };
    let (simulator, client) = start_with(options).await;
    let callback = Callback::start(bad_answers).await;
    simulator.register(account().with_callback(&callback.url)).expect("a callback");
    (simulator, client, callback)
}

#[tokio::test]
async fn a_receipt_follows_a_send() {
    let (simulator, client, callback) = start(&[]).await;
    let (_, answer) = client.send("13800000001").await.expect("an answer");
    let receipt = &callback.entries(1).await[0];
    assert_eq!(receipt["phone_number"], "13800000001");
    assert_eq!((&receipt["biz_id"], &receipt["out_id"]), (&answer["BizId"], &json!("msg-0001")));
    assert_eq!((&receipt["success"], &receipt["err_code"]), (&json!(true), &json!("DELIVERED")));
    let summary = simulator.wait_until(|summary| summary.receipts_pushed == 1, PATIENCE).await.expect("acknowledged");
    assert_eq!((summary.receipts_waiting, summary.pushes), (0, 1));
}

#[tokio::test]
async fn receipts_of_one_moment_travel_together() {
    let (_simulator, client, callback) = start(&[]).await;
    let numbers = (0..150).map(|n| format!("1380000{n:04}")).collect::<Vec<_>>().join(",");
    client.send(&numbers).await.expect("an answer");
    let sizes: Vec<usize> = callback.pushes(2).await.iter().map(Vec::len).collect();
    assert_eq!(sizes.iter().max(), Some(&100));
    assert_eq!(callback.entries(150).await.len(), 150);
}

#[tokio::test]
async fn a_push_is_repeated_until_it_is_acknowledged() {
    let bad_answers = [(500, ""), (200, "thanks"), (200, r#"{"code":"0"}"#)];
    let (simulator, client, callback) = start(&bad_answers).await;
    client.send("13800000001").await.expect("an answer");
    let pushes = callback.pushes(4).await;
    assert!(pushes.iter().all(|push| *push == pushes[0]), "the same body each time");
    let summary = simulator.wait_until(|summary| summary.receipts_pushed == 1, PATIENCE).await.expect("acknowledged");
    assert_eq!((summary.pushes, summary.pushes_failed, summary.receipts_waiting), (4, 3, 0));
}

#[tokio::test]
async fn a_push_is_given_up_in_the_end() {
    let (simulator, client, _callback) = start(&[(500, ""); 9]).await;
    client.send("13800000001").await.expect("an answer");
    let summary = simulator.wait_until(|summary| summary.receipts_given_up == 1, PATIENCE).await.expect("given up");
    assert_eq!((summary.pushes, summary.receipts_pushed), (4, 0));
}

#[tokio::test]
async fn receipts_may_be_early() {
    let (simulator, client, callback) = start(&[]).await;
    break_it(&simulator, json!({ "receipts": { "early": true } }));
    client.send("13800000001").await.expect("an answer");
    assert_eq!(callback.so_far().len(), 1, "pushed before the answer");
}

#[tokio::test]
async fn receipts_may_be_late() {
    let (simulator, client, callback) = start(&[]).await;
    break_it(&simulator, json!({ "receipts": { "late_ms": 3_600_000 } }));
    client.send("13800000001").await.expect("an answer");
    break_it(&simulator, json!({}));
    client.send("13800000002").await.expect("an answer");
    assert_eq!(callback.entries(1).await[0]["phone_number"], "13800000002");
    let summary = simulator.wait_until(|summary| summary.receipts_pushed == 1, PATIENCE).await.expect("acknowledged");
    assert_eq!(summary.receipts_waiting, 1);
}

#[tokio::test]
async fn receipts_may_be_lost() {
    let (simulator, client, callback) = start(&[]).await;
    break_it(&simulator, json!({ "receipts": { "lost_share": 1.0 } }));
    client.send("13800000001").await.expect("an answer");
    assert_eq!(simulator.summary().receipts_waiting, 0);
    assert!(callback.so_far().is_empty());
}

#[tokio::test]
async fn receipts_may_be_doubled_and_tell_of_failure() {
    let (simulator, client, callback) = start(&[]).await;
    break_it(&simulator, json!({ "receipts": { "duplicate": 2, "fail_share": 1.0, "err_code": "IS_CLOSED" } }));
    client.send("13800000001").await.expect("an answer");
    let receipts = callback.entries(2).await;
    assert_eq!(receipts[0], receipts[1]);
    assert_eq!((&receipts[0]["success"], &receipts[0]["err_code"]), (&json!(false), &json!("IS_CLOSED")));
}

#[tokio::test]
async fn receipts_may_lie() {
    let (simulator, client, callback) = start(&[]).await;
    break_it(&simulator, json!({ "receipts": { "fail_share": 1.0, "false_success": true, "unknown_ids": true } }));
    let (_, answer) = client.send("13800000001").await.expect("an answer");
    let receipt = &callback.entries(1).await[0];
    assert_eq!(receipt["success"], true);
    assert_ne!(receipt["biz_id"], answer["BizId"]);
    assert_eq!(simulator.texts("13800000001")[0].err_code.as_deref(), Some("MOBILE_SEND_LIMIT"));
}

#[tokio::test]
async fn an_inbound_text_is_pushed_like_a_receipt() {
    let (simulator, _client, callback) = start(&[(503, "")]).await;
    let dest_code = Some("01".to_owned());
    let text = InboundText { account: KEY.into(), number: "13800000001".into(), content: "退订".into(), dest_code };
    simulator.push_inbound(text).expect("pushed");
    let pushed = &callback.pushes(2).await[1][0];
    assert_eq!((&pushed["content"], &pushed["dest_code"]), (&json!("退订"), &json!("01")));
    simulator.wait_until(|summary| summary.inbound_pushed == 1, PATIENCE).await.expect("acknowledged");
}
