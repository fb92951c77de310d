//! Bad input: each case has its problem code, and nothing is stored.

use super::*;
use bytes::Bytes;

struct Case {
    what: &'static str,
    body: Value,
    status: u16,
    code: &'static str,
    names: &'static str,
}

fn with(field: &str, value: Value) -> Value {
    let mut body = otp("13800000001");
    body[field] = value;
    body
}

fn without(field: &str) -> Value {
    let mut body = otp("13800000001");
    body.as_object_mut().expect("an object").remove(field);
    body
}

fn case(what: &'static str, body: Value, status: u16, code: &'static str, names: &'static str) -> Case {
    Case { what, body, status, code, names }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_submission_has_its_code_and_stores_nothing() {
    let stage = stage().await;
    let cases = [
        case("no recipient", without("to"), 400, "invalid_request", "to"),
        case("no template", without("template"), 400, "invalid_request", "template"),
        case("an unknown field", with("colour", json!("red")), 400, "invalid_request", "colour"),
        case("a number for a text", with("to", json!(13_800_000_001_u64)), 400, "invalid_request", "string"),
        case("params of a wrong type", with("params", json!({"code": 5})), 400, "invalid_request", "string"),
        case("a list for an object", json!([]), 400, "invalid_request", ""),
        case("control characters", with("params", json!({"code": "1\u{0}2"})), 422, "params_mismatch", "code"),
        case(
            "a list that serde would take",
            json!(["13800000001", "login", "示例签名", {"code": "1"}, null, null, null]),
            400,
            "invalid_request",
            "object",
        ),
        case("a landline", with("to", json!("01012345678")), 422, "invalid_phone_number", "to"),
        case("a short number", with("to", json!("1380000")), 422, "invalid_phone_number", "to"),
        case("a bad foreign number", with("to", json!("+1202555")), 422, "invalid_phone_number", "to"),
        case("an unknown template", with("template", json!("nope")), 422, "unknown_template", "nope"),
        case("an unknown sign name", with("sign_name", json!("nope")), 422, "unknown_sign_name", "nope"),
        case("a missing parameter", with("params", json!({})), 422, "params_mismatch", "code"),
        case("an extra parameter", with("params", json!({"code": "1", "name": "x"})), 422, "params_mismatch", "name"),
        case("an oversized parameter", with("params", json!({"code": "123456789"})), 422, "params_mismatch", "code"),
        case(
            "a send time in the past",
            with("send_at", json!("2020-01-01T00:00:00Z")),
            422,
            "send_at_in_past",
            "send_at",
        ),
        case("a send time that is none", with("send_at", json!("tomorrow")), 400, "invalid_request", "RFC 3339"),
        case(
            "a send time far ahead",
            with("send_at", json!("2099-01-01T00:00:00Z")),
            400,
            "invalid_request",
            "send_at",
        ),
        case("no time to live", with("expires_in", json!(0)), 400, "invalid_request", "expires_in"),
        case("a long reference", with("reference", json!("x".repeat(129))), 400, "invalid_request", "reference"),
    ];
    for case in cases {
        let answer = stage.api().post("/v1/messages", &case.body).await.expect("an answer");
        assert_eq!((answer.status, answer.code()), (case.status, case.code), "{}: {}", case.what, answer.json);
        let detail = answer.json["detail"].as_str().expect("words");
        assert!(detail.contains(case.names), "{}: {detail:?} does not name {:?}", case.what, case.names);
    }
    let long = stage.api().post("/v1/messages", &with("template", json!("x".repeat(5_000)))).await.expect("an answer");
    refused(&long, 422, "unknown_template");
    assert!(long.body.len() < 400, "what was sent is not echoed whole: {} bytes", long.body.len());
    assert_eq!(count(&stage.api()).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_and_oversized_bodies_are_refused() {
    let stage = stage().await;
    let api = stage.api();
    for rubbish in ["", "{", "null", "\u{0}", "{\"to\":\"13800000001\"}x"] {
        let answer = api.raw("POST", "/v1/messages", &[], Bytes::from(rubbish)).await.expect("an answer");
        refused(&answer, 400, "invalid_request");
    }
    let large = json!({"to": "x".repeat(1 << 20)});
    refused(&api.post("/v1/messages", &large).await.expect("an answer"), 413, "payload_too_large");
    let batch = json!({"messages": [{"to": "x".repeat(16 << 20)}]});
    refused(&api.post("/v1/messages/batch", &batch).await.expect("an answer"), 413, "payload_too_large");
    refused(&api.get("/v1/messages/msg_nope").await.expect("an answer"), 404, "not_found");
    refused(&api.get("/v1/messages/msg_01M84KAPK0Y0A1QGW8MEV2B4G3").await.expect("an answer"), 404, "not_found");
    refused(&api.get("/v1/nothing").await.expect("an answer"), 404, "not_found");
    refused(&api.get("/v1/messages?limit=100000").await.expect("an answer"), 400, "invalid_request");
    refused(&api.call("DELETE", "/v1/messages", &Value::Null).await.expect("an answer"), 405, "method_not_allowed");
    assert_eq!(count(&api).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_stands_for_one_body_also_over_a_restart() {
    let mut stage = stage().await;
    let api = stage.api();
    let post = |body: Value| {
        let api = api.clone();
        async move {
            api.raw("POST", "/v1/messages", &[("idempotency-key", "order-7")], body.to_string().into())
                .await
                .expect("an answer")
        }
    };
    let first = post(otp("13800000001")).await;
    let again = post(otp("13800000001")).await;
    assert_eq!((first.status, &first.json), (again.status, &again.json));
    refused(&post(otp("13800000002")).await, 409, "idempotency_conflict");
    stage.gateway.kill().expect("killed");
    stage.gateway.start_again().await.expect("a start");
    assert_eq!(post(otp("13800000001")).await.json, first.json);
    refused(&post(otp("13800000002")).await, 409, "idempotency_conflict");
    assert_eq!(count(&api).await, 1);
    // The answer outlives what it was made from.
    stage
        .gateway
        .admin()
        .post("/blocklist", &json!({"number": "13800000001"}))
        .await
        .expect("an answer")
        .ok()
        .expect("ok");
    assert_eq!(post(otp("13800000001")).await.json, first.json);
    // A refused submission does not use up its key.
    let bad = api.raw("POST", "/v1/messages", &[("idempotency-key", "order-8")], otp("1").to_string().into()).await;
    refused(&bad.expect("an answer"), 422, "invalid_phone_number");
    let good =
        api.raw("POST", "/v1/messages", &[("idempotency-key", "order-8")], otp("13800000003").to_string().into()).await;
    assert_eq!(good.expect("an answer").status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_does_not_fit_the_schema_is_refused_by_property() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    let cases = [
        (json!({"access_key_id": "LTAIexampleKeyId"}), "access_key_secret"),
        (json!({"access_key_id": 7, "access_key_secret": "exampleKeySecret"}), "access_key_id"),
        (json!({"access_key_id": "a", "access_key_secret": "exampleKeySecret", "colour": "red"}), "colour"),
    ];
    for (config, property) in cases {
        let account = json!({"name": "second", "provider": "aliyun", "config": config});
        let answer = admin.post("/accounts", &account).await.expect("an answer");
        refused(&answer, 400, "invalid_request");
        let detail = answer.json["detail"].as_str().expect("words");
        assert!(detail.contains(property) && !detail.contains("exampleKeySecret"), "{detail}");
    }
    let unknown = json!({"name": "second", "provider": "nobody", "config": {}});
    refused(&admin.post("/accounts", &unknown).await.expect("an answer"), 400, "invalid_request");
    let accounts = admin.get("/accounts").await.expect("an answer").json;
    assert_eq!(accounts["accounts"].as_array().expect("a list").len(), 1);
    assert!(!accounts.to_string().contains("exampleKeySecret"), "secrets are never shown again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_may_send_nothing_is_refused_and_not_made() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    for limit in ["rate_per_second", "max_concurrency"] {
        let channel = json!({"name": "still", "account": "main", limit: 0});
        let answer = admin.post("/channels", &channel).await.expect("an answer");
        refused(&answer, 400, "invalid_request");
        assert!(answer.json["detail"].as_str().expect("words").contains(limit), "{}", answer.json);
    }
    refused(&admin.get("/channels/still").await.expect("an answer"), 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_prove_themselves() {
    let stage = stage().await;
    for client in [
        Client::new(format!("{}/admin/v1", stage.gateway.url()), None),
        Client::new(format!("{}/admin/v1", stage.gateway.url()), Some(stage.key.clone())),
    ] {
        refused(&client.get("/applications").await.expect("an answer"), 401, "unauthorized");
        refused(&client.post("/applications", &json!({"name": "x"})).await.expect("an answer"), 401, "unauthorized");
    }
    refused(
        &stage.gateway.admin().post("/applications", &json!({"name": "shop"})).await.expect("an answer"),
        409,
        "conflict",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_word_never_means_two_sign_names_and_what_is_in_use_stays() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    for twin in [
        json!({"text": SIGN_NAME}),
        json!({"text": "example", "code": "other"}),
        json!({"text": "别的", "code": "example"}),
    ] {
        refused(&admin.post("/sign-names", &twin).await.expect("an answer"), 409, "conflict");
    }
    let renamed = json!({"provider_code": "SMS_000001", "params": [{"from": "code", "to": "verify"}]});
    admin.call("PUT", "/channels/aliyun-1/templates/login", &renamed).await.expect("an answer").ok().expect("ok");
    let change = json!({"content": "hello ${other}"});
    refused(&admin.call("PATCH", "/templates/login", &change).await.expect("an answer"), 409, "in_use");
    for used in ["/channels/aliyun-1", "/templates/login", "/sign-names/example", "/accounts/main"] {
        refused(&admin.call("DELETE", used, &Value::Null).await.expect("an answer"), 409, "in_use");
    }
    let id = accepted(&stage.api(), &otp("13800000001")).await;
    becomes(&stage.api(), &id, "delivered").await;
}
