//! Twilio. Signatures are checked with code of the tests' own.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use provider_simulator::{Account, Provider, Simulator};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::everywhere::{Scene, Sending};
use crate::support::{Http, Listener, PATIENCE, Pushed, Reply, break_at, form, register, start_at, write_in};

const KEY: &str = "AC00000000000000000000000000000001";
const SECRET: &str = "twilioAuthTokenExample";
const SERVICE: &str = "MG00000000000000000000000000000001";

fn account() -> Account {
    Account::new(Provider::Twilio, KEY, SECRET)
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn url(simulator: &Simulator, resource: &str) -> String {
    format!("{}/2010-04-01/Accounts/{KEY}/{resource}", simulator.url())
}

async fn send_as(simulator: &Simulator, authorization: &str, fields: &[(&str, &str)]) -> Reply {
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("authorization", authorization)];
    Http::new().post(&url(simulator, "Messages.json"), &headers, form(fields)).await
}

async fn send(simulator: &Simulator, more: &[(&str, &str)]) -> Reply {
    send_as(simulator, &basic(KEY, SECRET), &[&usual(), more].concat()).await
}

async fn get(simulator: &Simulator, resource: &str) -> Reply {
    Http::new().get(&url(simulator, resource), &[("authorization", &basic(KEY, SECRET))]).await
}

fn usual() -> [(&'static str, &'static str); 3] {
    [("To", "+8613800000001"), ("From", "+15550000001"), ("Body", "您的验证码是 369751")]
}

/// What the header should be.
fn signature(listener: &Listener, pushed: &Pushed) -> String {
    let mut fields: Vec<(String, String)> = form_urlencoded::parse(&pushed.body).into_owned().collect();
    fields.sort();
    let string: String = fields.into_iter().map(|(name, value)| name + &value).collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(format!("{}{string}", listener.url).as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

pub fn scene() -> Scene {
    let send = |simulator: Arc<Simulator>| -> Sending { Box::pin(async move { send(&simulator, &[]).await }) };
    Scene { account: account(), send, error: ("21610", r#""code":21610"#) }
}

#[tokio::test]
async fn a_good_send_is_taken_and_remembered() {
    let simulator = start_at(account()).await;
    let reply = send(&simulator, &[("ValidityPeriod", "600")]).await;
    let answer = reply.json();
    assert_eq!((reply.status, &answer["status"], &answer["num_segments"]), (201, &json!("queued"), &json!("1")));
    assert_eq!(
        (&answer["account_sid"], &answer["to"], &answer["from"]),
        (&json!(KEY), &json!("+8613800000001"), &json!("+15550000001"))
    );
    assert!(answer["sid"].as_str().is_some_and(|sid| sid.len() == 34 && sid.starts_with("SM")), "{answer}");
    let text = &simulator.texts("13800000001")[0];
    assert_eq!((text.text.as_deref(), text.sender.as_deref()), (Some("您的验证码是 369751"), Some("+15550000001")));
    assert_eq!((json!(text.biz_id), text.extra.as_deref(), text.answered), (answer["sid"].clone(), Some("600"), true));
}

#[tokio::test]
async fn either_credentials_will_do() {
    let api_key = json!({ "api_key": { "sid": "SK0001", "secret": "keySecretExample" } });
    let simulator = start_at(account().with_options(api_key)).await;
    for (user, password, status) in [
        (KEY, SECRET, 201),
        ("SK0001", "keySecretExample", 201),
        (KEY, "keySecretExample", 401),
        ("SK0001", SECRET, 401),
    ] {
        assert_eq!(send_as(&simulator, &basic(user, password), &usual()).await.status, status, "{user} {password}");
    }
    register(&simulator, account());
    let reply = send_as(&simulator, &basic("SK0001", "keySecretExample"), &usual()).await;
    assert_eq!((reply.status, &reply.json()["code"], &reply.json()["status"]), (401, &json!(20_003), &json!(401)));
}

#[tokio::test]
async fn parameters_are_validated() {
    let simulator = start_at(account().with_options(json!({ "senders": ["+15550000001", "Example"] }))).await;
    let long = "a".repeat(1_601);
    let with = |name: &'static str, value: &str| {
        let mut fields: Vec<(&str, String)> = usual().map(|(name, value)| (name, value.to_owned())).to_vec();
        fields.retain(|(found, _)| *found != name);
        fields.push((name, value.to_owned()));
        fields
    };
    for (fields, code) in [
        (with("To", "13800000001"), 21_211),
        (with("To", ""), 21_211),
        (with("From", ""), 21_603),
        (with("From", "+15550000002"), 21_606),
        (with("MessagingServiceSid", "MG1"), 21_606),
        (with("Body", ""), 21_602),
        (with("Body", &long), 21_617),
        (with("StatusCallback", "gw.example.com"), 21_609),
        (with("ValidityPeriod", "36001"), 21_624),
    ] {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = send_as(&simulator, &basic(KEY, SECRET), &fields).await;
        let expected = format!("https://www.twilio.com/docs/errors/{code}");
        assert_eq!(
            (reply.status, &reply.json()["code"], &reply.json()["more_info"]),
            (400, &json!(code), &json!(expected))
        );
    }
    break_at(&simulator, KEY, json!({ "error": { "code": "20429" } }));
    assert_eq!(send(&simulator, &[]).await.status, 429);
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (0, 10));
}

#[tokio::test]
async fn a_service_accepts_and_segments_follow_the_alphabet() {
    let simulator = start_at(account()).await;
    let send = async |body: &str| {
        let fields = [("To", "+8613800000001"), ("MessagingServiceSid", SERVICE), ("Body", body)];
        send_as(&simulator, &basic(KEY, SECRET), &fields).await.json()
    };
    let answer = send(&"a".repeat(161)).await;
    assert_eq!(
        (&answer["status"], &answer["num_segments"], &answer["from"]),
        (&json!("accepted"), &json!("2"), &Value::Null)
    );
    assert_eq!(send(&"a".repeat(160)).await["num_segments"], "1");
    assert_eq!(send(&"验".repeat(71)).await["num_segments"], "2");
}

#[tokio::test]
async fn a_status_goes_where_the_request_says_and_is_signed() {
    let (simulator, listener) = (start_at(account()).await, Listener::start().await);
    let faults = json!({ "receipts": { "fail_share": 1.0, "err_code": "30005", "progress": ["sent"] } });
    break_at(&simulator, KEY, faults);
    let answer = send(&simulator, &[("StatusCallback", &listener.url)]).await.json();
    let pushes = listener.pushes(2).await;
    let told = |pushed: &Pushed| ["MessageStatus", "ErrorCode"].map(|name| pushed.field(name));
    let mut seen: Vec<_> = pushes.iter().map(told).collect();
    seen.sort();
    assert_eq!(seen, [[Some("sent".to_owned()), None], [Some("undelivered".to_owned()), Some("30005".to_owned())]]);
    for pushed in &pushes {
        assert_eq!(
            (json!(pushed.field("MessageSid")), pushed.field("AccountSid").as_deref()),
            (answer["sid"].clone(), Some(KEY))
        );
        assert_eq!(pushed.header("x-twilio-signature"), signature(&listener, pushed));
    }
    simulator.wait_until(|summary| summary.receipts_pushed == 2, PATIENCE).await.expect("acknowledged");
}

#[tokio::test]
async fn an_inbound_text_is_signed_too() {
    let listener = Listener::start().await;
    let simulator = start_at(account().with_callback(&listener.url)).await;
    write_in(&simulator, KEY, "T");
    let pushed = &listener.pushes(1).await[0];
    let told = ["From", "To", "Body", "NumMedia"].map(|name| pushed.field(name).unwrap_or_default());
    assert_eq!(told, ["+8613800000001", "+15550000001", "T", "0"]);
    assert_eq!(pushed.header("x-twilio-signature"), signature(&listener, pushed));
}

#[tokio::test]
async fn a_message_may_be_fetched() {
    let simulator = start_at(account()).await;
    break_at(&simulator, KEY, json!({ "receipts": { "late_ms": 60_000 } }));
    let sid = |reply: Reply| reply.json()["sid"].as_str().expect("a SID").to_owned();
    let waiting = sid(send(&simulator, &[]).await);
    break_at(&simulator, KEY, json!({ "receipts": { "fail_share": 1.0, "err_code": "failed" } }));
    let failed = sid(send(&simulator, &[]).await);
    let asking = async {
        loop {
            let message = get(&simulator, &format!("Messages/{failed}.json")).await.json();
            if message["status"] != "sent" {
                return message;
            }
        }
    };
    let message = tokio::time::timeout(PATIENCE, asking).await.expect("it becomes known");
    assert_eq!((&message["status"], &message["error_code"]), (&json!("failed"), &json!(30_008)));
    assert_eq!((&message["sid"], &message["body"]), (&json!(failed), &json!("您的验证码是 369751")));
    let message = get(&simulator, &format!("Messages/{waiting}.json")).await.json();
    assert_eq!((&message["status"], &message["error_code"]), (&json!("sent"), &Value::Null));
    let reply = get(&simulator, "Messages/SM00000000000000000000000000000001.json").await;
    assert_eq!((reply.status, &reply.json()["code"]), (404, &json!(20_404)));
    assert_eq!(get(&simulator, "Calls.json").await.status, 404);
}

#[tokio::test]
async fn the_balance_is_what_the_test_says() {
    let simulator = start_at(account().with_balance("12.34")).await;
    let expected = json!({ "account_sid": KEY, "balance": "12.34", "currency": "USD" });
    assert_eq!(get(&simulator, "Balance.json").await.json(), expected);
}
