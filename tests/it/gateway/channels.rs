//! What operators say of a channel: the fields that routing weighs, how each is taken away again, and what is refused.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_routing_weighs_is_set_changed_and_taken_away() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    let plain = admin.get("/channels/aliyun-1").await.expect("an answer").json;
    assert_eq!(
        [&plain["weight"], &plain["price"], &plain["carriers"], &plain["rules"]],
        [&json!(100), &Value::Null, &json!([]), &Value::Null]
    );
    let price = json!({"value": "0.045", "unit": "CNY"});
    let rules = json!({"frequency": [{"category": ["otp"], "per": ["recipient"], "window_seconds": 60, "max": 1}]});
    let second = json!({"name": "second", "account": "main", "weight": 1000, "price": price,
        "carriers": ["unicom", "mobile", "unicom"], "rules": rules});
    let made = admin.post("/channels", &second).await.expect("an answer");
    assert_eq!(made.status, 201, "{}", made.json);
    let seen = |channel: &Value| ["weight", "price", "carriers", "rules"].map(|field| channel[field].clone());
    let full = [json!(1000), price, json!(["mobile", "unicom"]), rules];
    assert_eq!(seen(&made.json), full);
    // What is not named stays; null and an empty list take away.
    let steps = [
        (json!({"position": 3}), full.clone()),
        (json!({"weight": 1}), [json!(1), full[1].clone(), full[2].clone(), full[3].clone()]),
        (json!({"price": null, "carriers": []}), [json!(1), Value::Null, json!([]), full[3].clone()]),
        (json!({"rules": {}}), [json!(1), Value::Null, json!([]), Value::Null]),
        (json!({"rules": full[3]}), [json!(1), Value::Null, json!([]), full[3].clone()]),
        (json!({"rules": null}), [json!(1), Value::Null, json!([]), Value::Null]),
    ];
    for (change, expected) in steps {
        let answer = admin.call("PATCH", "/channels/second", &change).await.expect("an answer");
        assert_eq!((answer.status, seen(&answer.json)), (200, expected), "{change}");
        assert_eq!(admin.get("/channels/second").await.expect("an answer").json, answer.json, "{change}");
    }
    let bound = json!({"carriers": ["telecom"]});
    let way = "/channels/second/sign-names/example";
    let answer = admin.call("PUT", way, &bound).await.expect("an answer").json;
    assert_eq!(answer["sign_names"][0]["carriers"], json!(["telecom"]), "{answer}");
    let answer = admin.call("PUT", way, &json!({})).await.expect("an answer").json;
    assert_eq!(answer["sign_names"][0]["carriers"], json!([]), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_means_nothing_is_refused_by_field() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    let before = admin.get("/channels").await.expect("an answer").json;
    let cases = [
        (json!({"weight": 0}), "weight: 1 to 1000"),
        (json!({"weight": 1001}), "weight: 1 to 1000"),
        (json!({"price": {"value": "-1", "unit": "CNY"}}), "price: expected a decimal"),
        (json!({"price": {"value": "0.0000001", "unit": "CNY"}}), "price: expected a decimal"),
        (json!({"price": {"value": "1", "unit": "message"}}), "price: expected a currency"),
        (json!({"price": "0.045"}), "Amount"),
        (json!({"carriers": ["vodafone"]}), "vodafone"),
        (json!({"rules": []}), "rules: expected an object"),
        (json!({"rules": {"frequencies": []}}), "frequencies"),
        (json!({"rules": {"frequency": [{"per": ["recipient"], "window_seconds": 60, "max": 0}]}}), "max is 1 or more"),
    ];
    for (fields, expected) in cases {
        let mut new = json!({"name": "second", "account": "main"});
        new.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        for (method, path, body) in [("POST", "/channels", &new), ("PATCH", "/channels/aliyun-1", &fields)] {
            let answer = admin.call(method, path, body).await.expect("an answer");
            refused(&answer, 400, "invalid_request");
            let detail = answer.json["detail"].as_str().expect("words");
            assert!(detail.contains(expected), "{method} {fields}: {detail}");
        }
    }
    let unknown = json!({"carriers": ["cmcc"]});
    let answer = admin.call("PUT", "/channels/aliyun-1/sign-names/example", &unknown).await.expect("an answer");
    refused(&answer, 400, "invalid_request");
    assert_eq!(admin.get("/channels").await.expect("an answer").json, before);
}
