//! What Huawei takes, what it refuses and how.

use serde_json::{Value, json};

use super::{FORM, KEY, SECRET, TEMPLATE, account, post, send, usual, wsse};
use crate::support::{break_at, form, start_at};

#[tokio::test]
async fn a_good_send_is_taken_and_remembered() {
    let simulator = start_at(account()).await;
    let more = [("extend", "msg-0001"), ("signature", "示例签名"), ("statusCallback", "http://127.0.0.1:9/cb")];
    let reply = send(&simulator, &[usual("+8613800000001,+8613800000002"), more.to_vec()].concat()).await;
    let answer = reply.json();
    assert_eq!((reply.status, &answer["code"], &answer["description"]), (200, &json!("000000"), &json!("Success")));
    let second = &answer["result"][1];
    assert_eq!((&second["originTo"], &second["status"]), (&json!("+8613800000002"), &json!("000000")));
    assert_eq!(
        (&second["from"], &second["countryId"], &second["total"]),
        (&json!("8820000000000"), &json!("CN"), &json!(1))
    );

    let text = &simulator.texts("13800000002")[0];
    assert_eq!(json!(text.biz_id), second["smsMsgId"]);
    assert_eq!(
        (text.template.as_str(), text.sign_name.as_str(), &text.params),
        (TEMPLATE, "示例签名", &json!(["369751"]))
    );
    assert_eq!((text.out_id.as_deref(), text.sender.as_deref()), (Some("msg-0001"), Some("8820000000000")));
    assert_eq!((text.callback_url.as_deref(), text.taken, text.answered), (Some("http://127.0.0.1:9/cb"), true, true));
}

#[tokio::test]
async fn different_texts_in_one_request() {
    let simulator = start_at(account()).await;
    let body = json!({ "from": "8820000000000", "extend": "bat-1", "smsContent": [
        { "to": ["+8613800000001"], "templateId": "t1", "templateParas": ["1"], "signature": "甲" },
        { "to": ["+8613800000002", "+8613800000001"], "templateId": "t2", "templateParas": [], "signature": "乙" },
    ]});
    let reply =
        post(&simulator, "/sms/batchSendDiffSms/v1", "application/json", body.to_string(), &wsse(KEY, SECRET, true))
            .await;
    let answer = reply.json();
    let statuses: Vec<&Value> =
        answer["result"].as_array().expect("results").iter().map(|one| &one["status"]).collect();
    assert_eq!(json!(statuses), json!(["000000", "000000", "E200041"]), "the same number twice");
    assert_eq!(answer["code"], "E000510");
    let text = &simulator.texts("13800000002")[0];
    assert_eq!((text.template.as_str(), text.sign_name.as_str(), text.out_id.as_deref()), ("t2", "乙", Some("bat-1")));
    let both = simulator.texts("13800000001");
    assert_eq!((both[0].taken, both[1].taken, both[1].refusal.as_deref()), (true, false, Some("E200041")));
    assert!(simulator.doubled().is_empty());
}

#[tokio::test]
async fn parameters_are_validated() {
    let simulator = start_at(account()).await;
    let many = vec!["+8613800000001"; 501].join(",");
    let with = |name, value| {
        let mut fields = usual("+8613800000001");
        fields.retain(|(found, _)| *found != name);
        fields.push((name, value));
        fields
    };
    for fields in [
        with("to", "13800000001"),
        with("to", "+8613800000001,+86138x"),
        with("to", "+8613800000001138000000011"),
        with("to", &many),
        with("from", ""),
        with("templateId", "000000000000000000000000000000000"),
        with("templateParas", "[1]"),
        with("templateParas", "369751"),
        with("extend", "{}"),
    ] {
        let reply = send(&simulator, &fields).await;
        assert_eq!((reply.status, &reply.json()["code"]), (200, &json!("E000503")), "{fields:?}");
    }
    let header = || wsse(KEY, SECRET, true);
    let body = form(&usual("+8613800000001"));
    let reply = post(&simulator, "/sms/batchSendSms/v1", "application/json", body.clone(), &header()).await;
    assert_eq!((reply.status, &reply.json()["code"]), (400, &json!("E000040")));
    let reply = post(&simulator, "/sms/batchSendDiffSms/v1", FORM, body, &header()).await;
    assert_eq!((reply.status, &reply.json()["code"]), (400, &json!("E000040")));
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (0, 11));
}

#[tokio::test]
async fn listed_templates_are_filled_and_checked() {
    let simulator = start_at(account().with_options(json!({ "templates": { TEMPLATE: "验证码${1}" } }))).await;
    assert_eq!(send(&simulator, &usual("+8613800000001")).await.json()["code"], "000000");
    assert_eq!(simulator.texts("13800000001")[0].text.as_deref(), Some("验证码369751"));
    for (template, paras, status) in [("another", r#"["1"]"#, "E200030"), (TEMPLATE, r#"["1","2"]"#, "E200028")] {
        let mut fields = usual("+8613800000002");
        fields[2].1 = template;
        fields[3].1 = paras;
        let answer = send(&simulator, &fields).await.json();
        assert_eq!((&answer["code"], &answer["result"][0]["status"]), (&json!("E000510"), &json!(status)));
    }
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (1, 2));
}

#[tokio::test]
async fn faults_wear_the_providers_shape() {
    let simulator = start_at(account()).await;
    for (code, status) in [("E000112", 401), ("E000620", 403), ("E000000", 400), ("E000629", 200)] {
        break_at(&simulator, KEY, json!({ "error": { "code": code } }));
        let reply = send(&simulator, &usual("+8613800000001")).await;
        assert_eq!((reply.status, &reply.json()["code"]), (status, &json!(code)));
    }
    break_at(&simulator, KEY, json!({ "text_error": { "code": "E200015", "positions": [1] } }));
    let answer = send(&simulator, &usual("+8613800000001,+8613800000002")).await.json();
    assert_eq!((&answer["result"][0]["status"], &answer["result"][1]["status"]), (&json!("000000"), &json!("E200015")));
    assert_eq!(simulator.missing(&["13800000001", "13800000002"]), ["13800000002"]);
}
