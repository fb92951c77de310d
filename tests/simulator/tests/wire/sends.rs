//! Sending: what is taken, what is refused and how.

use serde_json::json;

use crate::support::{Client, form, start};

#[tokio::test]
async fn a_good_send_is_taken_and_remembered() {
    let (simulator, client) = start().await;
    let (status, answer) = client.send("13800000001").await.expect("an answer");
    assert_eq!((status.as_u16(), &answer["Code"], &answer["Message"]), (200, &json!("OK"), &json!("OK")));
    assert_eq!(answer["RequestId"].as_str().map(str::len), Some(36));

    let texts = simulator.texts("+8613800000001");
    let [text] = texts.as_slice() else { panic!("one text: {texts:?}") };
    assert_eq!(json!(text.biz_id), answer["BizId"]);
    assert_eq!((text.template.as_str(), text.sign_name.as_str()), ("SMS_000000", "示例签名"));
    assert_eq!((&text.params, text.out_id.as_deref()), (&json!({ "code": "1234" }), Some("msg-0001")));
    assert!(text.taken && text.answered);
}

#[tokio::test]
async fn parameters_may_stand_in_the_query() {
    let (simulator, client) = start().await;
    let params = [("PhoneNumbers", "13800000001,13800000002"), ("SignName", "示例"), ("TemplateCode", "SMS_1")];
    let (_, answer) = client.call_by_query("SendSms", &params).await.expect("an answer");
    assert_eq!(answer["Code"], "OK");
    assert_eq!(simulator.summary().texts, 2);
    assert_eq!(simulator.texts("13800000002")[0].position, 1);
}

#[tokio::test]
async fn a_batch_matches_its_arrays_by_index() {
    let (simulator, client) = start().await;
    let params = [
        ("PhoneNumberJson", r#"["13800000001","13800000002"]"#),
        ("SignNameJson", r#"["甲","乙"]"#),
        ("TemplateCode", "SMS_1"),
        ("TemplateParamJson", r#"[{"code":"1"},{"code":"2"}]"#),
        ("OutId", "bat-1"),
    ];
    let (_, answer) = client.call("SendBatchSms", &params).await.expect("an answer");
    assert_eq!(answer["Code"], "OK");
    let second = &simulator.texts("13800000002")[0];
    assert_eq!((second.sign_name.as_str(), &second.params, second.position), ("乙", &json!({ "code": "2" }), 1));
    assert_eq!(second.biz_id, simulator.texts("13800000001")[0].biz_id);
}

#[tokio::test]
async fn repeats_are_counted_by_number() {
    let (simulator, client) = start().await;
    for number in ["13800000001", "13800000002", "13800000001"] {
        client.send(number).await.expect("an answer");
    }
    let summary = simulator.summary();
    assert_eq!((summary.requests, summary.texts, summary.numbers, summary.doubled), (3, 3, 2, 1));
    let doubled = simulator.doubled();
    assert_eq!((doubled[0].number.as_str(), doubled[0].taken), ("13800000001", 2));
    assert_eq!(simulator.missing(&["13800000002", "13800000003"]), ["13800000003"]);
}

#[tokio::test]
async fn credentials_are_checked() {
    let (simulator, good) = start().await;
    let url = simulator.url();
    let stranger = Client { key: "nobody".to_owned(), ..Client::new(&url) };
    let forger = Client { secret: "guessed".to_owned(), ..Client::new(&url) };
    let late = Client { date: Some("2024-01-02T03:04:05Z".to_owned()), ..Client::new(&url) };
    for (client, status, code) in [
        (stranger, 404, "InvalidAccessKeyId.NotFound"),
        (forger, 400, "SignatureDoesNotMatch"),
        (late, 400, "InvalidTimeStamp.Expired"),
    ] {
        let (found, answer) = client.send("13800000001").await.expect("an answer");
        assert_eq!((found.as_u16(), &answer["Code"]), (status, &json!(code)));
        assert!(answer["HostId"].is_string() && answer["RequestId"].is_string(), "{answer}");
    }
    assert_eq!((simulator.summary().refused, simulator.summary().texts), (3, 0));
    let unversioned = good.call("DropEverything", &[]).await.expect("an answer");
    assert_eq!((unversioned.0.as_u16(), &unversioned.1["Code"]), (404, &json!("InvalidAction.NotFound")));
}

#[tokio::test]
async fn a_nonce_serves_once() {
    let (_simulator, mut client) = start().await;
    client.nonce = Some("once".to_owned());
    assert_eq!(client.send("13800000001").await.expect("an answer").1["Code"], "OK");
    let (status, answer) = client.send("13800000002").await.expect("an answer");
    assert_eq!((status.as_u16(), &answer["Code"]), (400, &json!("SignatureNonceUsed")));
}

type Params<'p> = &'p [(&'p str, &'p str)];

#[tokio::test]
async fn parameters_are_validated() {
    let (simulator, client) = start().await;
    let hundred_and_one = json!(vec!["13800000001"; 101]).to_string();
    let cases: [(&str, Params<'_>, &str); 8] = [
        ("SendSms", &[("PhoneNumbers", "1380000000")], "isv.MOBILE_NUMBER_ILLEGAL"),
        ("SendSms", &[("PhoneNumbers", "13800000001,x")], "isv.MOBILE_NUMBER_ILLEGAL"),
        ("SendSms", &[("PhoneNumbers", "13800000001"), ("TemplateParam", "{")], "isv.INVALID_JSON_PARAM"),
        ("SendSms", &[("PhoneNumbers", "13800000001"), ("TemplateParam", r#"{"n":1}"#)], "isv.INVALID_JSON_PARAM"),
        ("SendSms", &[], "MissingPhoneNumbers"),
        ("SendBatchSms", &[("PhoneNumberJson", &hundred_and_one)], "isv.MOBILE_COUNT_OVER_LIMIT"),
        ("SendBatchSms", &[("PhoneNumberJson", r#"["13800000001"]"#)], "isv.INVALID_PARAMETERS"),
        ("SendBatchSms", &[("PhoneNumberJson", "13800000001")], "isv.INVALID_JSON_PARAM"),
    ];
    for (action, params, code) in cases {
        let common = [("SignName", "示例"), ("TemplateCode", "SMS_1"), ("SignNameJson", r#"["甲","乙"]"#)];
        let params = [params, &common].concat();
        let (_, answer) = client.call(action, &params).await.expect("an answer");
        assert_eq!(answer["Code"], code, "{}", form(&params));
    }
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (0, 8));
}
