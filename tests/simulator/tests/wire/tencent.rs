//! Tencent. The client signs with code of its own.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use provider_simulator::{Account, Provider, Simulator};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::everywhere::{Scene, Sending};
use crate::support::{Http, Listener, PATIENCE, Reply, break_at, register, start_at, write_in};

const KEY: &str = "AKIDexample0001";
const SECRET: &str = "SKexample0001";
const APP: &str = "1400000000";

fn account() -> Account {
    Account::new(Provider::Tencent, KEY, SECRET)
}

async fn call(simulator: &Simulator, action: &str, body: Value) -> Value {
    call_as(simulator, (KEY, SECRET, 0), ("x-tc-version", "2021-01-11"), action, body).await
}

async fn call_as(
    simulator: &Simulator,
    who: (&str, &str, i64),
    version: (&str, &str),
    action: &str,
    body: Value,
) -> Value {
    let reply = post(simulator, who, version, action, body).await;
    assert_eq!(reply.status, 200, "always");
    let response = reply.json()["Response"].clone();
    assert!(response["RequestId"].is_string(), "{response}");
    response
}

/// A request that is signed by `key` and `secret` so many seconds from now.
async fn post(
    simulator: &Simulator,
    (key, secret, seconds): (&str, &str, i64),
    version: (&str, &str),
    action: &str,
    body: Value,
) -> Reply {
    let at = OffsetDateTime::now_utc() + time::Duration::seconds(seconds);
    let (timestamp, scope) = (at.unix_timestamp().to_string(), format!("{}/sms/tc3_request", at.date()));
    let (host, body) = (simulator.url().trim_start_matches("http://").to_owned(), body.to_string());
    let hash = |text: &str| hex::encode(Sha256::digest(text));
    let canonical =
        format!("POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n{}", hash(&body));
    let string = format!("TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{}", hash(&canonical));
    let key_of_day = scope.split('/').fold(format!("TC3{secret}").into_bytes(), |key, part| hmac(&key, part));
    let mac = hex::encode(hmac(&key_of_day, &string));
    let authorization =
        format!("TC3-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders=content-type;host, Signature={mac}");
    let headers = [
        ("content-type", "application/json"),
        ("x-tc-action", action),
        version,
        ("x-tc-region", "ap-guangzhou"),
        ("x-tc-timestamp", timestamp.as_str()),
        ("authorization", authorization.as_str()),
    ];
    Http::new().post(&format!("{}/", simulator.url()), &headers, body).await
}

fn hmac(key: &[u8], data: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key");
    mac.update(data.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn usual() -> Value {
    json!({ "PhoneNumberSet": ["+8613800000001", "+8613800000002"], "SmsSdkAppId": APP, "TemplateId": "000001",
        "SignName": "示例签名", "TemplateParamSet": ["369751", "5"], "SessionContext": "msg-0001" })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = usual();
    body[name] = value;
    body
}

pub fn scene() -> Scene {
    let send = |simulator: Arc<Simulator>| -> Sending {
        Box::pin(async move {
            let mut body = usual();
            body["PhoneNumberSet"] = json!(["+8613800000001"]);
            post(&simulator, (KEY, SECRET, 0), ("x-tc-version", "2021-01-11"), "SendSms", body).await
        })
    };
    Scene { account: account(), send, error: ("RequestLimitExceeded", r#""Code":"RequestLimitExceeded""#) }
}

#[tokio::test]
async fn a_good_send_is_taken_and_remembered() {
    let simulator = start_at(account()).await;
    let answer = call(&simulator, "SendSms", usual()).await;
    let second = &answer["SendStatusSet"][1];
    assert_eq!((&second["Code"], &second["PhoneNumber"]), (&json!("Ok"), &json!("+8613800000002")));
    assert_eq!(
        (&second["SessionContext"], &second["Fee"], &second["IsoCode"]),
        (&json!("msg-0001"), &json!(1), &json!("CN"))
    );
    let text = &simulator.texts("13800000002")[0];
    assert_eq!(json!(text.biz_id), second["SerialNo"]);
    assert_eq!(
        (text.template.as_str(), text.sign_name.as_str(), &text.params),
        ("000001", "示例签名", &json!(["369751", "5"]))
    );
    assert_eq!(text.out_id.as_deref(), Some("msg-0001"));
}

#[tokio::test]
async fn credentials_are_checked() {
    let simulator = start_at(account()).await;
    let version = ("x-tc-version", "2021-01-11");
    for (who, version, action, code) in [
        ((KEY, "guessed", 0), version, "SendSms", "AuthFailure.SignatureFailure"),
        (("nobody", SECRET, 0), version, "SendSms", "AuthFailure.SecretIdNotFound"),
        ((KEY, SECRET, -400), version, "SendSms", "AuthFailure.SignatureExpire"),
        ((KEY, SECRET, 0), ("x-tc-version", "2017-05-25"), "SendSms", "NoSuchVersion"),
        ((KEY, SECRET, 0), version, "SendEverything", "InvalidAction"),
    ] {
        let answer = call_as(&simulator, who, version, action, usual()).await;
        assert_eq!(answer["Error"]["Code"], code);
    }
    let reply = Http::new().post(&format!("{}/", simulator.url()), &[("x-tc-action", "SendSms")], "{}").await;
    assert_eq!(reply.json()["Response"]["Error"]["Code"], "AuthFailure.InvalidAuthorization");
    assert_eq!(simulator.summary().texts, 0);
}

#[tokio::test]
async fn parameters_are_validated() {
    let simulator = start_at(account()).await;
    for (body, code) in [
        (with("PhoneNumberSet", json!([])), "MissingParameter.EmptyPhoneNumberSet"),
        (with("PhoneNumberSet", json!(vec!["+8613800000001"; 201])), "LimitExceeded.PhoneNumberCountLimit"),
        (
            with("PhoneNumberSet", json!(["+8613800000001", "+15550000001"])),
            "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
        ),
        (with("SmsSdkAppId", json!("1400000001")), "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        (with("TemplateParamSet", json!([1])), "InvalidParameter"),
        (with("SessionContext", json!("x".repeat(513))), "InvalidParameterValue"),
    ] {
        assert_eq!(call(&simulator, "SendSms", body.clone()).await["Error"]["Code"], code, "{body}");
    }
    break_at(&simulator, KEY, json!({ "error": { "code": "RequestLimitExceeded" } }));
    assert_eq!(call(&simulator, "SendSms", usual()).await["Error"]["Code"], "RequestLimitExceeded");
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (0, 7));
}

#[tokio::test]
async fn each_number_has_a_code() {
    let simulator = start_at(account().with_options(json!({ "templates": { "000001": "码{1}，{2}分" } }))).await;
    let codes = async |body: Value| {
        let answer = call(&simulator, "SendSms", body).await;
        answer["SendStatusSet"].as_array().expect("a set").iter().map(|one| one["Code"].clone()).collect::<Value>()
    };
    let mismatch = "FailedOperation.TemplateParamSetNotMatchApprovedTemplate";
    assert_eq!(codes(with("TemplateParamSet", json!(["1"]))).await, json!([mismatch, mismatch]));
    let unsigned = "FailedOperation.MissingSignature";
    assert_eq!(codes(with("SignName", json!(""))).await, json!([unsigned, unsigned]));
    let bad = with("PhoneNumberSet", json!(["+8613800000001", "+86138x"]));
    assert_eq!(codes(bad).await, json!(["Ok", "InvalidParameterValue.IncorrectPhoneNumber"]));
    let limit = "LimitExceeded.PhoneNumberThirtySecondLimit";
    break_at(&simulator, KEY, json!({ "text_error": { "code": limit, "numbers": ["13800000001"] } }));
    assert_eq!(codes(usual()).await, json!([limit, "Ok"]));
    assert_eq!(simulator.summary().numbers, 2);
}

#[tokio::test]
async fn receipts_are_pushed_until_the_result_is_0() {
    let listener = Listener::answering(|nth, _| (200, json!({ "result": if nth == 0 { 1 } else { 0 } }).to_string()));
    let listener = listener.await;
    let simulator = start_at(account().with_callback(&listener.url).with_options(json!({ "ext": true }))).await;
    break_at(
        &simulator,
        KEY,
        json!({ "receipts": { "fail_share": 1.0, "err_code": "EXPIRED", "numbers": ["13800000002"] } }),
    );
    let sent = call(&simulator, "SendSms", usual()).await;
    let pushed = listener.pushes(2).await[1].json();
    let told =
        |row: &Value| ["sid", "mobile", "nationcode", "report_status", "errmsg", "ext"].map(|name| row[name].clone());
    let mut rows: Vec<_> = pushed.as_array().expect("an array").iter().map(told).collect();
    rows.sort_by_key(|row| row[1].to_string());
    let sid = |at: usize| sent["SendStatusSet"][at]["SerialNo"].clone();
    assert_eq!(json!(rows[0]), json!([sid(0), "13800000001", "86", "SUCCESS", "DELIVRD", "msg-0001"]));
    assert_eq!(json!(rows[1]), json!([sid(1), "13800000002", "86", "FAIL", "EXPIRED", "msg-0001"]));
    simulator.wait_until(|summary| summary.receipts_pushed == 2, PATIENCE).await.expect("acknowledged");
    write_in(&simulator, KEY, "T");
    let inbound = listener.pushes(3).await[2].json();
    assert_eq!(
        (&inbound["text"], &inbound["mobile"], &inbound["extend"]),
        (&json!("T"), &json!("13800000001"), &json!("01"))
    );
}

#[tokio::test]
async fn receipts_and_inbound_texts_may_be_pulled() {
    let simulator = start_at(account()).await;
    break_at(&simulator, KEY, json!({ "receipts": { "early": true } }));
    let sent = call(&simulator, "SendSms", usual()).await;
    let pull = || json!({ "Limit": 1, "SmsSdkAppId": APP });
    let first = call(&simulator, "PullSmsSendStatus", pull()).await["PullSmsSendStatusSet"].clone();
    assert_eq!(
        (&first[0]["SerialNo"], &first[0]["ReportStatus"]),
        (&sent["SendStatusSet"][0]["SerialNo"], &json!("SUCCESS"))
    );
    assert_eq!((&first[0]["CountryCode"], &first[0]["SubscriberNumber"]), (&json!("86"), &json!("13800000001")));
    let second = call(&simulator, "PullSmsSendStatus", pull()).await["PullSmsSendStatusSet"].clone();
    assert_eq!(second[0]["PhoneNumber"], "+8613800000002");
    assert_eq!(call(&simulator, "PullSmsSendStatus", pull()).await["PullSmsSendStatusSet"], json!([]));
    let too_many = call(&simulator, "PullSmsSendStatus", json!({ "Limit": 101, "SmsSdkAppId": APP })).await;
    assert_eq!(too_many["Error"]["Code"], "InvalidParameterValue");

    write_in(&simulator, KEY, "T");
    let replies = call(&simulator, "PullSmsReplyStatus", pull()).await["PullSmsReplyStatusSet"].clone();
    assert_eq!((&replies[0]["ReplyContent"], &replies[0]["ExtendCode"]), (&json!("T"), &json!("01")));
    assert_eq!(call(&simulator, "PullSmsReplyStatus", pull()).await["PullSmsReplyStatusSet"], json!([]));
}

#[tokio::test]
async fn one_numbers_texts_are_told_as_often_as_one_likes() {
    let simulator = start_at(account()).await;
    register(&simulator, account());
    let sent = call(&simulator, "SendSms", usual()).await;
    write_in(&simulator, KEY, "T");
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let question = |begin: i64| {
        json!({ "BeginTime": begin, "EndTime": now + 60, "Offset": 0, "Limit": 100, "PhoneNumber": "+8613800000001",
            "SmsSdkAppId": APP })
    };
    let asking = async {
        loop {
            let answer = call(&simulator, "PullSmsSendStatusByPhoneNumber", question(now - 60)).await;
            if answer["PullSmsSendStatusSet"] != json!([]) {
                return answer["PullSmsSendStatusSet"].clone();
            }
        }
    };
    let found = tokio::time::timeout(PATIENCE, asking).await.expect("it becomes known");
    assert_eq!(found[0]["SerialNo"], sent["SendStatusSet"][0]["SerialNo"]);
    for _ in 0..2 {
        let answer = call(&simulator, "PullSmsReplyStatusByPhoneNumber", question(now - 60)).await;
        assert_eq!(answer["PullSmsReplyStatusSet"][0]["ReplyContent"], "T");
    }
    let answer = call(&simulator, "PullSmsSendStatusByPhoneNumber", question(now - 8 * 86_400)).await;
    assert_eq!(answer["Error"]["Code"], "InvalidParameterValue");
}

#[tokio::test]
async fn the_package_is_what_the_test_says() {
    let simulator = start_at(account().with_balance("250")).await;
    let question =
        json!({ "SmsSdkAppId": APP, "Limit": 10, "Offset": 0, "BeginTime": "2024010200", "EndTime": "2024010300" });
    let package = call(&simulator, "SmsPackagesStatistics", question).await["SmsPackagesStatisticsSet"][0].clone();
    assert_eq!((&package["PackageAmount"], &package["CurrentUsage"]), (&json!(250), &json!(0)));
}
