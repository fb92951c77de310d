//! Hot swap under load: the Aliyun component is replaced, rolled back, deleted, broken and brought back while texts flow.

use super::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// As an operator is told to do it: a temporary name, then a rename.
pub(super) fn install(component: &Path, folder: &Path) {
    let temporary = folder.join(".aliyun.tmp");
    std::fs::copy(component, &temporary).expect("copied");
    std::fs::rename(&temporary, folder.join("aliyun.wasm")).expect("renamed");
}

async fn serving(admin: &Client) -> Option<(String, u64)> {
    let provider = admin.get("/providers/aliyun").await.ok()?.json["provider"].clone();
    Some((provider["version"].as_str()?.to_owned(), provider["generation"].as_u64()?))
}

pub(super) async fn wait_for_version(admin: &Client, version: &str) {
    until(&format!("version {version} to serve"), PATIENCE, || {
        let admin = admin.clone();
        async move { (serving(&admin).await?.0 == version).then_some(()) }
    })
    .await
    .expect("it serves");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_swaps_under_500_texts_a_second_lose_and_double_nothing() {
    // The swap itself is the subject: every new file takes all calls at once.
    let stage = stage_with(&[("PLUGINS__CANARY__ENABLED", "false")]).await;
    let admin = stage.gateway.admin();
    let stop = Arc::new(AtomicBool::new(false));
    let next = Arc::new(AtomicU64::new(0));
    let sender = tokio::spawn(send_steadily(stage.api(), stop.clone(), next.clone()));
    let folder = stage.gateway.plugins();
    let file = folder.join("aliyun.wasm");
    let (base, patch, minor) = (
        component("dist/aliyun.wasm"),
        component("variants/aliyun-0.1.1.wasm"),
        component("variants/aliyun-0.2.0.wasm"),
    );
    for _round in 0..5 {
        install(&patch, &folder);
        wait_for_version(&admin, "0.1.1").await;
        install(&minor, &folder);
        wait_for_version(&admin, "0.2.0").await;
        // A broken file: refused with its reason, and 0.2.0 goes on.
        let generation = serving(&admin).await;
        std::fs::write(&file, &std::fs::read(&base).expect("reads")[..100_000]).expect("writes");
        wait_for_refusal(&admin).await;
        assert_eq!(serving(&admin).await, generation);
        // The older version back.
        install(&base, &folder);
        wait_for_version(&admin, "0.1.0").await;
        // Gone, and back: texts queue meanwhile.
        std::fs::remove_file(&file).expect("removed");
        until("the provider to be gone", PATIENCE, || {
            let admin = admin.clone();
            async move { serving(&admin).await.is_none().then_some(()) }
        })
        .await
        .expect("gone");
        install(&base, &folder);
        wait_for_version(&admin, "0.1.0").await;
    }
    stop.store(true, Ordering::Relaxed);
    let (sent, failed, per_second) = sender.await.expect("the sender ends");
    assert_eq!(failed, 0, "every text was accepted");
    assert!(per_second >= 500.0, "only {per_second:.0} texts a second flowed");
    stage.simulator.wait_until(|summary| summary.texts >= sent, PATIENCE).await.expect("all arrive");
    let numbers: Vec<String> = (0..sent).map(number).collect();
    assert_eq!(stage.simulator.missing(&numbers), Vec::<String>::new());
    assert!(stage.simulator.doubled().is_empty());
    let providers = admin.get("/providers").await.expect("an answer").json;
    assert_eq!(providers["providers"].as_array().expect("a list").len(), 1);
    let gone = stage.gateway.log().matches("the last call of this plugin generation has ended").count();
    let serving = stage.gateway.log().matches("now serving").count();
    assert!(serving >= 20, "{serving} generations served");
    assert_eq!(gone, serving - 1, "every old generation is gone");
}

pub(super) fn number(index: u64) -> String {
    format!("{}", 13_800_000_000 + index)
}

/// 800 texts a second from 40 clients, so that a busy machine still carries 500; answers how many were accepted, how many were not, and the true rate.
pub(super) async fn send_steadily(api: Client, stop: Arc<AtomicBool>, next: Arc<AtomicU64>) -> (u64, u64, f64) {
    let start = std::time::Instant::now();
    let failed = Arc::new(AtomicU64::new(0));
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (api, stop, next, failed) = (api.clone(), stop.clone(), next.clone(), failed.clone());
        clients.spawn(async move {
            let mut beat = tokio::time::interval(Duration::from_millis(50));
            while !stop.load(Ordering::Relaxed) {
                beat.tick().await;
                let number = number(next.fetch_add(1, Ordering::Relaxed));
                let answer = api.post("/v1/messages", &notice(&number)).await;
                if !answer.is_ok_and(|answer| answer.status == 202) {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    while clients.join_next().await.is_some() {}
    let sent = next.load(Ordering::Relaxed);
    (sent, failed.load(Ordering::Relaxed), sent as f64 / start.elapsed().as_secs_f64())
}

async fn wait_for_refusal(admin: &Client) {
    until("the broken file to be refused", PATIENCE, || {
        let admin = admin.clone();
        async move {
            let files = admin.get("/providers").await.ok()?.json["files"].clone();
            let file = files.as_array()?.iter().find(|file| file["file"] == "aliyun.wasm")?.clone();
            (file["state"] == "refused" && !file["reason"].as_str()?.is_empty()).then_some(())
        }
    })
    .await
    .expect("refused");
}
