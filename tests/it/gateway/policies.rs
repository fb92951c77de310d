//! Routing policies: what operators may say, what is refused, and what all of them say together.

use super::*;

const POLICIES: &str = "/routing-policies";

/// A stage with a second channel that carries nothing yet.
async fn stage_with_two_channels() -> Stage {
    let stage = stage().await;
    let second = json!({"name": "second", "account": "main"});
    stage.gateway.admin().post("/channels", &second).await.expect("an answer").ok().expect("made");
    stage
}

/// Makes a policy; answers its id.
async fn made(admin: &Client, policy: &Value) -> String {
    let answer = admin.post(POLICIES, policy).await.expect("an answer");
    assert_eq!(answer.status, 201, "{policy}: {}", answer.json);
    answer.json["id"].as_str().expect("an id").to_owned()
}

async fn all(admin: &Client) -> Value {
    admin.get(POLICIES).await.expect("an answer").json["routing_policies"].clone()
}

fn detail(answer: &Answer) -> &str {
    answer.json["detail"].as_str().expect("words")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_made_by_names_or_ids_changed_and_removed() {
    let stage = stage_with_two_channels().await;
    let admin = stage.gateway.admin();
    let second = admin.get("/channels/second").await.expect("an answer").json["id"].clone();
    let template = admin.get("/templates/login").await.expect("an answer").json["id"].clone();
    let policy = json!({"application": "shop", "template": template, "class": "otp", "strategy": "weighted",
        "pinned": [second, "aliyun-1"], "weights": {"second": 300}, "note": "codes go the dear way"});
    let id = made(&admin, &policy).await;
    assert!(id.starts_with("rpo_"), "{id}");
    let way = format!("{POLICIES}/{id}");
    let shown = admin.get(&way).await.expect("an answer").json;
    assert_eq!((&shown["application"], &shown["template"]), (&json!("shop"), &json!("login")));
    assert_eq!((&shown["pinned"], &shown["excluded"]), (&json!(["second", "aliyun-1"]), &json!([])));
    assert_eq!((&shown["weights"], &shown["strategy"]), (&json!({"second": 300}), &json!("weighted")));
    assert_eq!(all(&admin).await, json!([shown]));
    let change = json!({"strategy": null, "pinned": [], "excluded": ["second", "second"]});
    let changed = admin.call("PATCH", &way, &change).await.expect("an answer").ok().expect("changed").json;
    assert_eq!((&changed["strategy"], &changed["pinned"]), (&Value::Null, &json!([])));
    assert_eq!((&changed["excluded"], &changed["note"]), (&json!(["second"]), &shown["note"]));
    assert_eq!(changed["weights"], shown["weights"], "what is not named stays");
    assert_eq!(admin.call("DELETE", &way, &Value::Null).await.expect("an answer").status, 204);
    refused(&admin.call("DELETE", &way, &Value::Null).await.expect("an answer"), 404, "not_found");
    refused(&admin.get(&way).await.expect("an answer"), 404, "not_found");
    assert_eq!(all(&admin).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_means_nothing_is_refused_and_changes_nothing() {
    let stage = stage_with_two_channels().await;
    let admin = stage.gateway.admin();
    let standing = made(&admin, &json!({"application": "shop", "pinned": ["second"]})).await;
    let before = all(&admin).await;
    let both = json!({"template": "login", "pinned": ["aliyun-1", "second"], "excluded": ["second"]});
    let cases = [
        (json!({"application": "nobody"}), 404, "not_found", "application"),
        (json!({"template": "nix"}), 404, "not_found", "template"),
        (json!({"class": "codes"}), 400, "invalid_request", "codes"),
        (json!({"strategy": "best"}), 400, "invalid_request", "best"),
        (json!({"pinned": ["aliyun-1", "third"]}), 400, "invalid_request", "pinned: there is no channel \"third\""),
        (json!({"excluded": ["third"]}), 400, "invalid_request", "excluded: there is no channel \"third\""),
        (json!({"weights": {"third": 1}}), 400, "invalid_request", "weights: there is no channel \"third\""),
        (json!({"weights": {"second": 0}}), 400, "invalid_request", "weights: 1 to 1000"),
        (json!({"weights": {"second": 1001}}), 400, "invalid_request", "(second)"),
        (json!({"pinned": ["second", "second"]}), 400, "invalid_request", "named twice (second)"),
        (both, 400, "invalid_request", "both pinned and excluded (second)"),
        (json!({"note": "x".repeat(201)}), 400, "invalid_request", "note"),
        (json!({"channel": "second"}), 400, "invalid_request", "channel"),
        (json!({"application": "shop", "excluded": ["aliyun-1"]}), 409, "conflict", standing.as_str()),
    ];
    for (policy, status, code, words) in cases {
        let answer = admin.post(POLICIES, &policy).await.expect("an answer");
        refused(&answer, status, code);
        assert!(detail(&answer).contains(words), "{policy}: {}", detail(&answer));
    }
    let way = format!("{POLICIES}/{standing}");
    for (change, words) in [
        (json!({"excluded": ["second"]}), "both pinned and excluded (second)"),
        (json!({"pinned": ["third"]}), "pinned: there is no channel"),
        (json!({"weights": {"second": 0}}), "weights: 1 to 1000"),
        (json!({"application": "shop"}), "application"),
    ] {
        let answer = admin.call("PATCH", &way, &change).await.expect("an answer");
        refused(&answer, 400, "invalid_request");
        assert!(detail(&answer).contains(words), "{change}: {}", detail(&answer));
    }
    refused(&admin.get(&format!("{POLICIES}/rpo_nope")).await.expect("an answer"), 404, "not_found");
    assert_eq!(all(&admin).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_names_stays_until_the_policy_is_gone() {
    let stage = stage_with_two_channels().await;
    let admin = stage.gateway.admin();
    let template = json!({"code": "news", "class": "notice", "content": "news"});
    admin.post("/templates", &template).await.expect("an answer").ok().expect("made");
    admin.call("PATCH", "/channels/second", &json!({"enabled": false})).await.expect("an answer").ok().expect("off");
    let delete = async |path: &str| admin.call("DELETE", path, &Value::Null).await.expect("an answer");
    for says in ["pinned", "excluded", "weights"] {
        let channels = if says == "weights" { json!({"second": 5}) } else { json!(["second"]) };
        let id = made(&admin, &json!({"template": "news", says: channels})).await;
        for used in ["/channels/second", "/templates/news"] {
            let answer = delete(used).await;
            refused(&answer, 409, "in_use");
            assert!(detail(&answer).contains(&id), "{says}, {used}: {}", detail(&answer));
        }
        assert_eq!(delete(&format!("{POLICIES}/{id}")).await.status, 204);
    }
    assert_eq!(delete("/channels/second").await.status, 204);
    assert_eq!(delete("/templates/news").await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_has_what_all_policies_say_together_also_after_a_restart() {
    let mut stage = stage_with_two_channels().await;
    let admin = stage.gateway.admin();
    let effective = async |template: &str| {
        let way = format!("{POLICIES}/effective?application=shop&template={template}");
        admin.get(&way).await.expect("an answer").ok().expect("shown").json
    };
    let none = json!({"policies": [], "strategy": "priority", "pinned": [], "excluded": [], "weights": {}});
    assert_eq!(effective("login").await, none);
    let general = made(&admin, &json!({"strategy": "cheapest", "weights": {"second": 1, "aliyun-1": 1}})).await;
    let class = made(&admin, &json!({"class": "marketing", "excluded": ["second"]})).await;
    let application = made(&admin, &json!({"application": "shop", "weights": {"second": 2}})).await;
    let template = made(&admin, &json!({"template": "login", "strategy": "quality", "pinned": ["second"]})).await;
    let login = json!({"policies": [general, application, template], "strategy": "quality", "pinned": ["second"],
        "excluded": [], "weights": {"aliyun-1": 1, "second": 2}});
    let sale = json!({"policies": [general, class, application], "strategy": "cheapest", "pinned": [],
        "excluded": ["second"], "weights": {"aliyun-1": 1, "second": 2}});
    for restarted in [false, true] {
        if restarted {
            stage.gateway.kill().expect("killed");
            stage.gateway.start_again().await.expect("a start");
        }
        assert_eq!((effective("login").await, effective("sale").await), (login.clone(), sale.clone()));
    }
    admin.call("DELETE", &format!("{POLICIES}/{template}"), &Value::Null).await.expect("an answer").ok().expect("gone");
    assert_eq!(effective("login").await["pinned"], json!([]));
    let stray = admin.get(&format!("{POLICIES}/effective?application=shop&template=nix")).await.expect("an answer");
    refused(&stray, 404, "not_found");
    refused(&admin.get(&format!("{POLICIES}/effective")).await.expect("an answer"), 400, "invalid_request");
}
