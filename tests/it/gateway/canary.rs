//! A canary under load: one that fails is rolled back by itself, a good one gets through, and no text is lost or doubled over it.

use super::swap::{install, number, send_steadily, wait_for_version};
use super::*;
use crate::support::components::describing;
use jixinda_test_support::Client;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::task::JoinHandle;

/// Texts that flow until it is stopped.
struct Load {
    stop: Arc<AtomicBool>,
    sender: JoinHandle<(u64, u64, f64)>,
}

impl Load {
    fn start(stage: &Stage) -> Self {
        let (stop, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let sender = tokio::spawn(send_steadily(stage.api(), stop.clone(), next));
        Self { stop, sender }
    }

    /// Stops it; every text of it must have arrived once.
    async fn end(self, stage: &Stage) {
        self.stop.store(true, Ordering::Relaxed);
        let (sent, failed, _) = self.sender.await.expect("the sender ends");
        assert_eq!(failed, 0, "every text was accepted");
        stage.simulator.wait_until(|summary| summary.texts >= sent, PATIENCE).await.expect("all arrive");
        let numbers: Vec<String> = (0..sent).map(number).collect();
        assert_eq!(stage.simulator.missing(&numbers), Vec::<String>::new());
        assert!(stage.simulator.doubled().is_empty());
    }
}

/// What happened to canaries, the oldest first.
async fn story(admin: &Client) -> Vec<Value> {
    let answer = admin.get("/providers").await.expect("an answer").json;
    answer["canary_events"].as_array().expect("a list").iter().rev().cloned().collect()
}

async fn file_state(admin: &Client, state: &str) -> Value {
    until(&format!("the file to be {state}"), PATIENCE, || {
        let admin = admin.clone();
        async move {
            let files = admin.get("/providers").await.ok()?.json["files"].clone();
            files.as_array()?.iter().find(|file| file["file"] == "aliyun.wasm" && file["state"] == state).cloned()
        }
    })
    .await
    .expect("it is")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_is_rolled_back_by_itself_and_stays_so_over_a_restart() {
    let mut stage = stage().await;
    let admin = stage.gateway.admin();
    let scratch = tempfile::tempdir().expect("a folder");
    let failing: PathBuf = scratch.path().join("failing.wasm");
    let words = json!({"id": "aliyun", "version": "0.1.1", "send": "trap"});
    std::fs::write(&failing, describing(&words)).expect("written");
    let load = Load::start(&stage);
    stage.simulator.wait_until(|summary| summary.texts >= 100, PATIENCE).await.expect("texts flow");
    install(&failing, &stage.gateway.plugins());

    let file = file_state(&admin, "rolled_back").await;
    let reason = file["reason"].as_str().expect("a reason").to_owned();
    assert!(reason.contains("calls failed, against 0 of"), "{reason}");
    assert_eq!((&file["version"], &file["still_serving"]), (&json!("0.1.1"), &json!("aliyun 0.1.0 #1")));
    let provider = admin.get("/providers/aliyun").await.expect("an answer").json["provider"].clone();
    assert_eq!((&provider["version"], &provider["canary"]), (&json!("0.1.0"), &Value::Null));
    let told = story(&admin).await;
    assert_eq!(told.iter().map(|event| &event["kind"]).collect::<Vec<_>>(), ["started", "rolled_back"]);
    let rolled_back = &told[1];
    assert_eq!(rolled_back["cause"], reason);
    let (new, old) = (&rolled_back["evidence"]["new"], &rolled_back["evidence"]["old"]);
    assert!(new["faults"].as_u64() <= Some(6) && old["calls"].as_u64() > new["calls"].as_u64(), "{rolled_back}");
    assert!(stage.gateway.log().contains("a new plugin was rolled back"));
    load.end(&stage).await;

    stage.gateway.terminate().await.expect("it stops");
    stage.gateway.start_again().await.expect("it starts");
    assert_eq!(file_state(&admin, "rolled_back").await["reason"], reason);
    let id = accepted(&stage.api(), &otp("13800009999")).await;
    becomes(&stage.api(), &id, "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_one_takes_more_and_more_and_then_all() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    let load = Load::start(&stage);
    stage.simulator.wait_until(|summary| summary.texts >= 100, PATIENCE).await.expect("texts flow");
    install(&component("variants/aliyun-0.1.1.wasm"), &stage.gateway.plugins());
    wait_for_version(&admin, "0.1.1").await;
    load.end(&stage).await;
    let told = story(&admin).await;
    assert_eq!(told.iter().map(|event| &event["kind"]).collect::<Vec<_>>(), ["started", "advanced", "promoted"]);
    assert_eq!(told[1]["share"], 0.25);
    let calls = |event: &Value, side: &str| event["evidence"][side]["calls"].as_f64().expect("a number");
    assert!(calls(&told[1], "new") >= 20.0 && calls(&told[2], "new") >= 40.0, "{told:?}");
    let share = calls(&told[1], "new") / (calls(&told[1], "new") + calls(&told[1], "old"));
    assert!((0.01..0.2).contains(&share), "{share} of the calls at five percent");
    file_state(&admin, "serving").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_have_a_word_over_the_admin_api() {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    let say = |word: &str| {
        let (admin, path) = (admin.clone(), format!("/providers/aliyun/canary/{word}"));
        async move { admin.post(&path, &json!({})).await.expect("an answer") }
    };
    refused(&say("promote").await, 409, "conflict");
    refused(&admin.post("/providers/nobody/canary/abort", &json!({})).await.expect("an answer"), 404, "not_found");
    install(&component("variants/aliyun-0.1.1.wasm"), &stage.gateway.plugins());
    let file = file_state(&admin, "canary").await;
    assert_eq!((&file["version"], &file["share"]), (&json!("0.1.1"), &json!(0.05)));
    let aborted = say("abort").await;
    assert_eq!((aborted.status, &aborted.json["provider"]["canary"]), (200, &Value::Null));
    assert_eq!(file_state(&admin, "rolled_back").await["reason"], "an operator aborted it");
    install(&component("variants/aliyun-0.2.0.wasm"), &stage.gateway.plugins());
    file_state(&admin, "canary").await;
    let promoted = say("promote").await;
    assert_eq!((promoted.status, &promoted.json["provider"]["version"]), (200, &json!("0.2.0")));
}
