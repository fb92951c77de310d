//! JD Cloud. The client signs with code of its own.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use provider_simulator::{Account, Provider, Simulator};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::{format_description, offset};

use crate::everywhere::{Scene, Sending};
use crate::support::{Http, PATIENCE, Reply, break_at, fresh, register, start_at, write_in};

const KEY: &str = "JDAKexample0001";
const SECRET: &str = "JDSKexample0001";
const TEMPLATE: &str = "mb_00000000000000000000000000000000";
const SIGN: &str = "qm_00000000000000000000000000000000";

fn account() -> Account {
    Account::new(Provider::Jdcloud, KEY, SECRET)
}

/// How a request is signed.
struct Signed<'s> {
    secret: &'s str,
    version: u8,
    date: Option<&'s str>,
    nonce: Option<&'s str>,
    region: &'s str,
}

impl Default for Signed<'_> {
    fn default() -> Self {
        Self { secret: SECRET, version: 2, date: None, nonce: None, region: "cn-north-1" }
    }
}

impl Signed<'_> {
    async fn call(&self, simulator: &Simulator, operation: &str, body: &Value) -> Reply {
        let now = OffsetDateTime::now_utc().format(format_description!("[year][month][day]T[hour][minute][second]Z"));
        let date = self.date.map_or_else(|| now.expect("a date"), str::to_owned);
        let nonce = self.nonce.map_or_else(fresh, str::to_owned);
        let (host, body) = (simulator.url().trim_start_matches("http://").to_owned(), body.to_string());
        let path = format!("/v1/regions/{}/{operation}", self.region);
        let (algorithm, end) =
            (format!("JDCLOUD{}-HMAC-SHA256", self.version), format!("jdcloud{}_request", self.version));
        let headers = [
            ("content-type", "application/json"),
            ("host", host.as_str()),
            ("x-jdcloud-date", date.as_str()),
            ("x-jdcloud-nonce", nonce.as_str()),
        ];
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let names = headers.map(|(name, _)| name).join(";");
        let canonical = format!("POST\n{path}\n\n{lines}\n{names}\n{}", hex::encode(Sha256::digest(&body)));
        let scope = [&date[..8], self.region, "sms", &end];
        let string = format!("{algorithm}\n{date}\n{}\n{}", scope.join("/"), hex::encode(Sha256::digest(canonical)));
        let key = format!("JDCLOUD{}{}", self.version, self.secret).into_bytes();
        let key = scope.iter().fold(key, |key, part| hmac(&key, part));
        let mac = hex::encode(hmac(&key, &string));
        let authorization =
            format!("{algorithm} Credential={KEY}/{}, SignedHeaders={names}, Signature={mac}", scope.join("/"));
        let headers = [headers.as_slice(), &[("authorization", authorization.as_str())]].concat();
        Http::new().post(&format!("{}{path}", simulator.url()), &headers, body).await
    }
}

fn hmac(key: &[u8], data: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key");
    mac.update(data.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

async fn call(simulator: &Simulator, operation: &str, body: Value) -> Value {
    Signed::default().call(simulator, operation, &body).await.json()
}

fn usual() -> Value {
    json!({ "templateId": TEMPLATE, "signId": SIGN, "phoneList": ["13800000001", "13800000002"], "params": ["369751", "5"] })
}

fn today() -> String {
    let today = OffsetDateTime::now_utc().to_offset(offset!(+8));
    today.format(format_description!("[year]-[month]-[day]")).expect("a day")
}

pub fn scene() -> Scene {
    let send = |simulator: Arc<Simulator>| -> Sending {
        Box::pin(async move {
            let mut body = usual();
            body["phoneList"] = json!(["13800000001"]);
            Signed::default().call(&simulator, "batchSend", &body).await
        })
    };
    Scene { account: account(), send, error: ("11572106", r#""code":11572106"#) }
}

#[tokio::test]
async fn a_good_send_is_taken_and_remembered() {
    let simulator = start_at(account()).await;
    let answer = call(&simulator, "batchSend", usual()).await;
    assert_eq!((&answer["result"]["status"], &answer["result"]["code"]), (&json!(true), &json!("200")));
    assert!(answer["requestId"].as_str().is_some_and(|id| id.len() == 32), "{answer}");
    let text = &simulator.texts("13800000002")[0];
    assert_eq!(
        (text.template.as_str(), text.sign_name.as_str(), &text.params),
        (TEMPLATE, SIGN, &json!(["369751", "5"]))
    );
    assert_eq!(json!(text.biz_id), answer["result"]["data"]["sequenceNumber"]);
}

#[tokio::test]
async fn an_account_takes_one_version() {
    let simulator = start_at(account()).await;
    for accepted in [2, 3] {
        register(&simulator, account().with_options(json!({ "signature": accepted })));
        for version in [2, 3] {
            let reply = Signed { version, ..Signed::default() }.call(&simulator, "batchSend", &usual()).await;
            assert_eq!(reply.status, if version == accepted { 200 } else { 401 }, "{version} at {accepted}");
        }
    }
    let error = simulator.register(account().with_options(json!({ "signature": 4 }))).expect_err("a mistake");
    assert!(format!("{error:#}").contains("signature is 4; 2 and 3 are possible"), "{error:#}");
}

#[tokio::test]
async fn credentials_are_checked() {
    let simulator = start_at(account()).await;
    let nonce = fresh();
    let (once, twice) =
        (Signed { nonce: Some(&nonce), ..Signed::default() }, Signed { nonce: Some(&nonce), ..Signed::default() });
    for (signed, status, code) in [
        (Signed { secret: "guessed", ..Signed::default() }, 401, json!("UNAUTHENTICATED")),
        (Signed { date: Some("20240102T030405Z"), ..Signed::default() }, 401, json!("UNAUTHENTICATED")),
        (Signed { region: "cn-south-1", ..Signed::default() }, 404, json!("NOT_FOUND")),
        (once, 200, Value::Null),
        (twice, 401, json!("UNAUTHENTICATED")),
    ] {
        let reply = signed.call(&simulator, "batchSend", &usual()).await;
        assert_eq!((reply.status, &reply.json()["error"]["status"]), (status, &code));
    }
}

#[tokio::test]
async fn parameters_are_validated() {
    let simulator = start_at(account().with_options(json!({ "templates": { TEMPLATE: "码${1}，${2}分" } }))).await;
    let with = |name: &str, value: Value| {
        let mut body = usual();
        body[name] = value;
        body
    };
    for body in [
        with("templateId", json!("SMS_1")),
        with("templateId", json!("mb_1")),
        with("signId", json!("示例")),
        with("phoneList", json!([])),
        with("phoneList", json!(vec!["13800000001"; 101])),
        with("phoneList", json!(["+8613800000001"])),
        with("phoneList", json!("13800000001")),
        with("params", json!(["1"])),
        with("params", json!([1, 2])),
    ] {
        let reply = Signed::default().call(&simulator, "batchSend", &body).await;
        let error = &reply.json()["error"];
        assert_eq!(
            (reply.status, &error["code"], &error["status"]),
            (400, &json!(400), &json!("INVALID_ARGUMENT")),
            "{body}"
        );
    }
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (0, 9));
}

#[tokio::test]
async fn faults_wear_the_providers_shape() {
    let simulator = start_at(account()).await;
    break_at(&simulator, KEY, json!({ "error": { "code": "11572106", "message": "套餐包已用完" } }));
    let answer = call(&simulator, "batchSend", usual()).await;
    assert_eq!(
        answer["result"],
        json!({ "code": 11_572_106, "message": "套餐包已用完", "status": false, "data": null })
    );
    break_at(&simulator, KEY, json!({ "error": { "code": "UNAVAILABLE" } }));
    let reply = Signed::default().call(&simulator, "batchSend", &usual()).await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (503, &json!(503)));
}

#[tokio::test]
async fn a_status_is_asked_by_sequence_number() {
    let simulator = start_at(account()).await;
    break_at(&simulator, KEY, json!({ "receipts": { "late_ms": 60_000 } }));
    let waiting = call(&simulator, "batchSend", usual()).await["result"]["data"]["sequenceNumber"].clone();
    break_at(
        &simulator,
        KEY,
        json!({ "receipts": { "fail_share": 1.0, "err_code": "MK:0001", "numbers": ["13800000002"] } }),
    );
    let known = call(&simulator, "batchSend", usual()).await["result"]["data"]["sequenceNumber"].clone();
    let asking = async {
        loop {
            let answer = call(&simulator, "statusReport", json!({ "sequenceNumber": known })).await;
            let rows = answer["result"]["data"].as_array().expect("rows").clone();
            if rows[0]["code"] != "" {
                return rows;
            }
        }
    };
    let rows = tokio::time::timeout(PATIENCE, asking).await.expect("it becomes known");
    let told = |row: &Value| json!([row["phoneNum"], row["code"], row["status"], row["splitNum"]]);
    assert_eq!(told(&rows[0]), json!(["13800000001", "DELIVRD", 1, 1]));
    assert_eq!(told(&rows[1]), json!(["13800000002", "MK:0001", 2, 1]));

    let question = json!({ "sequenceNumber": waiting, "phoneList": ["13800000002"] });
    let rows = call(&simulator, "statusReport", question).await["result"]["data"].clone();
    assert_eq!(
        (rows.as_array().map(Vec::len), &rows[0]["reportTime"], &rows[0]["status"]),
        (Some(1), &json!(""), &json!(0))
    );
    let stranger = call(&simulator, "statusReport", json!({ "sequenceNumber": "seq-0000000001" })).await;
    assert_eq!(stranger["result"]["data"], json!([]));
    assert_eq!(simulator.summary().receipts_waiting, 0, "none is ever pushed or queued");
}

#[tokio::test]
async fn inbound_texts_are_told_by_the_day() {
    let simulator = start_at(account()).await;
    write_in(&simulator, KEY, "T");
    let ask = async |app: &str, day: &str, numbers: Value| {
        let answer = call(&simulator, "reply", json!({ "appId": app, "dataDate": day, "phoneList": numbers })).await;
        answer["result"]["data"].as_array().expect("rows").len()
    };
    assert_eq!(ask("app0001", &today(), Value::Null).await, 1);
    assert_eq!(ask("app0001", &today(), json!(["13800000001"])).await, 1, "as often as one likes");
    assert_eq!(ask("app0001", &today(), json!(["13800000002"])).await, 0);
    assert_eq!(ask("app0001", "2024-01-02", Value::Null).await, 0);
    assert_eq!(ask("app0002", &today(), Value::Null).await, 0);
}

#[tokio::test]
async fn it_never_calls_back() {
    let simulator = start_at(account()).await;
    let mut pushed = account().with_callback("http://127.0.0.1:9/");
    simulator.register(pushed.clone()).expect("a URL does no harm");
    pushed.receipts.mode = Some(provider_simulator::ReceiptMode::Push);
    let error = simulator.register(pushed).expect_err("a mistake").to_string();
    assert_eq!(error, "Jdcloud pushes nothing; receipts.mode is pull");
}
