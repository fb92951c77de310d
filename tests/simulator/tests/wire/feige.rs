//! Feige, both generations.

use std::sync::Arc;

use provider_simulator::{Account, Provider, Simulator};
use serde_json::{Value, json};

use crate::everywhere::{Scene, Sending};
use crate::support::{Http, Listener, PATIENCE, break_at, register, start_at, write_in};

const KEY: &str = "key0001";
const SECRET: &str = "secret0001";

fn account() -> Account {
    Account::new(Provider::Feige, KEY, SECRET)
}

fn old_account() -> Account {
    account().with_options(json!({ "version": "v1" }))
}

async fn call(simulator: &Simulator, path: &str, mut fields: Value) -> Value {
    fields["apikey"] = json!(KEY);
    fields["secret"] = json!(SECRET);
    Http::new().post_json(&format!("{}{path}", simulator.url()), &fields).await.json()
}

async fn old_call(simulator: &Simulator, path: &str, fields: &[(&str, &str)]) -> Value {
    let fields = [&[("Account", KEY), ("Pwd", SECRET)], fields].concat();
    Http::new().post_form(&format!("{}{path}", simulator.url()), &fields).await.json()
}

fn by_template(mobile: &str) -> Value {
    json!({ "mobile": mobile, "sign_id": "1001", "template_id": "2001", "content": "369751||5" })
}

/// Asks until an answer has a list.
async fn wait_for(simulator: &Simulator, path: &str, list: &str) -> Value {
    let asking = async {
        loop {
            let answer = call(simulator, path, json!({ "count": "200" })).await;
            if answer[list].is_array() {
                return answer;
            }
            assert_eq!(answer["code"], 10_004, "nothing waits yet");
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("it becomes due")
}

pub fn scene() -> Scene {
    let send = |simulator: Arc<Simulator>| -> Sending {
        Box::pin(async move {
            let mut fields = by_template("13800000001");
            fields["apikey"] = json!(KEY);
            fields["secret"] = json!(SECRET);
            Http::new().post_json(&format!("{}/sms/template", simulator.url()), &fields).await
        })
    };
    Scene { account: account(), send, error: ("15", r#""code":15"#) }
}

#[tokio::test]
async fn a_good_send_is_taken_and_remembered() {
    let simulator = start_at(account()).await;
    let answer = call(&simulator, "/sms/template", by_template("13800000001,13800000002")).await;
    assert_eq!((&answer["code"], &answer["msg"], &answer["count"]), (&json!(0), &json!("OK"), &json!(2)));
    let text = &simulator.texts("13800000002")[0];
    assert_eq!(
        (text.template.as_str(), text.sign_name.as_str(), &text.params),
        ("2001", "1001", &json!(["369751", "5"]))
    );
    assert_eq!(json!(text.biz_id), answer["msg_no"]);
    let fields = json!({ "mobile": "13800000003", "sign_id": 1001, "content": "验".repeat(70) });
    assert_eq!(call(&simulator, "/sms/send", fields).await["count"], 2, "the sign name's brackets make it long");
    let fields = json!({ "mobile": "85200000000", "sign_id": "1001", "template_id": "2001", "content": "a|b" });
    assert_eq!(call(&simulator, "/inter/send", fields).await["code"], 0);
    assert_eq!(simulator.texts("85200000000")[0].params, json!(["a", "b"]));
}

#[tokio::test]
async fn an_account_has_one_generation() {
    let simulator = start_at(account()).await;
    let old = [("Mobile", "13800000001"), ("Content", "369751||5"), ("TemplateId", "2001"), ("SignId", "1001")];
    assert_eq!(old_call(&simulator, "/SmsService/Template", &old).await["Code"], 1);
    assert_eq!(call(&simulator, "/sms/template", by_template("13800000001")).await["code"], 0);
    register(&simulator, old_account());
    assert_eq!(old_call(&simulator, "/SmsService/Template", &old).await["Code"], 0);
    assert_eq!(call(&simulator, "/sms/template", by_template("13800000001")).await["code"], 1);
    register(&simulator, Account { secret: "another".to_owned(), ..account() });
    assert_eq!(call(&simulator, "/sms/template", by_template("13800000001")).await["code"], 1);
}

#[tokio::test]
async fn parameters_are_validated() {
    let options = json!({ "signs": { "1001": "示例" }, "templates": { "2001": "码{1}，{2}分" }, "most_numbers": 2 });
    let simulator = start_at(account().with_options(options)).await;
    let with = |name: &str, value: Value| {
        let mut fields = by_template("13800000001");
        fields[name] = value;
        fields
    };
    for (fields, code) in [
        (with("mobile", json!("")), 10_001),
        (with("mobile", json!("13800000001,1380000000")), 10_002),
        (with("mobile", json!("13800000001,13800000002,13800000003")), 10_003),
        (with("sign_id", json!("")), 10_001),
        (with("sign_id", json!("示例")), 10_002),
        (with("sign_id", json!("1002")), 10_002),
        (with("template_id", json!("2002")), 10_002),
        (with("content", json!("1")), 10_002),
    ] {
        assert_eq!(call(&simulator, "/sms/template", fields.clone()).await["code"], code, "{fields}");
    }
    assert_eq!(call(&simulator, "/sms/send", with("content", json!(""))).await["code"], 10_001);
    break_at(&simulator, KEY, json!({ "error": { "code": "10007" } }));
    assert_eq!(call(&simulator, "/sms/template", by_template("13800000001")).await["code"], 10_007);
    assert_eq!((simulator.summary().texts, simulator.summary().refused), (0, 10));
}

#[tokio::test]
async fn the_first_generation_drops_numbers_and_counts_them() {
    let simulator = start_at(old_account()).await;
    let fields =
        [("Mobile", "13800000001,123,13800000002"), ("Content", "码6666"), ("SignId", "1001"), ("ExtNo", "01")];
    break_at(&simulator, KEY, json!({ "text_error": { "code": "black", "numbers": ["13800000002"] } }));
    let answer = old_call(&simulator, "/SmsService/Send", &fields).await;
    let counts = ["SuccessCount", "InvalidCount", "BlackCount", "Code"].map(|name| answer[name].clone());
    assert_eq!(json!(counts), json!([1, 1, 1, 0]));
    assert_eq!(simulator.texts("13800000001")[0].extend_code.as_deref(), Some("01"));
    assert_eq!(simulator.missing(&["13800000001", "13800000002"]), ["13800000002"]);

    let fields = [("Content", "A#@#13800000003#@@#B#@#13800000004"), ("SignId", "1001")];
    assert_eq!(old_call(&simulator, "/SmsService/Gx", &fields).await["SuccessCount"], 2);
    assert_eq!(simulator.texts("13800000004")[0].text.as_deref(), Some("B"));
    let missing = old_call(&simulator, "/SmsService/Template", &[("Mobile", "13800000001"), ("SignId", "1001")]).await;
    assert_eq!(
        (&missing["Code"], &missing["Message"], &missing["SendId"]),
        (&json!(10_008), &json!("模板Id不能为空"), &json!(""))
    );
}

#[tokio::test]
async fn receipts_wait_without_a_callback() {
    let simulator = start_at(account()).await;
    let sent = call(&simulator, "/sms/template", by_template("13800000001")).await;
    let answer = wait_for(&simulator, "/sms/report", "data").await;
    assert_eq!(answer["data"], json!([{ "msg_no": sent["msg_no"], "mobile": "13800000001", "status": "DELIVRD" }]));
    assert_eq!(call(&simulator, "/sms/report", json!({ "count": "200" })).await["code"], 10_004, "only once");
    assert_eq!(call(&simulator, "/sms/report", json!({ "count": "5" })).await["code"], 10_002);
    register(&simulator, account().with_options(json!({ "list": "list" })));
    call(&simulator, "/sms/template", by_template("13800000001")).await;
    assert!(wait_for(&simulator, "/sms/report", "list").await["list"][0]["msg_no"].is_string());
}

#[tokio::test]
async fn the_first_generation_reads_receipts_too() {
    let simulator = start_at(old_account()).await;
    break_at(&simulator, KEY, json!({ "receipts": { "early": true, "fail_share": 1.0, "err_code": "EXPIRED" } }));
    let sent =
        old_call(&simulator, "/SmsService/Send", &[("Mobile", "13800000001"), ("Content", "T"), ("SignId", "1001")])
            .await;
    let answer = old_call(&simulator, "/ReportMo/Report", &[("Count", "20")]).await;
    let receipt = &answer["Rep"][0];
    assert_eq!((&receipt["SendID"], &receipt["Status"]), (&sent["SendId"], &json!("EXPIRED")));
    assert!(receipt["Times"].as_i64().is_some_and(|seconds| seconds > 1_704_164_649));
    assert_eq!(old_call(&simulator, "/ReportMo/Rep", &[]).await["Rep"], json!([]));
}

#[tokio::test]
async fn receipts_and_inbound_texts_are_pushed_with_a_callback() {
    let listener = Listener::start().await;
    let simulator = start_at(account().with_callback(&listener.url)).await;
    let sent = call(&simulator, "/sms/template", by_template("13800000001")).await;
    let pushed = listener.pushes(1).await[0].json();
    assert_eq!((&pushed["count"], &pushed["data"][0]["msg_no"]), (&json!(1), &sent["msg_no"]));
    assert!(pushed["data"][0]["time"].is_number());
    write_in(&simulator, KEY, "T");
    assert_eq!(listener.pushes(2).await[1].json()["data"][0]["content"], "T");
    assert_eq!(call(&simulator, "/sms/mo", json!({})).await["code"], 10_005, "what is pushed does not wait as well");
}

#[tokio::test]
async fn inbound_texts_and_the_balance_are_told() {
    let simulator = start_at(account().with_balance("10000.025")).await;
    write_in(&simulator, KEY, "T");
    let answer = call(&simulator, "/sms/mo", json!({ "count": "10" })).await;
    assert_eq!((&answer["data"][0]["content"], &answer["data"][0]["mobile"]), (&json!("T"), &json!("13800000001")));
    assert_eq!(call(&simulator, "/balance/balance", json!({})).await["balance"], 10_000.025);
    register(&simulator, old_account());
    assert_eq!(old_call(&simulator, "/Account/Balance", &[]).await["Balance"], 1_000.0);
}
