//! Sends over several described APIs: what leaves, and what becomes of each answer.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::http::Problem as HttpProblem;
use jixinda_plugin_kit::samples::{account as sample, batch, body, briefs, field, header, message};
use jixinda_plugin_kit::types::Account;
use serde_json::{Value, json};

use super::*;
use crate::testing::{account, gateway};

fn send_over(gateway: &FakeGateway, account: &Account, messages: &[Message]) -> Result<Vec<String>, Failure> {
    let client = Client::open(gateway, account)?;
    let outcomes = send(&client, &batch(), messages)?;
    assert!(gateway.is_exhausted());
    Ok(briefs(&outcomes))
}

#[test]
fn the_generic_api_in_json() {
    let gateway = gateway()
        .answer(200, r#"{"ok":true,"id":"up-1"}"#)
        .answer(200, r#"{"ok":false,"error":"rate_limited","retry_after":7}"#)
        .fail(HttpProblem::Timeout, true);
    let outcomes = send_over(&gateway, &account(""), &[message(0), message(1), message(2)]).unwrap();
    assert_eq!(outcomes, ["accepted up-1", "deferred RateLimited Account 7000", "uncertain"]);
    let request = &gateway.requests()[0];
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://sms.example.com/generic/send"));
    assert_eq!(header(request, "authorization"), Some("Bearer exampleToken0001"));
    assert_eq!(
        (header(request, "x-account"), header(request, "content-type")),
        (Some("acct01"), Some("application/json"))
    );
    let sent: Value = serde_json::from_str(&body(request)).unwrap();
    assert_eq!(sent, json!({"to": "+8613800000000", "text": "【示例签名】验证码：6666", "reference": "msg_0"}));
    let carried: Vec<_> = gateway.requests().iter().map(|request| request.carries.clone().unwrap()).collect();
    assert_eq!(carried, [[0], [1], [2]]);
}

#[test]
fn a_form_api_with_its_own_content() {
    let account = sample(
        r#"{"send_url":"https://a.example.com/send","content_type":"form","basic_user":"user","omit_empty":true,
            "body":{"mobile":"{{to_national}}","values":"{{param_values}}","tpl":"{{template_code}}","ext":"{{extension}}",
                    "flag":1,"list":["{{serial}}"]},
            "param_separator":"||","success_path":"$","success_values":["OK:*"],"id_path":"$"}"#,
    );
    let gateway = gateway().secret("password", "pw").answer(200, "OK:17 ").answer(200, "ERR:9");
    let outcomes = send_over(&gateway, &account, &[message(0), message(1)]).unwrap();
    assert_eq!(outcomes, ["accepted OK:17", "uncertain"]);
    let request = &gateway.requests()[0];
    assert_eq!(header(request, "authorization"), Some("Basic dXNlcjpwdw=="));
    assert_eq!(header(request, "content-type"), Some("application/x-www-form-urlencoded"));
    for (name, value) in
        [("mobile", "13800000000"), ("values", "369751||5"), ("tpl", "000001"), ("flag", "1"), ("list", r#"["0"]"#)]
    {
        assert_eq!(field(request, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(field(request, "ext"), None);
}

#[test]
fn a_get_puts_all_into_the_url() {
    let account = sample(
        r#"{"send_url":"https://a.example.com/send/{{id}}?to={{to}}&t={{text}}&k={{secret.token}}","method":"GET",
            "body":{"never":"sent"}}"#,
    );
    let gateway = gateway().answer(202, "");
    assert_eq!(send_over(&gateway, &account, &[message(0)]).unwrap(), ["accepted"]);
    let request = &gateway.requests()[0];
    assert_eq!(
        request.url,
        "https://a.example.com/send/msg_0?to=%2B8613800000000&t=%E9%AA%8C%E8%AF%81%E7%A0%81%EF%BC%9A6666&k=exampleToken0001"
    );
    assert_eq!((request.method.as_str(), request.body.len(), header(request, "content-type")), ("GET", 0, None));
}

#[test]
fn no_text_breaks_out_of_its_place() {
    let evil = "\",\"to\":\"+15550000001\"}&to=1\r\nX-Evil: 1 {{secret.token}} ../";
    let message = Message { text: evil.into(), ..message(0) };
    let gateway = gateway().answer(200, r#"{"ok":true}"#);
    send_over(&gateway, &account(""), std::slice::from_ref(&message)).unwrap();
    let sent: Value = serde_json::from_str(&body(&gateway.requests()[0])).unwrap();
    assert_eq!(sent["text"], format!("【示例签名】{evil}"));
    assert_eq!((&sent["to"], sent.as_object().unwrap().len()), (&json!("+8613800000000"), 3));

    let form = sample(r#"{"send_url":"https://a.example.com/{{text}}","content_type":"form","body":{"t":"{{text}}"}}"#);
    let gateway = crate::testing::gateway().answer(200, "");
    send_over(&gateway, &form, std::slice::from_ref(&message)).unwrap();
    let request = &gateway.requests()[0];
    assert_eq!(field(request, "t").as_deref(), Some(evil));
    assert!(!request.url.contains(['&', '\r', '{', ' ']) && request.url.matches('/').count() == 3);

    let dots = Message { text: "..".into(), ..message.clone() };
    assert_eq!(send_over(&crate::testing::gateway(), &form, &[dots]).unwrap(), ["rejected Other elsewhere"]);

    let header = sample(r#"{"send_url":"https://a.example.com","headers":{"X-Text":"{{text}}"}}"#);
    let gateway = crate::testing::gateway();
    assert_eq!(send_over(&gateway, &header, &[message]).unwrap(), ["rejected Other elsewhere"]);
    assert!(gateway.requests().is_empty());
}

#[test]
fn what_a_message_lacks_is_its_own_and_what_the_settings_lack_is_everyones() {
    let wanting = |placeholder: &str| {
        sample(&format!(r#"{{"send_url":"https://a.example.com","body":{{"x":"{{{{{placeholder}}}}}"}}}}"#))
    };
    let gateway = gateway().answer(200, "");
    let bare = Message { params: vec![], ..message(0) };
    let outcomes = send_over(&gateway, &wanting("params.code"), &[bare, message(1)]).unwrap();
    assert_eq!(outcomes, ["rejected BadTemplate elsewhere", "accepted"]);
    assert_eq!(gateway.requests()[0].carries, Some(vec![1]));
    assert_eq!(send_over(&gateway, &wanting("sign_code"), &[message(0)]).unwrap(), ["rejected BadSignName elsewhere"]);
    for wrong in ["novelty", "secret.api_key"] {
        let failure = send_over(&gateway, &wanting(wrong), &[message(0)]).unwrap_err();
        assert!(matches!(failure, Failure::BadConfig(words) if words.contains(wrong)), "{wrong}");
    }
    assert!(matches!(send_over(&gateway, &sample("{}"), &[]), Err(Failure::BadConfig(_))));
    assert!(send_over(&gateway, &account(""), &[]).unwrap().is_empty());
}

#[test]
fn half_answers_and_none() {
    for (status, answer, expected) in [
        (200, "", "uncertain"),
        (200, "{\"ok\":", "uncertain"),
        (200, r#"{"id":"x"}"#, "uncertain"),
        (200, r#"{"ok":true}"#, "accepted"),
        (200, r#"{"ok":"true","id":12345678901234567890123}"#, "accepted 12345678901234567890123"),
        (204, r#"{"ok":true}"#, "uncertain"),
        (500, r#"{"ok":true}"#, "uncertain"),
        (429, "", "deferred RateLimited Account 1000"),
    ] {
        let gateway = gateway().answer(status, answer);
        assert_eq!(send_over(&gateway, &account(""), &[message(0)]).unwrap(), [expected], "{status} {answer}");
    }
    let gateway = gateway().fail(HttpProblem::Denied, false);
    assert_eq!(send_over(&gateway, &account(""), &[message(0)]).unwrap(), ["deferred Other Account"]);
}
