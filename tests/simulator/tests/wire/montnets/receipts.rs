//! Receipts, inbound texts and the balance: read, and pushed where that was agreed on.

use serde_json::{Value, json};

use super::{CONTENT, KEY, SECRET, account, call, md5, usual};
use crate::support::{Listener, PATIENCE, Pushed, break_at, register, start_at, write_in};

async fn read(simulator: &provider_simulator::Simulator, most: u32) -> Vec<Value> {
    let answer = call(simulator, "get_rpt", json!({ "retsize": most })).await;
    assert_eq!(answer["result"], 0);
    answer["rpts"].as_array().expect("a list").clone()
}

/// Reads until so many are there.
async fn read_all(simulator: &provider_simulator::Simulator, count: usize) -> Vec<Value> {
    let reading = async {
        let mut all = Vec::new();
        while all.len() < count {
            all.extend(read(simulator, 500).await);
        }
        all
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("they become due")
}

#[tokio::test]
async fn receipts_are_handed_out_once() {
    let simulator = start_at(account()).await;
    call(
        &simulator,
        "send_batch",
        json!({ "mobile": "13800000001,13800000002,123", "content": CONTENT, "custid": "c-1" }),
    )
    .await;
    assert_eq!(simulator.summary().receipts_waiting, 3);
    let receipts = read_all(&simulator, 3).await;
    let seen: Vec<_> =
        receipts.iter().map(|one| json!([one["mobile"], one["custid"], one["status"], one["errcode"]])).collect();
    assert_eq!(seen[0], json!(["13800000001", "c-1", 0, "DELIVRD"]));
    assert_eq!(seen[2], json!(["123", "c-1", 1, "MBINVALID"]), "a number that is none is told of here");
    assert_eq!((&receipts[0]["smstype"], &receipts[0]["rpttype"]), (&json!("0"), &json!("1")));
    assert!(read(&simulator, 500).await.is_empty());
    let summary = simulator.summary();
    assert_eq!((summary.receipts_waiting, summary.receipts_polled), (0, 3));
}

#[tokio::test]
async fn each_part_has_an_id_and_the_count_is_kept() {
    let simulator = start_at(account()).await;
    let long = "%E9%AA%8C".repeat(135);
    let sent =
        call(&simulator, "send_single", json!({ "mobile": "13800000001", "content": long, "custid": "c" })).await;
    simulator.wait_until(|summary| summary.receipts_waiting == 3, PATIENCE).await.expect("three parts");
    let mut receipts = Vec::new();
    while receipts.len() < 3 {
        let some = read(&simulator, 2).await;
        assert!(some.len() <= 2);
        receipts.extend(some);
    }
    let id = sent["msgid"].as_u64().expect("an id");
    for (part, receipt) in (0_u64..).zip(&receipts) {
        assert_eq!(receipt["msgid"].as_u64(), Some(id + part * 17_179_869_184));
        assert_eq!((&receipt["pknum"], &receipt["pktotal"]), (&json!(part + 1), &json!(3)));
    }
}

#[tokio::test]
async fn receipts_go_wrong_on_request() {
    let simulator = start_at(account()).await;
    let faults =
        json!({ "duplicate": 2, "fail_share": 1.0, "err_code": "EXPIRED", "numbers": ["13800000001"], "early": true });
    break_at(&simulator, KEY, json!({ "receipts": faults }));
    call(&simulator, "send_batch", json!({ "mobile": "13800000001,13800000002", "content": CONTENT })).await;
    let codes: Vec<_> = read(&simulator, 500).await.iter().map(|receipt| receipt["errcode"].clone()).collect();
    assert_eq!(codes, ["EXPIRED", "EXPIRED", "DELIVRD", "DELIVRD"]);
}

#[tokio::test]
async fn what_a_broken_poll_took_is_gone() {
    let simulator = start_at(account()).await;
    break_at(&simulator, KEY, json!({ "receipts": { "early": true } }));
    call(&simulator, "send_single", usual()).await;
    break_at(&simulator, KEY, json!({ "lookups": true, "error": { "code": "-100999", "times": 1 } }));
    assert_eq!(call(&simulator, "get_rpt", json!({})).await["result"], -100_999);
    assert_eq!(simulator.summary().receipts_waiting, 1, "an error takes nothing");
    break_at(
        &simulator,
        KEY,
        json!({ "lookups": true, "http_status": { "status": 502, "taken": true, "body": "{}", "times": 1 } }),
    );
    call(&simulator, "get_rpt", json!({})).await;
    assert!(read(&simulator, 500).await.is_empty(), "it was handed out, to nobody");
}

#[tokio::test]
async fn a_push_is_signed_and_repeated_until_its_number_comes_back() {
    let simulator = start_at(account()).await;
    let listener = Listener::answering(|nth, pushed: &Pushed| {
        let seqid: u64 = pushed.field("seqid").expect("a number").parse().expect("a number");
        let seqid = if nth == 0 { seqid + 1 } else { seqid };
        (200, json!({ "cmd": "RPT_RESP", "seqid": seqid, "result": 0 }).to_string())
    });
    let listener = listener.await;
    register(&simulator, account().with_callback(&listener.url));
    call(&simulator, "send_single", usual()).await;
    let pushed = &listener.pushes(2).await[1];
    let timestamp = pushed.field("timestamp").expect("a date");
    assert_eq!((pushed.field("cmd").as_deref(), pushed.field("userid").as_deref()), (Some("RPT_REQ"), Some(KEY)));
    assert_eq!(pushed.field("pwd"), Some(md5(SECRET, &timestamp)));
    let list: Value = serde_json::from_str(&pushed.field("rpts").expect("a list")).expect("JSON");
    assert_eq!((&list[0]["custid"], &list[0]["errcode"]), (&json!("msg-0001"), &json!("DELIVRD")));
    let summary = simulator.wait_until(|summary| summary.receipts_pushed == 1, PATIENCE).await.expect("acknowledged");
    assert_eq!(summary.pushes_failed, 1);
}

#[tokio::test]
async fn a_long_inbound_text_comes_in_parts() {
    let simulator = start_at(account()).await;
    write_in(&simulator, KEY, &"回".repeat(71));
    let answer = call(&simulator, "get_mo", json!({})).await;
    let parts = answer["mos"].as_array().expect("a list");
    assert_eq!(parts.len(), 2);
    assert_eq!(
        (&parts[1]["pknum"], &parts[1]["pktotal"], &parts[1]["content"]),
        (&json!(2), &json!(2), &json!("%E5%9B%9E"))
    );
    assert_eq!((&parts[0]["mobile"], &parts[0]["exno"]), (&json!("13800000001"), &json!("01")));
    assert_eq!(call(&simulator, "get_mo", json!({})).await["mos"], json!([]));
    assert_eq!((simulator.summary().inbound_polled, simulator.summary().polls), (2, 2));
}

#[tokio::test]
async fn the_balance_is_what_the_test_says() {
    let simulator = start_at(account().with_balance("123")).await;
    assert_eq!(call(&simulator, "get_balance", json!({})).await["balance"], 123);
    register(&simulator, account().with_balance("9.350000"));
    assert_eq!(call(&simulator, "get_balance", json!({})).await["money"], "9.350000");
    assert!(simulator.register(account().with_balance("plenty")).is_err());
}
