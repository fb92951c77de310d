//! Sends against a scripted gateway: what leaves, and what becomes of each answer.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::http::Problem;
use jixinda_plugin_kit::samples::{batch, body, brief, briefs, field, header};

use super::*;
use crate::testing::{account, gateway, message};

fn send_over(gateway: &FakeGateway, settings: &str, messages: &[Message]) -> Vec<Outcome> {
    let account = account(settings);
    let client = Client::open(gateway, &account).unwrap_or_else(|_| panic!("opens"));
    let outcomes = send(&client, &batch(), messages);
    assert!(gateway.is_exhausted());
    outcomes
}

fn answer(code: &str, elements: &[(u32, &str)]) -> String {
    let element = |(n, status): &(u32, &str)| {
        format!(
            r#"{{"originTo":"+861380000{n:04}","createTime":"2024-01-02T03:04:05Z","from":"8820000000000",
                "smsMsgId":"id_{n}","status":"{status}","countryId":"CN","total":2}}"#
        )
    };
    let elements: Vec<_> = elements.iter().map(element).collect();
    format!(r#"{{"code":"{code}","description":"Success","result":[{}]}}"#, elements.join(","))
}

#[test]
fn one_message_is_the_sheets_form() {
    let gateway = gateway().answer(200, &answer(OK, &[(0, OK)]));
    let outcomes = send_over(&gateway, "", &[message(0)]);
    let accepted = Accepted { upstream_id: Some("id_0".into()), segments: Some(2), price: None };
    assert_eq!(outcomes, [Outcome::Accepted(accepted)]);
    let request = &gateway.requests()[0];
    assert_eq!(request.url, "https://smsapi.cn-north-4.myhuaweicloud.com:443/sms/batchSendSms/v1");
    assert_eq!(
        body(request),
        "from=8820000000000&to=%2B8613800000000&templateId=00000000000000000000000000000000&\
         templateParas=%5B%22369751%22%5D&statusCallback=https%3A%2F%2Fgw.example.com%2Fcb%2Facc_1%2Ftoken&\
         extend=msg_0&signature=%E7%A4%BA%E4%BE%8B%E7%AD%BE%E5%90%8D"
    );
    assert!(header(request, "x-wsse").unwrap().contains(r#"Created="2024-01-02T03:04:05Z""#));
    assert_eq!(header(request, "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!((request.carries.clone(), request.timeout_ms), (Some(vec![0]), Some(10_000)));
}

#[test]
fn the_same_to_several_is_one_form() {
    let gateway = gateway().answer(200, &answer("E000510", &[(1, "E200028"), (0, OK)]));
    let outcomes = send_over(&gateway, r#","auth":"aksk","send_sign_name":false"#, &[message(0), message(1)]);
    assert_eq!(briefs(&outcomes), ["accepted id_0", "rejected Other elsewhere"]);
    let request = &gateway.requests()[0];
    assert_eq!(field(request, "to").as_deref(), Some("+8613800000000,+8613800000001"));
    assert_eq!((field(request, "extend").as_deref(), field(request, "signature")), (Some("cal_1"), None));
    assert!(header(request, "authorization").unwrap().starts_with("SDK-HMAC-SHA256 Access=appkeyEXAMPLE0001, "));
    assert_eq!(header(request, "x-sdk-content-sha256"), Some("UNSIGNED-PAYLOAD"));
}

#[test]
fn different_texts_are_one_json() {
    let gateway = gateway().answer(200, &answer(OK, &[(0, OK), (1, OK)]));
    let other = Message { params: vec![("code".into(), "0\"1".into())], ..message(1) };
    assert_eq!(briefs(&send_over(&gateway, "", &[message(0), other])), ["accepted id_0", "accepted id_1"]);
    let request = &gateway.requests()[0];
    assert!(request.url.ends_with("/sms/batchSendDiffSms/v1"));
    assert_eq!(
        body(request),
        r#"{"from":"8820000000000","statusCallback":"https://gw.example.com/cb/acc_1/token","extend":"cal_1","smsContent":[{"to":["+8613800000000"],"templateId":"00000000000000000000000000000000","templateParas":["369751"],"signature":"示例签名"},{"to":["+8613800000001"],"templateId":"00000000000000000000000000000000","templateParas":["0\"1"],"signature":"示例签名"}]}"#
    );
}

#[test]
fn a_long_batch_is_cut_below_the_limit() {
    let long = |n: u32| Message { params: vec![("p".into(), format!("{n}{}", "长".repeat(400)))], ..message(n) };
    let messages: Vec<_> = (0..100).map(long).collect();
    let gateway = (0..3).fold(gateway(), |gateway, _| gateway.answer(500, ""));
    assert!(briefs(&send_over(&gateway, "", &messages)).iter().all(|it| it == "uncertain"));
    let requests = gateway.requests();
    assert!(requests.iter().all(|request| request.body.len() < 64_000));
    let carried: Vec<u32> = requests.iter().flat_map(|request| request.carries.clone().unwrap()).collect();
    assert_eq!(carried, (0..100).collect::<Vec<_>>());
}

#[test]
fn each_sign_names_number_has_its_own_request() {
    let gateway = gateway().answer(200, &answer(OK, &[(0, OK)])).fail(Problem::Timeout, true);
    let other = Message { sign_code: Some("8830000000000".into()), ..message(1) };
    assert_eq!(briefs(&send_over(&gateway, "", &[message(0), other])), ["accepted id_0", "uncertain"]);
    assert_eq!(field(&gateway.requests()[1], "from").as_deref(), Some("8830000000000"));
}

#[test]
fn a_number_that_the_answer_forgets_follows_the_request() {
    let gateway = gateway().answer(200, &answer(OK, &[(0, OK)]));
    assert_eq!(briefs(&send_over(&gateway, "", &[message(0), message(1)])), ["accepted id_0", "uncertain"]);
    let gateway = crate::testing::gateway().answer(200, &answer("E000510", &[(0, "E200041")]));
    let outcomes = send_over(&gateway, "", &[message(0), message(1)]);
    assert_eq!(briefs(&outcomes), ["rejected Duplicate nowhere", "deferred Other Batch"]);
    // A repeated number: the copy that went out counts.
    let gateway = crate::testing::gateway().answer(200, &answer("E000510", &[(0, "E200041"), (0, OK)]));
    assert_eq!(brief(&send_over(&gateway, "", &[message(0)])[0]), "accepted id_0");
}

#[test]
fn without_template_or_sender_nothing_leaves() {
    let gateway = gateway();
    let without = |n| Message { template_code: None, ..message(n) };
    assert_eq!(brief(&send_over(&gateway, "", &[without(0)])[0]), "rejected BadTemplate elsewhere");
    let account = jixinda_plugin_kit::samples::account(r#"{"endpoint":"https://a.example.com","app_key":"k"}"#);
    let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
    assert_eq!(brief(&send(&client, &batch(), &[message(0)])[0]), "rejected BadSignName elsewhere");
    assert!(gateway.requests().is_empty());
    assert_eq!(send(&client, &batch(), &[]), []);
}

#[test]
fn a_refused_digest_names_the_other_form_and_no_secret() {
    let gateway = gateway().answer(401, r#"{"code":"E000105","description":"PasswordDigest error"}"#);
    let outcomes = send_over(&gateway, r#","wsse_digest":"raw""#, &[message(0)]);
    assert_eq!(brief(&outcomes[0]), "deferred AuthFailed Account");
    let logs = gateway.logs().join("\n");
    assert!(logs.contains("wsse_digest"));
    assert!(!logs.contains("appsecretEXAMPLE0001") && !logs.contains("13800000000"));
}
