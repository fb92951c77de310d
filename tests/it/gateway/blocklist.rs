//! The blocklist and opt-outs: by file, by hand, by the person's own word.

use super::*;
use bytes::Bytes;

fn sale(number: &str) -> Value {
    json!({"to": number, "template": "sale", "sign_name": SIGN_NAME, "params": {"shop": "A"}})
}

/// Imports a file and waits until it is stored.
async fn import(admin: &Client, file: impl Into<Bytes>) -> Value {
    let answer = admin.raw("POST", "/blocklist/import?note=imported", &[], file.into()).await.expect("an answer");
    assert_eq!(answer.status, 202, "{}", answer.json);
    until("the import", PATIENCE, || {
        let admin = admin.clone();
        async move {
            let status = admin.get("/blocklist/import").await.ok()?.json;
            (status["state"] != "running").then_some(status)
        }
    })
    .await
    .expect("it ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_imported_counted_and_in_force_at_once_and_after_a_restart() {
    let mut stage = stage().await;
    let (api, admin) = (stage.api(), stage.gateway.admin());
    accepted(&api, &notice("13800000001")).await;
    let mut file = String::from("number,note\n13800000001,complained\nnonsense\n13800000001\n");
    (0..5000).for_each(|number| file.push_str(&format!("1380001{number:04}\n")));
    let status = import(&admin, file).await;
    assert_eq!(status["state"], "done", "{status}");
    let counts = ["rows", "numbers", "stored", "added", "duplicates", "invalid"]
        .map(|field| status[field].as_u64().expect("a count"));
    assert_eq!(counts, [5003, 5001, 5001, 5001, 1, 1], "{status}");
    for restarted in [false, true] {
        if restarted {
            stage.gateway.kill().expect("killed");
            stage.gateway.start_again().await.expect("a start");
        }
        refused(&api.post("/v1/messages", &notice("13800000001")).await.expect("an answer"), 422, "blocked_number");
        refused(&api.post("/v1/messages", &otp("13800014999")).await.expect("an answer"), 422, "blocked_number");
        accepted(&api, &notice("13800000002")).await;
    }
    let one = admin.get("/blocklist/13800000001").await.expect("an answer").json;
    assert_eq!((&one["number"], &one["note"]), (&json!("+8613800000001"), &json!("complained")));
    let page = admin.get("/blocklist").await.expect("an answer").json;
    assert_eq!((page["total"].as_u64(), page["blocked_numbers"].as_array().expect("a list").len()), (Some(5001), 200));
    let export = admin.get("/blocklist/export").await.expect("an answer");
    let lines = String::from_utf8(export.body.to_vec()).expect("UTF-8");
    assert_eq!(lines.lines().count(), 5002);
    assert!(lines.contains("+8613800000001,complained,"));
    // Again: nothing is new.
    let again = import(&admin, export.body).await;
    assert_eq!((&again["added"], &again["invalid"]), (&json!(0), &json!(0)), "{again}");
    assert_eq!(admin.call("DELETE", "/blocklist/13800000001", &Value::Null).await.expect("an answer").status, 204);
    accepted(&api, &notice("13800000001")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_list_is_refused_by_name_and_changes_nothing() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    let files: [(&[u8], &str); 5] = [
        (b"", "empty"),
        (b"PK\x03\x04....", "workbook"),
        (b"\xff\xfe1\x003\x00", "UTF-16"),
        (b"name\nLi\nWang\n", "phone number"),
        (b"\x00\x01\x02\x03\x04", "empty"),
    ];
    for (file, word) in files {
        let answer = admin.raw("POST", "/blocklist/import", &[], Bytes::from_static(file)).await.expect("an answer");
        refused(&answer, 400, "invalid_request");
        assert!(answer.json["detail"].as_str().expect("words").contains(word), "{word}: {}", answer.json);
    }
    assert_eq!(admin.get("/blocklist").await.expect("an answer").json["total"], 0);
    assert_eq!(admin.get("/blocklist/import").await.expect("an answer").status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_blocked_while_its_text_waits_gets_nothing() {
    let stage = stage().await;
    let (api, admin) = (stage.api(), stage.gateway.admin());
    admin.call("PATCH", "/channels/aliyun-1", &json!({"enabled": false})).await.expect("an answer").ok().expect("off");
    let id = accepted(&api, &notice("13800000001")).await;
    admin.post("/blocklist", &json!({"number": "13800000001"})).await.expect("an answer").ok().expect("blocked");
    admin.call("PATCH", "/channels/aliyun-1", &json!({"enabled": true})).await.expect("an answer").ok().expect("on");
    let story = becomes(&api, &id, "rejected").await;
    assert_eq!(story["cause"]["code"], "blocked_number");
    assert!(stage.simulator.texts("13800000001").is_empty());
}

/// ANCHORS: an opt-out that people sent since 2015 and nobody handled.
#[tokio::test(flavor = "multi_thread")]
async fn stop_was_answered_and_nobody_listened() {
    let mut stage = stage().await;
    let (api, admin) = (stage.api(), stage.gateway.admin());
    becomes(&api, &accepted(&api, &sale("13800000001")).await, "delivered").await;
    // Neither a code that came since nor a rule that gives all inbound texts to somebody else changes whose advertising was answered.
    admin.post("/applications", &json!({"name": "crm"})).await.expect("an answer").ok().expect("made");
    admin
        .post("/inbound-routes", &json!({"application": "crm", "account": "main"}))
        .await
        .expect("an answer")
        .ok()
        .expect("made");
    becomes(&api, &accepted(&api, &otp("13800000001")).await, "delivered").await;
    let text = json!({"account": jixinda_test_support::ACCESS_KEY_ID, "number": "13800000001", "content": "ｔｄ。", "dest_code": "01"});
    stage.simulator.push_inbound(serde_json::from_value(text).expect("a text")).expect("pushed");
    until("the opt-out", PATIENCE, || {
        let admin = admin.clone();
        async move { (!admin.get("/opt-outs").await.ok()?.json["opt_outs"].as_array()?.is_empty()).then_some(()) }
    })
    .await
    .expect("it is recorded");
    let opt_out = admin.get("/opt-outs/13800000001").await.expect("an answer").json["opt_outs"][0].clone();
    assert!(opt_out["application"].is_string() && opt_out["sign_name"].is_string(), "{opt_out}");
    for restarted in [false, true] {
        if restarted {
            stage.gateway.kill().expect("killed");
            stage.gateway.start_again().await.expect("a start");
        }
        let answer = api.post("/v1/messages", &sale("13800000001")).await.expect("an answer");
        refused(&answer, 422, "blocked_number");
        assert!(answer.json["detail"].as_str().expect("words").contains("opted out"), "{}", answer.json);
        // A code that the person asks for is not advertising.
        accepted(&api, &otp("13800000001")).await;
    }
    let removed = admin.call("DELETE", "/opt-outs/13800000001", &Value::Null).await.expect("an answer");
    assert_eq!(removed.json["removed"], 1);
    accepted(&api, &sale("13800000001")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbound_text_goes_where_a_rule_says() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    let other =
        admin.post("/applications", &json!({"name": "votes"})).await.expect("an answer").ok().expect("made").json;
    let key = format!(
        "{}.{}",
        other["key"]["id"].as_str().expect("an id"),
        other["key"]["secret"].as_str().expect("a secret")
    );
    let rule = json!({"application": "votes", "keyword": "投票"});
    assert_eq!(admin.post("/inbound-routes", &rule).await.expect("an answer").status, 201);
    refused(
        &admin.post("/inbound-routes", &json!({"application": "votes"})).await.expect("an answer"),
        400,
        "invalid_request",
    );
    becomes(&stage.api(), &accepted(&stage.api(), &notice("13800000001")).await, "delivered").await;
    for content in ["投票 A", "谢谢"] {
        let text = json!({"account": jixinda_test_support::ACCESS_KEY_ID, "number": "13800000001", "content": content, "dest_code": "01"});
        stage.simulator.push_inbound(serde_json::from_value(text).expect("a text")).expect("pushed");
    }
    for (api, content) in [(stage.gateway.api(&key), "投票 A"), (stage.api(), "谢谢")] {
        let texts = until("the text", PATIENCE, || {
            let api = api.clone();
            async move {
                api.get("/v1/inbound").await.ok()?.json["inbound"].as_array().filter(|texts| !texts.is_empty()).cloned()
            }
        })
        .await
        .expect("it arrives");
        assert_eq!((texts.len(), &texts[0]["text"]), (1, &json!(content)));
    }
}
