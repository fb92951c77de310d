//! What Montnets takes, what it refuses and how.

use serde_json::{Value, json};

use super::{CONTENT, KEY, account, call, usual};
use crate::support::{break_at, register, start_at};

#[tokio::test]
async fn a_good_send_is_taken_and_remembered() {
    let simulator = start_at(account()).await;
    let mut fields = usual();
    fields["exno"] = json!("0006");
    fields["exdata"] = json!("more");
    let answer = call(&simulator, "send_single", fields).await;
    assert_eq!(
        (&answer["result"], &answer["desc"], &answer["custid"]),
        (&json!(0), &json!("success"), &json!("msg-0001"))
    );
    assert!(answer["msgid"].as_u64().is_some_and(|id| id > i64::MAX as u64), "no signed number holds it: {answer}");
    let text = &simulator.texts("13800000001")[0];
    assert_eq!((text.text.as_deref(), text.out_id.as_deref()), (Some("验证码：6666"), Some("msg-0001")));
    assert_eq!((text.extend_code.as_deref(), text.extra.as_deref()), (Some("0006"), Some("more")));
    assert_eq!(text.biz_id.as_deref(), Some(answer["msgid"].to_string().as_str()));

    register(&simulator, account().with_options(json!({ "ids": "signed" })));
    assert!(call(&simulator, "send_single", usual()).await["msgid"].as_i64().is_some_and(i64::is_negative));
}

#[tokio::test]
async fn the_charset_is_the_accounts_or_the_functions() {
    let simulator = start_at(account()).await;
    let gbk = "%D1%E9%D6%A4%C2%EB%A3%BA6666";
    for (function, content, result) in [
        ("send_single", CONTENT, 0),
        ("send_single", gbk, -100_098),
        ("single_send", gbk, 0),
        ("send_single", "验证码", -100_098),
    ] {
        let answer = call(&simulator, function, json!({ "mobile": "13800000001", "content": content })).await;
        assert_eq!(answer["result"], result, "{function} {content}");
    }
    register(&simulator, account().with_options(json!({ "charset": "gbk", "names": "new" })));
    let fields = json!({ "mobile": "13800000001", "content": gbk });
    assert_eq!(call(&simulator, "send_single", fields.clone()).await["result"], 0);
    assert_eq!(call(&simulator, "single_send", fields).await["result"], -100_070);
    assert!(simulator.texts("13800000001").iter().all(|text| text.text.as_deref() == Some("验证码：6666")));
}

#[tokio::test]
async fn ids_of_a_batch_count_upwards() {
    let simulator = start_at(account()).await;
    let answer =
        call(&simulator, "send_batch", json!({ "mobile": "13800000001,13800000002", "content": CONTENT })).await;
    let first = answer["msgid"].as_u64().expect("an id");
    let again = call(&simulator, "send_single", usual()).await["msgid"].as_u64().expect("an id");
    let second: u64 = simulator.texts("13800000002")[0].biz_id.as_deref().expect("an id").parse().expect("a number");
    assert_eq!(second, first + 1);
    assert!(again > second, "no id is given twice");
}

#[tokio::test]
async fn different_texts_in_either_form() {
    let simulator = start_at(account()).await;
    let items = json!([
        { "mobile": "13800000001", "content": "A%2CB", "custid": "a" },
        { "mobile": "13800000002", "content": CONTENT, "custid": "b" },
    ]);
    assert_eq!(call(&simulator, "send_multi", json!({ "multimt": items })).await["result"], 0);
    assert_eq!(call(&simulator, "send_multi", json!({ "multimt": items.to_string() })).await["result"], 0, "as text");
    let mixed = json!({ "mobile": "13800000003,13800000004", "content": format!("A%2CB,{CONTENT}"), "custid": "c" });
    assert_eq!(call(&simulator, "send_mixed", mixed).await["result"], 0);
    let seen = ["13800000001", "13800000002", "13800000003", "13800000004"].map(|number| {
        let text = simulator.texts(number).remove(0);
        (text.text.expect("a text"), text.out_id.expect("a reference"))
    });
    let expected = [("A,B", "a"), ("验证码：6666", "b"), ("A,B", "c"), ("验证码：6666", "c")];
    assert_eq!(seen, expected.map(|(text, custid)| (text.to_owned(), custid.to_owned())));
}

#[tokio::test]
async fn a_template_is_filled() {
    let simulator = start_at(account().with_options(json!({ "templates": { "t1": "验证码{P1}，{P2}分钟" } }))).await;
    let send = async |template: &str, content: &str| {
        let fields = json!({ "mobile": "13800000001", "tmplid": template, "content": content });
        call(&simulator, "send_template", fields).await["result"].clone()
    };
    assert_eq!(send("t1", "P1%3D66%2526%26P2%3D5").await, 0);
    assert_eq!(send("t2", "P1%3D66%26P2%3D5").await, -100_058);
    assert_eq!(send("t1", "P1%3D66").await, -100_059);
    let text = &simulator.texts("13800000001")[0];
    assert_eq!((text.text.as_deref(), &text.params), (Some("验证码66&，5分钟"), &json!({ "P1": "66&", "P2": "5" })));
}

#[tokio::test]
async fn parameters_are_validated() {
    let simulator = start_at(account()).await;
    let with = |name: &str, value: Value| {
        let mut fields = usual();
        fields[name] = value;
        fields
    };
    let many = vec!["13800000001"; 1_001].join(",");
    for (function, fields, result) in [
        ("send_single", with("mobile", json!("1380000000")), -100_012),
        ("send_single", with("mobile", json!("13800000001,13800000002")), -100_012),
        ("send_batch", with("mobile", json!("13800000001,008613800000002")), -100_012),
        ("send_batch", with("mobile", json!(many)), -100_014),
        ("send_single", with("content", json!("")), -100_106),
        ("send_single", with("content", json!("a".repeat(1_001))), -100_011),
        ("send_single", with("custid", json!("a b")), -100_004),
        ("send_single", with("exdata", json!("x".repeat(65))), -100_004),
        ("send_single", with("svrtype", json!("a-b")), -100_252),
        ("send_mixed", with("content", json!("a,b")), -100_060),
        ("send_multi", with("multimt", json!([])), -100_091),
        ("send_everything", usual(), -100_070),
    ] {
        assert_eq!(call(&simulator, function, fields.clone()).await["result"], result, "{function} {fields}");
    }
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (0, 12));
}

#[tokio::test]
async fn faults_wear_the_providers_shape() {
    let simulator = start_at(account()).await;
    break_at(&simulator, KEY, json!({ "error": { "code": "-100003", "message": "no credit" } }));
    let answer = call(&simulator, "send_single", usual()).await;
    assert_eq!(answer, json!({ "result": -100_003, "desc": "no%20credit", "msgid": 0, "custid": "" }));
}
