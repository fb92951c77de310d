//! Sends against a scripted gateway: what leaves, and what becomes of each answer.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::http::Problem;
use jixinda_plugin_kit::samples::{batch, body, brief, briefs, message};

use super::*;
use crate::testing::{account, gateway};

const OK: &str = r#"{"result":0,"desc":"success","msgid":9223372036854775807,"custid":"msg_0"}"#;

fn send_over(gateway: &FakeGateway, settings: &str, messages: &[Message]) -> Vec<Outcome> {
    let account = account(settings);
    let client = Client::open(gateway, &account).unwrap_or_else(|_| panic!("opens"));
    let outcomes = send(&client, &batch(), messages);
    assert!(gateway.is_exhausted());
    outcomes
}

fn sent(gateway: &FakeGateway, index: usize) -> Value {
    serde_json::from_str(&body(&gateway.requests()[index])).unwrap()
}

fn saying(n: u32, text: &str) -> Message {
    Message { text: text.into(), ..message(n) }
}

#[test]
fn one_message_is_a_send_single() {
    let gateway = gateway().answer(200, OK);
    let message = Message { extension: Some("0006".into()), ..message(0) };
    let outcomes = send_over(&gateway, r#","sign_name_place":"none","service_type":"verify""#, &[message]);
    assert_eq!(briefs(&outcomes), ["accepted 9223372036854775807"]);
    let request = &gateway.requests()[0];
    assert_eq!(request.url, "http://api01.monyun.cn:7901/sms/v2/std/send_single");
    assert_eq!((request.carries.clone(), request.timeout_ms), (Some(vec![0]), Some(15_000)));
    let pwd = crate::auth::push_pwd("J10003", "111111", "0102110405");
    assert_eq!(
        sent(&gateway, 0),
        json!({"userid": "J10003", "pwd": pwd, "timestamp": "0102110405", "mobile": "13800000000",
               "content": "%E9%AA%8C%E8%AF%81%E7%A0%81%EF%BC%9A6666", "svrtype": "verify", "exno": "0006",
               "custid": "msg_0"})
    );
}

#[test]
fn one_text_to_many_is_a_send_batch_whose_ids_are_counted_on() {
    let gateway = gateway().answer(200, OK);
    let outcomes = send_over(&gateway, "", &[message(0), message(1)]);
    assert_eq!(briefs(&outcomes), ["accepted 9223372036854775807", "accepted -9223372036854775808"]);
    let sent = sent(&gateway, 0);
    assert!(gateway.requests()[0].url.ends_with("/send_batch"));
    assert_eq!((&sent["mobile"], &sent["custid"]), (&json!("13800000000,13800000001"), &json!("cal_1")));
    let signed = "%E3%80%90%E7%A4%BA%E4%BE%8B%E7%AD%BE%E5%90%8D%E3%80%91%E9%AA%8C";
    assert!(sent["content"].as_str().unwrap().starts_with(signed));
}

#[test]
fn different_texts_are_a_send_multi_with_a_reference_each() {
    let gateway = gateway().answer(200, r#"{"result":"0","msgid":"-2"}"#);
    let outcomes = send_over(&gateway, r#","sign_name_place":"back""#, &[saying(0, "a"), saying(1, "b")]);
    assert_eq!(briefs(&outcomes), ["accepted -2", "accepted -1"]);
    assert!(gateway.requests()[0].url.ends_with("/send_multi"));
    let items = &sent(&gateway, 0)["multimt"];
    let sign_name = "%E3%80%90%E7%A4%BA%E4%BE%8B%E7%AD%BE%E5%90%8D%E3%80%91";
    assert_eq!(items[0], json!({"mobile": "13800000000", "content": format!("a{sign_name}"), "custid": "msg_0"}));
    assert_eq!(items[1]["custid"], "msg_1");
}

#[test]
fn a_batch_is_cut_by_number_and_by_size() {
    let gateway = gateway().answer(200, OK).answer(200, r#"{"result":-100003}"#);
    let messages: Vec<_> = (0..4).map(|n| saying(n, &n.to_string())).collect();
    let outcomes = send_over(&gateway, r#","max_items":2"#, &messages);
    assert!(matches!(outcomes[1], Outcome::Accepted(_)) && brief(&outcomes[2]) == "deferred NoBalance Account");
    let gateway = crate::testing::gateway().answer(200, OK).answer(200, OK);
    let messages: Vec<_> = (0..200).map(|n| saying(n, &format!("{n}{}", "长".repeat(500)))).collect();
    assert!(briefs(&send_over(&gateway, "", &messages)).iter().all(|it| it.starts_with("accepted")));
    assert!(gateway.requests().iter().all(|request| request.body.len() < 1 << 20));
}

#[test]
fn old_names_speak_gbk_and_replace_nothing() {
    let gateway = gateway().answer(200, OK);
    let outcomes = send_over(
        &gateway,
        r#","function_names":"old","sign_name_place":"none""#,
        &[saying(0, "🙂"), saying(1, "验证码：6666")],
    );
    assert_eq!(briefs(&outcomes), ["rejected ContentRefused elsewhere", "accepted 9223372036854775807"]);
    let request = &gateway.requests()[0];
    assert!(request.url.ends_with("/single_send"));
    assert_eq!(
        (sent(&gateway, 0)["content"].clone(), request.carries.clone()),
        (json!("%D1%E9%D6%A4%C2%EB%A3%BA6666"), Some(vec![1]))
    );
}

#[test]
fn beside_a_number_abroad_all_have_their_country_code() {
    let gateway = gateway().answer(200, OK);
    send_over(&gateway, "", &[message(0), Message { recipient: "+6580000000".into(), ..message(1) }]);
    assert_eq!(sent(&gateway, 0)["mobile"], "008613800000000,006580000000");
}

#[test]
fn one_bad_number_spoils_a_request() {
    let gateway = gateway().answer(200, r#"{"result":-100012,"desc":"x"}"#).answer(200, r#"{"result":-100012}"#);
    assert_eq!(
        briefs(&send_over_one(&gateway, &[message(0), message(1)])),
        ["deferred Other Batch", "deferred Other Batch"]
    );
    assert_eq!(briefs(&send_over(&gateway, "", &[message(0)])), ["rejected BadRecipient nowhere"]);
}

fn send_over_one(gateway: &FakeGateway, messages: &[Message]) -> Vec<Outcome> {
    let account = account("");
    send(&Client::open(gateway, &account).unwrap_or_else(|_| panic!("opens")), &batch(), messages)
}

#[test]
fn half_answers_and_none() {
    for (answer, expected) in [
        ("", "uncertain"),
        ("{\"result\":", "uncertain"),
        (r#"{"desc":"x"}"#, "uncertain"),
        (r#"{"result":0}"#, "accepted"),
        (r#"{"result":0,"msgid":1.5}"#, "accepted"),
    ] {
        assert_eq!(briefs(&send_over(&gateway().answer(200, answer), "", &[message(0)])), [expected], "{answer}");
    }
    assert_eq!(briefs(&send_over(&gateway().answer(503, "busy"), "", &[message(0)])), ["uncertain"]);
    assert_eq!(briefs(&send_over(&gateway().fail(Problem::ConnectionLost, true), "", &[message(0)])), ["uncertain"]);
    let unreached = gateway().fail(Problem::Connect, false).fail(Problem::Connect, false);
    let outcomes = send_over(&unreached, r#","spare_hosts":["http://b.example.com:1"]"#, &[message(0)]);
    assert_eq!(briefs(&outcomes), ["deferred Unreachable Account"]);
    assert_eq!(send_over(&gateway(), "", &[]), []);
}

#[test]
fn an_apikey_stands_alone() {
    let gateway = gateway().answer(200, OK);
    send_over(&gateway, r#","auth":"apikey""#, &[message(0)]);
    let sent = sent(&gateway, 0);
    assert_eq!(sent["apikey"], "0123456789abcdef0123456789abcdef");
    assert!(sent.get("userid").is_none() && sent.get("pwd").is_none() && sent.get("timestamp").is_none());
}
