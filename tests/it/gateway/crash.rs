//! Crash safety: SIGKILL under load, again and again; then every acknowledged text is accounted for.

use super::*;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const KILLS: usize = 10;
const FINAL: [&str; 2] = ["delivered", "undelivered"];

/// Accepted texts: number, id, class.
type Acknowledged = Arc<Mutex<Vec<(String, String, &'static str)>>>;

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_under_load_lose_nothing_and_double_no_notice() {
    let mut stage = stage_with(&[("DISPATCH__LOOKUP_AFTER_MS", "1500"), ("DISPATCH__LOOKUP_EVERY_MS", "1000")]).await;
    let faults = serde_json::from_value(json!({"latency": {"uniform_ms": [5, 60]}})).expect("faults");
    stage.simulator.set_faults(jixinda_test_support::ACCESS_KEY_ID, faults).expect("set");
    let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Acknowledged::default());
    let senders = send_mixed(&stage.api(), &stop, &acknowledged);
    for round in 0..KILLS {
        // Not at the same moment of each round.
        let target = acknowledged.lock().expect("whole").len() + 60 + 37 * round % 90;
        until("texts to be accepted", PATIENCE, || {
            let enough = acknowledged.lock().expect("whole").len() >= target;
            std::future::ready(enough.then_some(()))
        })
        .await
        .expect("texts flow");
        stage.gateway.kill().expect("killed");
        stage.gateway.start_again().await.expect("a start");
    }
    stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.expect("the sender ends");
    }
    let acknowledged = acknowledged.lock().expect("whole").clone();
    for (_, id, _) in &acknowledged {
        let api = stage.api();
        let settled = until("a final state", PATIENCE, || {
            let (api, id) = (api.clone(), id.clone());
            async move { FINAL.contains(&story(&api, &id).await["status"].as_str()?).then_some(()) }
        });
        if let Err(error) = settled.await {
            panic!("{error}: {}", story(&api, id).await);
        }
    }
    audit(&stage, &acknowledged);
}

#[expect(clippy::print_stdout, reason = "the counts are what a reader of the test's output wants")]
fn audit(stage: &Stage, acknowledged: &[(String, String, &'static str)]) {
    let numbers: Vec<&String> = acknowledged.iter().map(|(number, ..)| number).collect();
    let missing = stage.simulator.missing(&numbers);
    let doubled: Vec<String> = stage.simulator.doubled().into_iter().map(|count| count.number).collect();
    let class = |number: &String| acknowledged.iter().find(|(known, ..)| known == number).map(|(.., class)| *class);
    let doubled_otp = doubled.iter().filter(|number| class(number) == Some("otp")).count();
    println!(
        "accepted {}, kills {KILLS}, lost {}, doubled otp {doubled_otp}, doubled others {}",
        acknowledged.len(),
        missing.len(),
        doubled.len() - doubled_otp
    );
    assert_eq!(missing, Vec::<String>::new(), "acknowledged texts are missing at the provider");
    assert_eq!(doubled.len(), doubled_otp, "a notice was doubled: {doubled:?}");
}

/// Both classes from a few clients that go on through the kills; a request that was not answered is not counted.
fn send_mixed(api: &Client, stop: &Arc<AtomicBool>, acknowledged: &Acknowledged) -> Vec<tokio::task::JoinHandle<()>> {
    let next = Arc::new(AtomicU64::new(0));
    let client = |_| {
        let (api, stop, acknowledged, next) = (api.clone(), stop.clone(), acknowledged.clone(), next.clone());
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let number = format!("{}", 13_800_000_000 + index);
                let (body, class) =
                    if index.is_multiple_of(3) { (otp(&number), "otp") } else { (notice(&number), "notice") };
                match api.post("/v1/messages", &body).await {
                    Ok(answer) if answer.status == 202 => {
                        let id = answer.json["id"].as_str().expect("an id").to_owned();
                        acknowledged.lock().expect("whole").push((number, id, class));
                    }
                    _ => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        })
    };
    (0..8).map(client).collect()
}
