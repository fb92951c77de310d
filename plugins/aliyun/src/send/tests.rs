//! Sends against a scripted gateway: what leaves, and what becomes of each answer.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::http::Problem;
use jixinda_plugin_kit::types::{Deferral, Scope};

use super::*;
use crate::testing::{batch, gateway, message, param, usual_account};

const OK: &str = r#"{"Code":"OK","Message":"OK","RequestId":"r","BizId":"900000000000000000^0"}"#;

fn send_over(gateway: &FakeGateway, messages: &[Message]) -> Vec<Outcome> {
    let account = usual_account();
    let client = Client::open(gateway, &account).unwrap_or_else(|_| panic!("opens"));
    let outcomes = send(&client, &batch(), messages).unwrap();
    assert!(gateway.is_exhausted());
    outcomes
}

fn accepted() -> Outcome {
    outcome::accepted(Some("900000000000000000^0".into()))
}

#[test]
fn one_notice_is_one_send_sms() {
    let gateway = gateway().answer(200, OK);
    assert_eq!(send_over(&gateway, &[message(0, "notice")]), [accepted()]);
    let request = &gateway.requests()[0];
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://dysmsapi.aliyuncs.com/"));
    assert!(request.headers.contains(&("x-acs-action".into(), "SendSms".into())));
    assert_eq!((request.carries.clone(), request.timeout_ms), (Some(vec![0]), Some(10_000)));
    for (name, value) in [
        ("PhoneNumbers", "13800000000"),
        ("SignName", "示例签名"),
        ("TemplateCode", "SMS_000000"),
        ("TemplateParam", r#"{"code":"0234"}"#),
        ("OutId", "msg_0"),
    ] {
        assert_eq!(param(request, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(param(request, "SmsUpExtendCode"), None);
}

#[test]
fn several_notices_are_one_batch() {
    let gateway = gateway().answer(200, OK);
    let mut second = message(1, "notice");
    second.sign_code = Some("另一签名".into());
    second.extension = Some("0001".into());
    assert_eq!(send_over(&gateway, &[message(0, "notice"), second]), [accepted(), accepted()]);
    let request = &gateway.requests()[0];
    assert!(request.headers.contains(&("x-acs-action".into(), "SendBatchSms".into())));
    assert_eq!(request.carries, Some(vec![0, 1]));
    for (name, value) in [
        ("PhoneNumberJson", r#"["13800000000","13800000001"]"#),
        ("SignNameJson", r#"["示例签名","另一签名"]"#),
        ("TemplateParamJson", r#"[{"code":"0234"},{"code":"1234"}]"#),
        ("SmsUpExtendCodeJson", r#"["","0001"]"#),
        ("OutId", "cal_1"),
    ] {
        assert_eq!(param(request, name).as_deref(), Some(value), "{name}");
    }
}

#[test]
fn codes_go_alone_and_each_has_its_own_fate() {
    let gateway =
        gateway().answer(200, OK).answer(200, r#"{"Code":"isv.MOBILE_NUMBER_ILLEGAL"}"#).fail(Problem::Timeout, true);
    let outcomes = send_over(&gateway, &[message(0, "otp"), message(1, "otp"), message(2, "otp")]);
    assert_eq!(outcomes[0], accepted());
    assert!(matches!(&outcomes[1], Outcome::Rejected(it) if it.reason == Rejection::BadRecipient && !it.elsewhere));
    assert!(matches!(outcomes[2], Outcome::Uncertain(_)));
    let requests = gateway.requests();
    let carried: Vec<_> = requests.iter().map(|request| request.carries.clone().unwrap()).collect();
    assert_eq!(carried, [[0], [1], [2]]);
    assert_eq!(param(&requests[2], "OutId").as_deref(), Some("msg_2"));
}

#[test]
fn one_bad_number_spoils_a_batch_for_all() {
    let gateway = gateway().answer(200, r#"{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"m"}"#);
    let spoilt = outcome::deferred(Deferral::Other, Scope::Batch, outcome::cause("isv.MOBILE_NUMBER_ILLEGAL", "m"));
    assert_eq!(send_over(&gateway, &[message(0, "notice"), message(1, "notice")]), [spoilt.clone(), spoilt]);
}

#[test]
fn only_the_stale_one_of_several_is_signed_again() {
    let gateway = gateway().answer(200, OK).answer(400, r#"{"Code":"SignatureNonceUsed"}"#).answer(200, OK);
    assert_eq!(send_over(&gateway, &[message(0, "otp"), message(1, "otp")]), [accepted(), accepted()]);
    assert_eq!(gateway.requests()[2].carries, Some(vec![1]));
}

#[test]
fn without_a_template_code_nothing_leaves() {
    let gateway = gateway();
    let outcomes = send_over(&gateway, &[Message { template_code: None, ..message(0, "notice") }]);
    assert!(matches!(&outcomes[0], Outcome::Rejected(it) if it.reason == Rejection::BadTemplate && it.elsewhere));
    assert!(gateway.requests().is_empty());
}

#[test]
fn numbers_abroad_keep_their_country_code() {
    let gateway = gateway().answer(200, OK);
    send_over(&gateway, &[Message { recipient: "+6580000000".into(), ..message(0, "otp") }]);
    assert_eq!(param(&gateway.requests()[0], "PhoneNumbers").as_deref(), Some("6580000000"));
}

#[test]
fn a_mixed_batch_is_refused_and_an_empty_one_is_not() {
    let gateway = gateway();
    let account = usual_account();
    let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
    let mixed = [message(0, "notice"), message(1, "marketing")];
    assert!(matches!(send(&client, &batch(), &mixed), Err(Failure::Internal(_))));
    assert_eq!(send(&client, &batch(), &[]), Ok(vec![]));
}

#[test]
fn logs_hold_no_number_text_or_secret() {
    let gateway = gateway().answer(400, r#"{"Code":"SignatureNonceUsed"}"#).answer(200, OK);
    send_over(&gateway, &[message(0, "otp")]);
    let logs = gateway.logs().join("\n");
    assert!(!logs.is_empty());
    for private in ["13800000000", "0234", "exampleKeySecret"] {
        assert!(!logs.contains(private));
    }
}
