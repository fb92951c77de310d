//! Several nodes on one database and one Redis, all of the test's own.

use super::*;
use jixinda_test_servers::{MariaDb, redis::Redis};
use jixinda_test_support::Gateway;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;
use tokio::task::JoinSet;

/// What nodes share. Held to the end: a server that is dropped is gone.
struct Engines {
    mariadb: MariaDb,
    redis: Redis,
}

/// Settings of all nodes: a test does not wait long for one that it killed.
fn settings(engines: &Engines) -> Vec<(String, String)> {
    [
        ("STORE__URL", engines.mariadb.database("jixinda").expect("made")),
        ("QUEUE__URL", engines.redis.url()),
        ("NODE__BEAT_MS", "200".to_owned()),
        ("NODE__DEAD_AFTER_MS", "2000".to_owned()),
        ("DISPATCH__LOOKUP_AFTER_MS", "700".to_owned()),
        ("DISPATCH__LOOKUP_EVERY_MS", "500".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// A stage whose gateway is the first node.
async fn cluster(more: &[(&str, &str)]) -> (Engines, Stage) {
    let mariadb = tokio::task::spawn_blocking(|| MariaDb::start(Default::default()));
    let redis = Redis::start().await.expect("Redis starts");
    let engines = Engines { mariadb: mariadb.await.expect("runs").expect("MariaDB starts"), redis };
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let settings = settings(&engines).into_iter().chain(more).collect();
    let gateway = GatewayOptions { settings, ..GatewayOptions::default() };
    let options = StageOptions { gateway, component: component("dist/aliyun.wasm"), ..StageOptions::default() };
    (engines, Stage::set(options).await.expect("the stage is set"))
}

async fn join(stage: &Stage, role: Option<&'static str>) -> Gateway {
    stage.gateway.join(role, &[]).await.expect("another node starts")
}

/// Waits until the nodes see so many of each other.
async fn see(stage: &Stage, count: usize) {
    let admin = stage.gateway.admin();
    let seen = until("the nodes to see each other", PATIENCE, || {
        let admin = admin.clone();
        async move {
            let answer = admin.get("/nodes").await.ok()?;
            (answer.json["nodes"].as_array()?.len() == count).then_some(answer.json)
        }
    });
    let seen = seen.await.expect("they do");
    assert_eq!(seen["warnings"], json!([]), "all serve the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_changes_the_others_soon_know() {
    let (_engines, stage) = cluster(&[]).await;
    let other = join(&stage, None).await;
    see(&stage, 2).await;
    let api = other.api(&stage.key);
    accepted(&api, &notice("13800000001")).await;
    let admin = stage.gateway.admin();
    let changed = Instant::now();
    admin
        .post("/blocklist", &json!({"number": "13800000002", "note": ""}))
        .await
        .expect("an answer")
        .ok()
        .expect("blocked");
    until("the number to be blocked at the other node", PATIENCE, || {
        let api = api.clone();
        async move {
            (api.post("/v1/messages", &notice("13800000002")).await.ok()?.code() == "blocked_number").then_some(())
        }
    })
    .await
    .expect("it is");
    // A beat is 0.2 s here, and half a second in production; the rest is for a machine that runs other tests meanwhile.
    let patience = Duration::from_secs(5);
    assert!(changed.elapsed() < patience, "{:?}", changed.elapsed());
    let changed = Instant::now();
    let template = json!({"code": "fresh", "name": "Fresh", "class": "notice", "content": "Hello", "params": []});
    admin.post("/templates", &template).await.expect("an answer").ok().expect("made");
    let fresh = json!({"to": "13800000003", "template": "fresh", "sign_name": SIGN_NAME, "params": {}});
    until("the template to be known at the other node", PATIENCE, || {
        let (api, fresh) = (api.clone(), fresh.clone());
        // It is bound to no channel: that is known too.
        async move { (api.post("/v1/messages", &fresh).await.ok()?.code() == "no_channel").then_some(()) }
    })
    .await
    .expect("it is");
    assert!(changed.elapsed() < patience, "{:?}", changed.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_a_node_that_died_are_looked_up_by_another() {
    let (_engines, stage) = cluster(&[]).await;
    let mut other = join(&stage, None).await;
    see(&stage, 2).await;
    // The provider takes its time, and tells no receipts: only a lookup tells.
    faults(&stage, json!({"latency": {"fixed_ms": 1500}, "receipts": {"lost_share": 1.0}}));
    let (api, numbers): (_, Vec<String>) =
        (stage.api(), (0..40).map(|number| format!("138000001{number:02}")).collect());
    let mut ids = Vec::new();
    for number in &numbers {
        ids.push(accepted(&api, &notice(number)).await);
    }
    stage.simulator.wait_until(|summary| summary.texts > 0, PATIENCE).await.expect("calls are under way");
    other.kill().expect("killed");
    faults(&stage, json!({"receipts": {"lost_share": 1.0}}));
    for id in &ids {
        let what = format!("{id} to end");
        let ended = until(&what, PATIENCE, || {
            let api = api.clone();
            async move {
                let story = story(&api, id).await;
                ["sent", "delivered"].iter().any(|status| story["status"] == *status).then_some(())
            }
        });
        if let Err(error) = ended.await {
            panic!("{error}: {}", story(&api, id).await);
        }
    }
    assert!(stage.simulator.missing(&numbers).is_empty());
    assert!(stage.simulator.doubled().is_empty());
    see(&stage, 1).await;
}

/// Who had the calls is certain here: the other node comes after all of them have begun.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_a_node_that_died_is_closed_by_the_one_that_is_left() {
    const TEXTS: u64 = 12;
    let (_engines, mut stage) = cluster(&[]).await;
    // Taken and never answered, and told by no receipt.
    faults(&stage, json!({"hang": {"share": 1.0}, "receipts": {"lost_share": 1.0}}));
    let numbers: Vec<String> = (0..TEXTS).map(|number| format!("138000003{number:02}")).collect();
    let mut ids = Vec::new();
    for number in &numbers {
        ids.push(accepted(&stage.api(), &notice(number)).await);
    }
    stage.simulator.wait_until(|summary| summary.numbers == TEXTS, PATIENCE).await.expect("all calls are under way");
    let heir = join(&stage, None).await;
    stage.gateway.kill().expect("killed");
    faults(&stage, json!({"receipts": {"lost_share": 1.0}}));
    let api = heir.api(&stage.key);
    for id in &ids {
        let story = becomes(&api, id, "delivered").await;
        let attempts = story["attempts"].as_array().expect("a list");
        assert_eq!(attempts.len(), 1, "nobody sent it again: {story}");
        assert_eq!(attempts[0]["outcome"], "uncertain", "{story}");
        assert!(told(&story).contains("stopped before it heard"), "closed for the dead one: {}", told(&story));
    }
    assert!(stage.simulator.missing(&numbers).is_empty());
    assert!(stage.simulator.doubled().is_empty());
}

/// Each role answers its own paths and no other's, and the two need nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_accepts_and_one_that_sends_are_enough() {
    let (_engines, mut stage) = cluster(&[]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let none = [("PLUGINS__FOLDER".to_owned(), folder.path().display().to_string())];
    let door = stage.gateway.join(Some("api"), &none).await.expect("it starts");
    let worker = join(&stage, Some("worker")).await;
    see(&stage, 3).await;
    stage.gateway.terminate().await.expect("it stops");
    let callback = stage.callback_url.replace(&stage.gateway.url(), "");
    for (node, path) in [
        (&door, "/admin/v1/nodes"),
        (&door, callback.as_str()),
        (&worker, "/admin/v1/nodes"),
        (&worker, "/v1/messages"),
    ] {
        let answer = Client::new(node.url(), Some(node.token().to_owned())).get(path).await.expect("an answer");
        assert_eq!(answer.status, 404, "{path}: {}", answer.json);
    }
    let account = provider_simulator::Account::aliyun(jixinda_test_support::ACCESS_KEY_ID, "exampleKeySecret");
    let callback = format!("{}{callback}", worker.url());
    stage.simulator.register(account.with_callback(&callback)).expect("told where to call");
    let api = door.api(&stage.key);
    let numbers: Vec<String> = (0..10).map(|number| format!("138000004{number:02}")).collect();
    for number in &numbers {
        let id = accepted(&api, &otp(number)).await;
        becomes(&api, &id, "delivered").await;
    }
    assert!(stage.simulator.missing(&numbers).is_empty());
    assert!(stage.simulator.doubled().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_only_accepts_needs_no_plugins() {
    let (_engines, stage) = cluster(&[]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let none = [("PLUGINS__FOLDER".to_owned(), folder.path().display().to_string())];
    let door = stage.gateway.join(Some("api"), &none).await.expect("it starts");
    see(&stage, 2).await;
    let api = door.api(&stage.key);
    let id = accepted(&api, &otp("13800000001")).await;
    becomes(&api, &id, "delivered").await;
    let elsewhere = door.admin().get("/nodes").await.expect("an answer");
    assert_eq!(elsewhere.status, 404, "operators are served elsewhere");
    let ready = Client::new(door.url(), None).get("/readyz").await.expect("an answer").json;
    assert_eq!((&ready["role"], &ready["queue"], &ready["providers"]), (&json!("api"), &json!("redis"), &json!(0)));
    let desk = join(&stage, Some("console")).await;
    assert_eq!(desk.admin().get("/nodes").await.expect("an answer").status, 200);
    let elsewhere = desk.api(&stage.key).post("/v1/messages", &otp("13800000002")).await.expect("an answer");
    assert_eq!(elsewhere.status, 404, "texts are accepted elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_emptied_or_away_delays_texts_and_loses_none() {
    let (mut engines, stage) = cluster(&[]).await;
    let door = join(&stage, Some("api")).await;
    see(&stage, 2).await;
    let api = door.api(&stage.key);
    let mut numbers = Vec::new();
    let mut send = async |from: u32| {
        for number in from..from + 20 {
            numbers.push(format!("138000002{number:02}"));
            accepted(&api, &notice(numbers.last().expect("one"))).await;
        }
    };
    send(0).await;
    engines.redis.flush().await.expect("emptied");
    send(20).await;
    engines.redis.kill();
    send(40).await;
    let there = |texts: u64| stage.simulator.wait_until(move |summary| summary.texts >= texts, PATIENCE);
    there(60).await.expect("without Redis too");
    let degraded = until("the node to say so", PATIENCE, || {
        let ready = Client::new(door.url(), None);
        async move { (ready.get("/readyz").await.ok()?.json["queue"] == "degraded").then_some(()) }
    });
    degraded.await.expect("it is ready all the same");
    engines.redis.start_again().await.expect("back");
    send(60).await;
    there(80).await.expect("with Redis again");
    assert!(stage.simulator.missing(&numbers).is_empty());
    assert!(stage.simulator.doubled().is_empty());
}

/// What a load balancer does: it looks at each node every 50 ms and sends requests to those that say that they are ready.
#[derive(Default)]
struct Balancer {
    nodes: Vec<(Client, Arc<AtomicBool>)>,
    next: AtomicUsize,
}

impl Balancer {
    fn add(&mut self, node: &Gateway, key: &str) {
        let (door, is_ready) = (Client::new(node.url(), None), Arc::new(AtomicBool::new(false)));
        self.nodes.push((node.api(key), is_ready.clone()));
        tokio::spawn(async move {
            loop {
                let answer = door.get("/readyz").await;
                is_ready.store(answer.is_ok_and(|answer| answer.status == 200), Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
    }

    /// The next node that is ready.
    fn pick(&self) -> Option<&Client> {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let all = (0..self.nodes.len()).map(|step| &self.nodes[(start + step) % self.nodes.len()]);
        all.filter(|(_, is_ready)| is_ready.load(Ordering::SeqCst)).map(|(api, _)| api).next()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_under_300_texts_a_second_fails_no_request() {
    const PER_SECOND: f64 = 300.0;
    let (_engines, mut stage) = cluster(&[("SERVER__LEAVE_AFTER_MS", "1000")]).await;
    let (mut second, mut third) = (join(&stage, None).await, join(&stage, None).await);
    see(&stage, 3).await;
    let mut balancer = Balancer::default();
    for node in [&stage.gateway, &second, &third] {
        balancer.add(node, &stage.key);
    }
    let balancer = Arc::new(balancer);
    until("all to be ready", PATIENCE, || {
        let ready = balancer.nodes.iter().all(|(_, is_ready)| is_ready.load(Ordering::SeqCst));
        std::future::ready(ready.then_some(()))
    })
    .await
    .expect("they are");
    let (stop, begun) = (Arc::new(AtomicBool::new(false)), Instant::now());
    let load = tokio::spawn({
        let (balancer, stop) = (balancer.clone(), stop.clone());
        async move {
            let mut requests = JoinSet::new();
            for number in 0_u32.. {
                tokio::time::sleep_until((begun + Duration::from_secs_f64(f64::from(number) / PER_SECOND)).into())
                    .await;
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let balancer = balancer.clone();
                requests.spawn(async move {
                    let number = format!("138{number:08}");
                    let api = balancer.pick().ok_or_else(|| anyhow::anyhow!("no node is ready"))?;
                    let answer = api.post("/v1/messages", &notice(&number)).await?;
                    anyhow::ensure!(answer.status == 202, "{}", answer.json);
                    Ok(number)
                });
            }
            requests.join_all().await
        }
    });
    for node in [&mut stage.gateway, &mut second, &mut third] {
        node.terminate().await.expect("it stops");
        node.start_again().await.expect("it starts");
    }
    stop.store(true, Ordering::SeqCst);
    let answers: Vec<anyhow::Result<String>> = load.await.expect("it ran");
    let passed = begun.elapsed().as_secs_f64();
    let failed: Vec<String> =
        answers.iter().filter_map(|answer| answer.as_ref().err()).map(|e| format!("{e:#}")).collect();
    assert!(failed.is_empty(), "{} of {} failed: {:?}", failed.len(), answers.len(), &failed[..failed.len().min(3)]);
    let numbers: Vec<String> = answers.into_iter().flatten().collect();
    assert!(numbers.len() as f64 / passed > PER_SECOND * 0.9, "{} in {passed:.1} s", numbers.len());
    stage.simulator.wait_until(|summary| summary.texts >= numbers.len() as u64, PATIENCE).await.expect("all are sent");
    assert!(stage.simulator.missing(&numbers).is_empty(), "lost");
    assert!(stage.simulator.doubled().is_empty(), "doubled: {:?}", stage.simulator.doubled());
}
