//! The gateway as its users see it: a real process, real HTTP, the real Aliyun component, the provider simulator.

mod auth;
mod bad_input;
mod batch;
mod blocklist;
mod bodies;
mod canary;
mod channels;
mod cluster;
mod commands;
mod conversions;
mod crash;
mod failover;
mod fairness;
mod life;
mod limits;
mod mishaps;
mod parked;
mod policies;
mod receipts;
mod replay;
mod routing;
mod sdk;
mod swap;
mod uncertain;
mod webhooks;

use jixinda_test_support::{Answer, Client, GatewayOptions, SIGN_NAME, Stage, StageOptions, component, until};
use serde_json::{Value, json};
use std::time::Duration;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stage with settings of its own.
async fn stage_with(settings: &[(&str, &str)]) -> Stage {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let gateway = GatewayOptions { settings, ..GatewayOptions::default() };
    let options = StageOptions { gateway, component: component("dist/aliyun.wasm"), ..StageOptions::default() };
    Stage::set(options).await.expect("the stage is set")
}

async fn stage() -> Stage {
    stage_with(&[]).await
}

fn otp(number: &str) -> Value {
    json!({"to": number, "template": "login", "sign_name": SIGN_NAME, "params": {"code": "824913"}})
}

fn notice(number: &str) -> Value {
    json!({"to": number, "template": "shipped", "sign_name": SIGN_NAME, "params": {"order": "A-1"}})
}

/// Posts a text that must be accepted; answers its id.
async fn accepted(api: &Client, submission: &Value) -> String {
    let answer = api.post("/v1/messages", submission).await.expect("an answer");
    assert_eq!(answer.status, 202, "{}", answer.json);
    answer.json["id"].as_str().expect("an id").to_owned()
}

async fn story(api: &Client, id: &str) -> Value {
    api.get(&format!("/v1/messages/{id}")).await.expect("an answer").json
}

/// Waits until a message stands so.
async fn becomes(api: &Client, id: &str, status: &str) -> Value {
    let what = format!("{id} to become {status}");
    let found = until(&what, PATIENCE, || {
        let api = api.clone();
        async move {
            let story = story(&api, id).await;
            (story["status"] == status).then_some(story)
        }
    });
    match found.await {
        Ok(story) => story,
        Err(error) => panic!("{error}: {}", story(api, id).await),
    }
}

/// Its history, a line each: "uncertain: … (provider)".
fn told(story: &Value) -> String {
    let line = |line: &Value| {
        let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        format!("{}: {} ({})", word("status"), word("what"), word("by"))
    };
    story["history"].as_array().expect("a history").iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Sets what goes wrong at the provider.
fn faults(stage: &Stage, faults: Value) {
    let faults = serde_json::from_value(faults).expect("faults");
    stage.simulator.set_faults(jixinda_test_support::ACCESS_KEY_ID, faults).expect("set");
}

/// How many messages the application has.
async fn count(api: &Client) -> usize {
    let answer = api.get("/v1/messages?limit=200").await.expect("an answer");
    answer.json["messages"].as_array().expect("a list").len()
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.json);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
}
