//! Sends against a scripted gateway, in both generations.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::http::Problem;
use jixinda_plugin_kit::samples::{body, briefs, field, message};
use jixinda_plugin_kit::types::Account;

use super::*;
use crate::testing::{gateway, v1, v2};

fn send_over(gateway: &FakeGateway, account: &Account, messages: &[Message]) -> Vec<String> {
    let client = Client::open(gateway, account).unwrap_or_else(|_| panic!("opens"));
    let outcomes = send(&client, messages);
    assert!(gateway.is_exhausted());
    briefs(&outcomes)
}

fn bound(n: u32) -> Message {
    Message { template_code: Some("2001".into()), sign_code: Some("1001".into()), ..message(n) }
}

fn plain(n: u32) -> Message {
    Message { template_code: None, ..bound(n) }
}

const OK: &str = r#"{"code":0,"msg":"OK","msg_no":20240102110405000001,"fee":0.03,"count":1}"#;
const ID: &str = "accepted 20240102110405000001";

#[test]
fn a_template_of_the_new_generation() {
    let gateway = gateway().answer(200, OK);
    let account = v2("");
    let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
    let expected = Accepted {
        upstream_id: Some("20240102110405000001".into()),
        segments: None,
        price: Some(Amount { value: "0.03".into(), unit: "CNY".into() }),
    };
    assert_eq!(send(&client, &[bound(0)]), [Outcome::Accepted(expected)]);
    let request = &gateway.requests()[0];
    assert_eq!(request.url, "https://api.4321.sh/sms/template");
    assert_eq!(
        body(request),
        r#"{"apikey":"key0001","secret":"secret0001","content":"369751||5","mobile":"13800000000","template_id":"2001","sign_id":"1001"}"#
    );
    assert_eq!(request.carries, Some(vec![0]));
}

#[test]
fn a_text_of_the_new_generation_to_several() {
    let gateway = gateway().answer(200, OK).answer(200, r#"{"code":10003,"msg":"m"}"#);
    let outcomes = send_over(&gateway, &v2(r#","max_numbers":2"#), &[plain(0), plain(1), plain(2)]);
    assert_eq!(outcomes, [ID, ID, "rejected Other elsewhere"]);
    let request = &gateway.requests()[0];
    assert_eq!(request.url, "https://api.4321.sh/sms/send");
    assert!(body(request).contains(r#""content":"验证码：6666","mobile":"13800000000,13800000001","sign_id":"1001""#));
}

#[test]
fn both_functions_of_the_old_generation() {
    let ok =
        r#"{"SendId":"20240102110405000001","InvalidCount":0,"SuccessCount":1,"BlackCount":0,"Code":0,"Message":"OK"}"#;
    let gateway = gateway().answer(200, ok).answer(200, ok);
    let extended = Message { extension: Some("07".into()), ..plain(0) };
    assert_eq!(send_over(&gateway, &v1(""), &[bound(0), extended]), [ID, ID]);
    let requests = gateway.requests();
    assert_eq!(requests[0].url, "http://api.feige.ee/SmsService/Template");
    assert_eq!(requests[1].url, "http://api.feige.ee/SmsService/Send");
    for (name, value) in
        [("Account", "key0001"), ("Pwd", "secret0001"), ("Content", "369751||5"), ("TemplateId", "2001")]
    {
        assert_eq!(field(&requests[0], name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(field(&requests[1], "ExtNo").as_deref(), Some("07"));
}

#[test]
fn numbers_that_the_old_generation_drops() {
    let told = |invalid, blocked, taken, messages: &[Message]| {
        let body = format!(
            r#"{{"SendId":"s","InvalidCount":{invalid},"SuccessCount":{taken},"BlackCount":{blocked},"Code":0,"Message":"OK"}}"#
        );
        send_over(&gateway().answer(200, &body), &v1(""), messages).remove(0)
    };
    assert_eq!(told(1, 0, 0, &[plain(0)]), "rejected BadRecipient nowhere");
    assert_eq!(told(0, 1, 0, &[plain(0)]), "rejected RecipientBlocked nowhere");
    assert_eq!(told(0, 0, 0, &[plain(0)]), "rejected Other nowhere");
    assert_eq!(told(2, 0, 0, &[plain(0), plain(1)]), "rejected BadRecipient nowhere");
    assert_eq!(told(1, 0, 1, &[plain(0), plain(1)]), "uncertain s");
    assert_eq!(told(1, 1, 0, &[plain(0), plain(1)]), "uncertain s");
    assert_eq!(told(0, 0, 2, &[plain(0), plain(1)]), "accepted s");
}

#[test]
fn what_is_hopeless_does_not_leave() {
    let gateway = gateway();
    let told = |message: Message| send_over(&gateway, &v2(""), &[message]).remove(0);
    assert_eq!(told(Message { sign_code: None, ..plain(0) }), "rejected BadSignName elsewhere");
    assert_eq!(told(Message { recipient: "+6580000000".into(), ..plain(0) }), "rejected Unroutable elsewhere");
    let cut = Message { params: vec![("a".into(), "1||2".into())], ..bound(0) };
    assert_eq!(told(cut), "rejected Other elsewhere");
    assert!(gateway.requests().is_empty());
}

#[test]
fn abroad_has_its_own_function_where_the_account_says_so() {
    let gateway = gateway().answer(200, OK).answer(200, OK);
    let abroad = Message { recipient: "+6580000000".into(), ..bound(1) };
    assert_eq!(send_over(&gateway, &v2(r#","international":true"#), &[bound(0), abroad]), [ID, ID]);
    let request = &gateway.requests()[1];
    assert_eq!(request.url, "https://api.4321.sh/inter/send");
    assert!(body(request).contains(r#""content":"369751|5","mobile":"6580000000""#));
}

#[test]
fn half_answers_and_none() {
    for (status, answer, expected) in [
        (200, "", "uncertain"),
        (200, "{\"code\":", "uncertain"),
        (200, r#"{"msg":"x"}"#, "uncertain"),
        (200, r#"{"Code":0}"#, "uncertain"),
        (502, "<html>", "uncertain"),
        (429, "", "deferred RateLimited Account 1000"),
    ] {
        assert_eq!(send_over(&gateway().answer(status, answer), &v2(""), &[plain(0)]), [expected], "{answer}");
    }
    assert_eq!(send_over(&gateway().fail(Problem::Timeout, true), &v2(""), &[plain(0)]), ["uncertain"]);
    assert_eq!(send_over(&gateway().fail(Problem::Dns, false), &v2(""), &[plain(0)]), ["deferred Unreachable Account"]);
    assert!(send_over(&gateway(), &v2(""), &[]).is_empty());
}
