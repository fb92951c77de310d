//! Receipts and inbound texts, in either shape.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{KEY, TEMPLATE, account, sdk_mac, send, usual};
use crate::support::{Listener, Pushed, break_at, start_at, write_in};

fn with_callback<'f>(to: &'f str, url: &'f str) -> Vec<(&'f str, &'f str)> {
    [usual(to), vec![("statusCallback", url), ("extend", "msg-0001")]].concat()
}

fn fields(pushed: &Pushed, names: &[&str]) -> Vec<Option<String>> {
    names.iter().map(|name| pushed.field(name)).collect()
}

#[tokio::test]
async fn a_receipt_goes_where_the_request_says() {
    let simulator = start_at(account()).await;
    let listener = Listener::start().await;
    let answer = send(&simulator, &with_callback("+8613800000001,+8613800000002", &listener.url)).await.json();
    let pushes = listener.pushes(2).await;
    let mut seen: Vec<_> =
        pushes.iter().map(|pushed| fields(pushed, &["smsMsgId", "status", "extend", "to"])).collect();
    seen.sort();
    let expected = |at: usize, to: &str| {
        let id = answer["result"][at]["smsMsgId"].as_str();
        [id, Some("DELIVRD"), Some("msg-0001"), Some(to)].map(|value| value.map(str::to_owned)).to_vec()
    };
    assert_eq!(seen, [expected(0, "+8613800000001"), expected(1, "+8613800000002")]);
    assert_eq!(pushes[0].header("content-type"), "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn without_a_callback_there_is_no_receipt() {
    let simulator = start_at(account()).await;
    send(&simulator, &usual("+8613800000001")).await;
    assert_eq!(simulator.summary().receipts_waiting, 0);
    let listener = Listener::start().await;
    simulator.register(account().with_callback(&listener.url)).expect("one set up at the provider");
    send(&simulator, &usual("+8613800000001")).await;
    let pushed = &listener.pushes(1).await[0];
    assert_eq!(
        fields(pushed, &["extend", "to", "sequence", "total"]),
        [None, None, Some("1".into()), Some("1".into())]
    );
}

#[tokio::test]
async fn each_part_of_a_long_text_has_a_receipt() {
    let long = format!("{}${{1}}", "验".repeat(70));
    let simulator = start_at(account().with_options(json!({ "templates": { TEMPLATE: long } }))).await;
    let listener = Listener::start().await;
    break_at(&simulator, KEY, json!({ "receipts": { "fail_share": 1.0, "err_code": "MK:0001" } }));
    let answer = send(&simulator, &with_callback("+8613800000001", &listener.url)).await.json();
    assert_eq!(answer["result"][0]["total"], 2);
    let pushes = listener.pushes(2).await;
    let mut parts: Vec<_> = pushes.iter().map(|pushed| fields(pushed, &["sequence", "total", "status"])).collect();
    parts.sort();
    let part = |number: &str| vec![Some(number.to_owned()), Some("2".to_owned()), Some("MK:0001".to_owned())];
    assert_eq!(parts, [part("1"), part("2")]);
}

#[tokio::test]
async fn an_app_may_have_lists_and_signed_pushes() {
    let simulator = start_at(account().with_options(json!({ "push": "json", "signed_push": true }))).await;
    let listener = Listener::start().await;
    send(&simulator, &with_callback("+8613800000001,+8613800000002", &listener.url)).await;
    let pushed = &listener.pushes(1).await[0];
    let list = &pushed.json()["statusReportList"];
    assert_eq!((list.as_array().map(Vec::len), &list[0]["status"]), (Some(2), &json!("DELIVRD")));

    let date = pushed.header("x-sdk-date");
    let canonical = format!(
        "POST\n/callbacks/acc_1/token/\n\ncontent-type:{}\nhost:{}\nx-sdk-date:{date}\n\ncontent-type;host;x-sdk-date\n{}",
        pushed.header("content-type"),
        pushed.header("host"),
        hex::encode(Sha256::digest(&pushed.body))
    );
    let mac = sdk_mac(date, &canonical);
    let expected = format!("SDK-HMAC-SHA256 Access={KEY}, SignedHeaders=content-type;host;x-sdk-date, Signature={mac}");
    assert_eq!(pushed.header("authorization"), expected);
}

#[tokio::test]
async fn an_inbound_text_comes_to_the_channel_number() {
    let simulator = start_at(account()).await;
    let listener = Listener::start().await;
    simulator.register(account().with_callback(&listener.url)).expect("a callback");
    write_in(&simulator, KEY, "T");
    let pushed = &listener.pushes(1).await[0];
    let expected = ["+8613800000001", "882000000000001", "T"].map(|value| Some(value.to_owned()));
    assert_eq!(fields(pushed, &["from", "to", "body"]), expected);
    assert!(pushed.field("smsMsgId").is_some());
}
