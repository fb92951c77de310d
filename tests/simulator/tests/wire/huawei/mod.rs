//! Huawei: authentication here, sends and receipts beside it. The client signs with code of its own.

mod receipts;
mod sends;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use provider_simulator::{Account, Provider, Simulator};
use serde_json::json;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::everywhere::{Scene, Sending};
use crate::support::{Http, Reply, form, fresh, register, start_at};

const KEY: &str = "appkeyEXAMPLE0001";
const SECRET: &str = "appsecretEXAMPLE0001";
const TEMPLATE: &str = "00000000000000000000000000000000";
const FORM: &str = "application/x-www-form-urlencoded";

fn account() -> Account {
    Account::new(Provider::Huawei, KEY, SECRET)
}

/// Sends the usual text, with the header `X-WSSE` of the usual app.
async fn send(simulator: &Simulator, fields: &[(&str, &str)]) -> Reply {
    post(simulator, "/sms/batchSendSms/v1", FORM, form(fields), &wsse(KEY, SECRET, true)).await
}

async fn post(simulator: &Simulator, path: &str, content_type: &str, body: String, wsse: &str) -> Reply {
    let authorization = r#"WSSE realm="SDP",profile="UsernameToken",type="Appkey""#;
    let headers = [("content-type", content_type), ("authorization", authorization), ("x-wsse", wsse)];
    Http::new().post(&format!("{}{path}", simulator.url()), &headers, body).await
}

fn usual(to: &str) -> Vec<(&str, &str)> {
    vec![("from", "8820000000000"), ("to", to), ("templateId", TEMPLATE), ("templateParas", r#"["369751"]"#)]
}

fn wsse(key: &str, secret: &str, is_hex: bool) -> String {
    let created = now(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"));
    wsse_at(key, secret, is_hex, &created, &fresh())
}

fn wsse_at(key: &str, secret: &str, is_hex: bool, created: &str, nonce: &str) -> String {
    let hash = Sha256::digest(format!("{nonce}{created}{secret}"));
    let digest = if is_hex { STANDARD.encode(hex::encode(hash)) } else { STANDARD.encode(hash) };
    format!(r#"UsernameToken Username="{key}",PasswordDigest="{digest}",Nonce="{nonce}",Created="{created}""#)
}

fn now(form: &[time::format_description::BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::now_utc().format(form).expect("a date")
}

/// The MAC of a request whose lines are given.
fn sdk_mac(date: &str, canonical: &str) -> String {
    let string = format!("SDK-HMAC-SHA256\n{date}\n{}", hex::encode(Sha256::digest(canonical)));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(string.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

pub fn scene() -> Scene {
    let send = |simulator: Arc<Simulator>| -> Sending {
        Box::pin(async move { send(&simulator, &usual("+8613800000001")).await })
    };
    Scene { account: account(), send, error: ("E000629", r#""code":"E000629""#) }
}

#[tokio::test]
async fn an_account_takes_one_form_of_the_digest() {
    let simulator = start_at(account()).await;
    let code = async |is_hex| {
        let header = wsse(KEY, SECRET, is_hex);
        let reply = post(&simulator, "/sms/batchSendSms/v1", FORM, form(&usual("+8613800000001")), &header).await;
        (reply.status, reply.json()["code"].as_str().expect("a code").to_owned())
    };
    assert_eq!(code(true).await, (200, "000000".to_owned()));
    assert_eq!(code(false).await, (401, "E000105".to_owned()));
    register(&simulator, account().with_options(json!({ "digest": "raw" })));
    assert_eq!(code(false).await, (200, "000000".to_owned()));
    assert_eq!(code(true).await, (401, "E000105".to_owned()));
    register(&simulator, account().with_options(json!({ "auth": "sdk" })));
    assert_eq!(code(true).await, (401, "E000101".to_owned()));
}

#[tokio::test]
async fn the_headers_are_checked_part_by_part() {
    let simulator = start_at(account()).await;
    let created = now(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"));
    let nonce = fresh();
    let good = || wsse(KEY, SECRET, true);
    for (header, status, code) in [
        (wsse("nobody", SECRET, true), 401, "E000102"),
        (wsse(KEY, "guessed", true), 401, "E000105"),
        (wsse_at(KEY, SECRET, true, "2024-01-02T03:04:05Z", &fresh()), 401, "E000110"),
        (wsse_at(KEY, SECRET, true, "2024-01-02 03:04:05", &fresh()), 400, "E000025"),
        (good().replace("UsernameToken", "Token"), 400, "E000026"),
        (good().replace("Nonce=", "Once="), 400, "E000022"),
        (wsse_at(KEY, SECRET, true, &created, &nonce), 200, "000000"),
        (wsse_at(KEY, SECRET, true, &created, &nonce), 401, "E000101"),
    ] {
        let reply = post(&simulator, "/sms/batchSendSms/v1", FORM, form(&usual("+8613800000001")), &header).await;
        assert_eq!((reply.status, reply.json()["code"].as_str()), (status, Some(code)), "{header}");
    }
    assert_eq!(simulator.summary().texts, 1);
}

#[tokio::test]
async fn a_request_may_be_signed_instead() {
    let simulator = start_at(account().with_options(json!({ "auth": "sdk" }))).await;
    let date = now(format_description!("[year][month][day]T[hour][minute][second]Z"));
    let host = simulator.url().trim_start_matches("http://").to_owned();
    let names = "content-type;host;x-sdk-content-sha256;x-sdk-date";
    let canonical = format!(
        "POST\n/sms/batchSendSms/v1/\n\ncontent-type:{FORM}\nhost:{host}\nx-sdk-content-sha256:UNSIGNED-PAYLOAD\n\
         x-sdk-date:{date}\n\n{names}\nUNSIGNED-PAYLOAD"
    );
    let good = sdk_mac(&date, &canonical);
    for (mac, status, code) in [(good.as_str(), 200, "000000"), ("00", 400, "E000045")] {
        let authorization = format!("SDK-HMAC-SHA256 Access={KEY}, SignedHeaders={names}, Signature={mac}");
        let headers = [
            ("content-type", FORM),
            ("x-sdk-content-sha256", "UNSIGNED-PAYLOAD"),
            ("x-sdk-date", date.as_str()),
            ("authorization", authorization.as_str()),
        ];
        let url = format!("{}/sms/batchSendSms/v1", simulator.url());
        let reply = Http::new().post(&url, &headers, form(&usual("+8613800000001"))).await;
        assert_eq!((reply.status, reply.json()["code"].as_str()), (status, Some(code)));
    }
}

#[tokio::test]
async fn wrong_options_are_named() {
    let simulator = start_at(account()).await;
    let error = simulator.register(account().with_options(json!({ "digset": "raw" }))).expect_err("a mistake");
    assert!(format!("{error:#}").contains("unknown field `digset`"), "{error:#}");
}
