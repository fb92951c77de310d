//! Sends against a scripted gateway: what leaves, and what becomes of each answer.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::http::Problem;
use jixinda_plugin_kit::samples::{batch, body, briefs, field, message};

use super::*;
use crate::testing::{account, gateway};

const OK: &str = r#"{"balance":"12882680","chargCount":1,"deduction":"60","failedNum":0,"replyCode":1,"replyMsg":"发送成功!","succeedNum":1}"#;

fn outcomes_over(gateway: &FakeGateway, settings: &str, messages: &[Message]) -> Vec<Outcome> {
    let account = account(settings);
    let client = Client::open(gateway, &account).unwrap_or_else(|_| panic!("opens"));
    let outcomes = send(&client, &batch(), messages);
    assert!(gateway.is_exhausted());
    outcomes
}

fn send_over(gateway: &FakeGateway, messages: &[Message]) -> Vec<String> {
    briefs(&outcomes_over(gateway, "", messages))
}

#[test]
fn one_message_is_the_sheets_form() {
    let gateway = gateway().answer(200, OK);
    let accepted = Accepted {
        upstream_id: None,
        segments: Some(1),
        price: Some(Amount { value: "0.060".into(), unit: "CNY".into() }),
    };
    let message = Message { serial: "170416464500001".into(), ..message(0) };
    assert_eq!(outcomes_over(&gateway, "", &[message]), [Outcome::Accepted(accepted)]);
    let request = &gateway.requests()[0];
    assert_eq!(request.url, "https://www.lx598.com/sdk/send");
    assert_eq!(
        body(request),
        "accName=acct01&accPwd=E10ADC3949BA59ABBE56E057F20F883E&aimcodes=13800000000&\
         content=%E9%AA%8C%E8%AF%81%E7%A0%81%EF%BC%9A6666%E3%80%90%E7%A4%BA%E4%BE%8B%E7%AD%BE%E5%90%8D%E3%80%91&\
         msgId=170416464500001&dataType=json"
    );
    assert_eq!(request.carries, Some(vec![0]));
}

#[test]
fn the_same_text_to_several_bears_the_calls_digits() {
    let gateway = gateway().answer(200, OK);
    let outcomes = outcomes_over(&gateway, r#","sign_name_place":"front","family":"2""#, &[message(0), message(1)]);
    assert_eq!(outcomes, [outcome::accepted(None), outcome::accepted(None)]);
    let request = &gateway.requests()[0];
    assert_eq!(request.url, "https://www.lx598.com/sdk/send2");
    assert_eq!(field(request, "aimcodes").as_deref(), Some("13800000000,13800000001"));
    assert_eq!(field(request, "msgId").as_deref(), Some("9000"));
    assert_eq!(field(request, "seed").as_deref(), Some("20240102110405"));
    assert!(field(request, "content").unwrap().starts_with("【示例签名】"));
}

#[test]
fn what_differs_is_never_mixed_nor_bears_the_same_digits() {
    let gateway = gateway().answer(200, OK).answer(200, OK).answer(200, OK);
    let other = Message { text: "other".into(), extension: Some("07".into()), ..message(1) };
    assert_eq!(send_over(&gateway, &[message(0), other, message(2)]), ["accepted"; 3]);
    let digits: Vec<_> = gateway.requests().iter().map(|request| field(request, "msgId").unwrap()).collect();
    assert_eq!(digits, ["0", "2", "1"]);
    assert_eq!(field(&gateway.requests()[2], "extNo").as_deref(), Some("07"));
}

#[test]
fn failures_among_several_are_nobodys() {
    let told = |code: u8, failed: u8, succeeded: u8, messages: &[Message]| {
        let body = format!(
            r#"{{"replyCode":"{code}","failedNum":"{failed}","succeedNum":{succeeded},"replyMsg":"余额不足"}}"#
        );
        send_over(&gateway().answer(200, &body), messages).remove(0)
    };
    assert_eq!(told(1, 1, 1, &[message(0), message(1)]), "uncertain");
    assert_eq!(told(1, 1, 0, &[message(0)]), "uncertain");
    assert_eq!(told(0, 1, 1, &[message(0), message(1)]), "uncertain");
    assert_eq!(told(0, 2, 0, &[message(0), message(1)]), "deferred NoBalance Account");
    assert_eq!(told(1, 0, 2, &[message(0), message(1)]), "accepted");
}

#[test]
fn half_answers_and_none() {
    for (status, answer, expected) in [
        (200, "", "uncertain"),
        (200, "1;发送成功!;61;0;61;3660;12024380;", "uncertain"),
        (200, r#"{"replyCode":7}"#, "uncertain"),
        (200, r#"{"replyMsg":"x"}"#, "uncertain"),
        (503, "busy", "uncertain"),
        (429, "", "deferred RateLimited Account 1000"),
    ] {
        assert_eq!(send_over(&gateway().answer(status, answer), &[message(0)]), [expected], "{answer}");
    }
    assert_eq!(send_over(&gateway().fail(Problem::Timeout, true), &[message(0)]), ["uncertain"]);
    assert_eq!(send_over(&gateway().fail(Problem::Connect, false), &[message(0)]), ["deferred Unreachable Account"]);
    let abroad = Message { recipient: "+6580000000".into(), ..message(0) };
    assert_eq!(send_over(&gateway(), &[abroad]), ["rejected Unroutable elsewhere"]);
    assert!(send_over(&gateway(), &[]).is_empty());
}
