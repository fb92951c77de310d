//! Lexin, both families.

use std::sync::Arc;

use md5::{Digest, Md5};
use provider_simulator::{Account, Provider, Simulator};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::{format_description, offset};

use crate::everywhere::{Scene, Sending};
use crate::support::{Http, PATIENCE, Reply, break_at, register, start_at, write_in};

const KEY: &str = "acct01";
const SECRET: &str = "123456";
const HASH: &str = "E10ADC3949BA59ABBE56E057F20F883E";
const CONTENT: &str = "验证码：6666【示例签名】";

fn account() -> Account {
    Account::new(Provider::Lexin, KEY, SECRET)
}

async fn post(simulator: &Simulator, function: &str, fields: &[(&str, &str)]) -> Reply {
    Http::new().post_form(&format!("{}/sdk/{function}", simulator.url()), fields).await
}

async fn call(simulator: &Simulator, function: &str, fields: &[(&str, &str)]) -> Reply {
    post(simulator, function, &[&[("accName", KEY), ("accPwd", HASH)], fields].concat()).await
}

async fn send(simulator: &Simulator, numbers: &str, more: &[(&str, &str)]) -> Value {
    let fields = [&[("aimcodes", numbers), ("content", CONTENT), ("dataType", "json")], more].concat();
    call(simulator, "send", &fields).await.json()
}

/// The hash of family 2 and its seed.
fn seeded(upper: bool, zone: time::UtcOffset) -> (String, String) {
    let form = format_description!("[year][month][day][hour][minute][second]");
    let seed = OffsetDateTime::now_utc().to_offset(zone).format(form).expect("a date");
    let md5 = |text: &str| if upper { hex::encode_upper(Md5::digest(text)) } else { hex::encode(Md5::digest(text)) };
    (md5(&format!("{}{seed}", md5(SECRET))), seed)
}

pub fn scene() -> Scene {
    let send = |simulator: Arc<Simulator>| -> Sending {
        Box::pin(async move {
            let fields = [("aimcodes", "13800000001"), ("content", CONTENT), ("dataType", "json")];
            call(&simulator, "send", &fields).await
        })
    };
    Scene { account: account(), send, error: ("余额不足", r#""replyMsg":"余额不足""#) }
}

#[tokio::test]
async fn a_good_send_is_taken_and_remembered() {
    let simulator = start_at(account().with_balance("12882680")).await;
    let answer = send(&simulator, "13800000001", &[("msgId", "170416464500001"), ("extNo", "01")]).await;
    let expected = json!({ "balance": "12882680", "chargCount": 1, "deduction": "60", "failedNum": 0, "replyCode": 1,
        "replyMsg": "发送成功!", "succeedNum": 1 });
    assert_eq!(answer, expected);
    let text = &simulator.texts("13800000001")[0];
    assert_eq!((text.text.as_deref(), text.sign_name.as_str()), (Some("验证码：6666"), "示例签名"));
    assert_eq!((text.out_id.as_deref(), text.extend_code.as_deref()), (Some("170416464500001"), Some("01")));
}

#[tokio::test]
async fn an_account_has_one_family_and_one_case() {
    let simulator = start_at(account()).await;
    let china = offset!(+8);
    let usual = [("accName", KEY), ("aimcodes", "13800000001"), ("content", CONTENT), ("dataType", "json")];
    let tries = async |function: &str, hash: &str, seed: &str| {
        let fields = [&usual[..], &[("accPwd", hash), ("seed", seed)]].concat();
        post(&simulator, function, &fields).await.json()["replyCode"].clone()
    };
    let ((upper, seed), (lower, lower_seed)) = (seeded(true, china), seeded(false, china));
    assert_eq!(tries("send", HASH, "").await, 1);
    assert_eq!(tries("send", &HASH.to_lowercase(), "").await, 0);
    assert_eq!(tries("send2", &upper, &seed).await, 0);
    register(&simulator, account().with_options(json!({ "family": 2 })));
    assert_eq!(tries("send2", &upper, &seed).await, 1);
    assert_eq!(tries("send2", &lower, &lower_seed).await, 0);
    assert_eq!(tries("send", HASH, "").await, 0);
    let (elsewhere, utc) = seeded(true, time::UtcOffset::UTC);
    assert_eq!(tries("send2", &elsewhere, &utc).await, 0, "the seed is local time");
    register(&simulator, account().with_options(json!({ "family": 2, "case": "lower" })));
    assert_eq!(tries("send2", &lower, &lower_seed).await, 1);
}

#[tokio::test]
async fn the_answers_format_is_asked_for() {
    let simulator = start_at(account()).await;
    let fields = [("aimcodes", "13800000001"), ("content", CONTENT)];
    let reply = call(&simulator, "send", &fields).await;
    assert_eq!(reply.text(), "1;发送成功!;1;0;1;60;1000;");
    let reply = call(&simulator, "send", &[&fields[..], &[("dataType", "xml")]].concat()).await;
    assert_eq!(reply.headers["content-type"], "text/xml;charset=utf-8");
    assert!(reply.text().contains("<SendSmsReply><replyCode>1</replyCode>"), "{}", reply.text());
    let url = format!("{}/msgpool/sdk/send", simulator.url());
    let fields = [&fields[..], &[("accName", KEY), ("accPwd", "wrong")]].concat();
    assert_eq!(Http::new().post_form(&url, &fields).await.text(), "0;密码错误;0;1;0;0;0;");
}

#[tokio::test]
async fn what_fails_is_told_in_words() {
    let simulator = start_at(account().with_options(json!({ "sign_place": "end" }))).await;
    let many = vec!["13800000001"; 5_001].join(",");
    for (fields, words) in [
        ([("aimcodes", "13800000001"), ("content", "【示例签名】验证码")], "签名未报备"),
        ([("aimcodes", "13800000001"), ("content", "")], "短信内容不能为空"),
        ([("aimcodes", ""), ("content", CONTENT)], "号码不能为空"),
        ([("aimcodes", "123"), ("content", CONTENT)], "号码错误"),
        ([("aimcodes", &many), ("content", CONTENT)], "号码个数超过限制"),
    ] {
        let answer = call(&simulator, "send", &[&fields[..], &[("dataType", "json")]].concat()).await.json();
        assert_eq!((&answer["replyCode"], &answer["replyMsg"]), (&json!(0), &json!(words)));
    }
    for (name, value) in
        [("msgId", "msg-0001"), ("msgId", "1234567890123456"), ("extNo", "1234567"), ("schTime", "soon")]
    {
        assert_eq!(send(&simulator, "13800000001", &[(name, value)]).await["replyCode"], 0, "{name} {value}");
    }
    break_at(&simulator, KEY, json!({ "error": { "code": "余额不足" } }));
    assert_eq!(send(&simulator, "13800000001", &[]).await["replyMsg"], "余额不足");
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (0, 10));
}

#[tokio::test]
async fn failed_numbers_are_only_counted() {
    let simulator = start_at(account()).await;
    break_at(&simulator, KEY, json!({ "text_error": { "code": "x", "positions": [2] } }));
    let answer = send(&simulator, "13800000001,123,13800000003", &[]).await;
    assert_eq!((&answer["replyCode"], &answer["succeedNum"], &answer["failedNum"]), (&json!(1), &json!(1), &json!(2)));
}

#[tokio::test]
async fn receipts_need_a_reference_and_are_told_once() {
    let simulator = start_at(account()).await;
    break_at(&simulator, KEY, json!({ "receipts": { "fail_share": 1.0, "numbers": ["13800000002"] } }));
    send(&simulator, "13800000001,13800000002", &[("msgId", "170416464500001")]).await;
    send(&simulator, "13800000003", &[]).await;
    assert_eq!(simulator.summary().receipts_waiting, 2);
    let asking = async {
        loop {
            let reply = call(&simulator, "qryReport", &[]).await;
            if !reply.text().is_empty() {
                return reply;
            }
        }
    };
    let reply = tokio::time::timeout(PATIENCE, asking).await.expect("they become due");
    assert_eq!(reply.text(), "170416464500001,13800000001,1;170416464500001,13800000002,0;");
    assert_eq!(call(&simulator, "qryReport", &[]).await.text(), "");
}

#[tokio::test]
async fn unknown_references_are_digits_too() {
    let simulator = start_at(account()).await;
    break_at(&simulator, KEY, json!({ "receipts": { "unknown_ids": true, "early": true } }));
    send(&simulator, "13800000001", &[("msgId", "170416464500001")]).await;
    let reply = call(&simulator, "qryReport", &[]).await;
    let (reference, rest) = reply.text().split_once(',').expect("a receipt");
    assert!(reference.len() == 15 && reference != "170416464500001" && reference.parse::<u64>().is_ok(), "{reference}");
    assert_eq!(rest, "13800000001,1;");
}

#[tokio::test]
async fn inbound_texts_and_the_balance_are_told() {
    let simulator = start_at(account().with_balance("12882680")).await;
    write_in(&simulator, KEY, "T");
    write_in(&simulator, KEY, "退订");
    let reply = call(&simulator, "receiveSms", &[]).await;
    let records: Vec<Vec<&str>> = reply.text().split("####").map(|record| record.split("$$$$").collect()).collect();
    assert_eq!(records.len(), 2);
    assert_eq!(records[1][..3], ["示例签名", "13800000001", "退订"]);
    let answer = call(&simulator, "qryBalance", &[("dataType", "json")]).await.json();
    assert_eq!((&answer["replyCode"], &answer["balance"]), (&json!(1), &json!("12882680")));
}
