//! Montnets: authentication here, sends and receipts beside it. The client signs with code of its own.

mod receipts;
mod sends;

use std::sync::Arc;

use md5::{Digest, Md5};
use provider_simulator::{Account, Provider, Simulator};
use serde_json::{Value, json};
use sha2::Sha256;
use time::OffsetDateTime;
use time::macros::{format_description, offset};

use crate::everywhere::{Scene, Sending};
use crate::support::{Http, Reply, form, register, start_at};

const KEY: &str = "J10003";
const SECRET: &str = "111111";
/// 验证码：6666
const CONTENT: &str = "%E9%AA%8C%E8%AF%81%E7%A0%81%EF%BC%9A6666";

fn account() -> Account {
    Account::new(Provider::Montnets, KEY, SECRET)
}

fn timestamp() -> String {
    let form = format_description!("[month][day][hour][minute][second]");
    OffsetDateTime::now_utc().to_offset(offset!(+8)).format(form).expect("a date")
}

fn md5(secret: &str, timestamp: &str) -> String {
    hex::encode(Md5::digest(format!("J1000300000000{secret}{timestamp}")))
}

/// A call in JSON with the usual MD5.
async fn call(simulator: &Simulator, function: &str, fields: Value) -> Value {
    let timestamp = timestamp();
    call_as(
        simulator,
        function,
        json!({ "userid": KEY, "pwd": md5(SECRET, &timestamp), "timestamp": timestamp }),
        fields,
    )
    .await
    .json()
}

async fn call_as(simulator: &Simulator, function: &str, who: Value, mut fields: Value) -> Reply {
    let all = fields.as_object_mut().expect("an object");
    all.extend(who.as_object().expect("an object").clone());
    Http::new().post_json(&url(simulator, function), &fields).await
}

fn url(simulator: &Simulator, function: &str) -> String {
    format!("{}/sms/v2/std/{function}", simulator.url())
}

fn usual() -> Value {
    json!({ "mobile": "13800000001", "content": CONTENT, "custid": "msg-0001" })
}

pub fn scene() -> Scene {
    let send = |simulator: Arc<Simulator>| -> Sending {
        Box::pin(async move {
            let timestamp = timestamp();
            let who = json!({ "userid": KEY, "pwd": md5(SECRET, &timestamp), "timestamp": timestamp });
            call_as(&simulator, "send_single", who, usual()).await
        })
    };
    Scene { account: account(), send, error: ("-100003", r#""result":-100003"#) }
}

#[tokio::test]
async fn an_account_takes_one_way_to_prove_itself() {
    let simulator = start_at(account()).await;
    let now = timestamp();
    let sha256 = hex::encode(Sha256::digest(format!("J1000300000000{SECRET}{now}")));
    let ways = [
        ("md5", json!({ "userid": KEY, "pwd": md5(SECRET, &now), "timestamp": now })),
        ("sha256", json!({ "userid": KEY, "pwd": sha256, "timestamp": now })),
        ("plain", json!({ "userid": KEY, "pwd": SECRET })),
        ("apikey", json!({ "apikey": SECRET })),
    ];
    for (auth, _) in &ways {
        register(&simulator, account().with_options(json!({ "auth": auth })));
        for (tried, who) in &ways {
            let reply = call_as(&simulator, "send_single", who.clone(), usual()).await;
            let expected = if tried == auth { 0 } else { -100_001 };
            assert_eq!((reply.status, &reply.json()["result"]), (200, &json!(expected)), "{tried} at {auth}");
        }
    }
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (4, 12));
}

#[tokio::test]
async fn credentials_are_checked() {
    let simulator = start_at(account()).await;
    let now = timestamp();
    let elsewhere =
        OffsetDateTime::now_utc().format(format_description!("[month][day][hour][minute][second]")).expect("a date");
    for who in [
        json!({}),
        json!({ "userid": "J10004", "pwd": md5(SECRET, &now), "timestamp": now }),
        json!({ "userid": KEY, "pwd": md5("guessed", &now), "timestamp": now }),
        json!({ "userid": KEY, "pwd": md5(SECRET, &elsewhere), "timestamp": elsewhere }),
        json!({ "userid": KEY, "pwd": md5(SECRET, "now"), "timestamp": "now" }),
        json!({ "apikey": "guessed" }),
    ] {
        let answer = call_as(&simulator, "send_single", who.clone(), usual()).await.json();
        assert_eq!(answer["result"], -100_001, "{who}");
        assert_eq!((&answer["msgid"], &answer["custid"]), (&json!(0), &json!("")));
        assert!(answer["desc"].as_str().is_some_and(|desc| desc.starts_with("%BC%F8%C8%A8")), "GBK: {answer}");
    }
}

#[tokio::test]
async fn an_answer_has_the_format_of_its_request() {
    let simulator = start_at(account().with_options(json!({ "auth": "plain" }))).await;
    let fields =
        [("userid", KEY), ("pwd", SECRET), ("mobile", "13800000001"), ("content", CONTENT), ("custid", "msg-0001")];
    let reply = Http::new().post_form(&url(&simulator, "send_single"), &fields).await;
    assert!(reply.text().starts_with("result=0&") || reply.text().contains("&result=0"), "{}", reply.text());
    assert_eq!(simulator.texts("13800000001")[0].text.as_deref(), Some("验证码：6666"));
    let query = format!("{}?{}", url(&simulator, "send_single"), form(&fields));
    assert!(Http::new().get(&query, &[]).await.text().contains("custid=msg-0001"));
    let reply = Http::new().post(&url(&simulator, "send_single"), &[("content-type", "text/xml")], "<mtreq/>").await;
    assert_eq!(reply.json()["result"], -100_100);
}
