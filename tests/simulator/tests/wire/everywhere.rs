//! The faults that every provider has, at every provider: one good text to one number, and what may become of it.

use std::pin::Pin;
use std::sync::Arc;

use provider_simulator::{Account, Simulator};
use serde_json::json;

use crate::support::{PATIENCE, Reply, break_at, start_at};
use crate::{feige, generic, huawei, jdcloud, lexin, montnets, tencent, twilio};

pub type Sending = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// An account, and a good text from it to 13800000001.
pub struct Scene {
    pub account: Account,
    pub send: fn(Arc<Simulator>) -> Sending,
    /// An error of the provider's, and how its answer says so.
    pub error: (&'static str, &'static str),
}

fn scenes() -> [Scene; 8] {
    [
        huawei::scene(),
        montnets::scene(),
        feige::scene(),
        jdcloud::scene(),
        lexin::scene(),
        tencent::scene(),
        twilio::scene(),
        generic::scene(),
    ]
}

/// Where the connection breaks, the client of the tests panics: that is seen by the task that it runs in.
async fn try_to_send(scene: &Scene, simulator: &Arc<Simulator>) -> Option<Reply> {
    tokio::spawn((scene.send)(simulator.clone())).await.ok()
}

async fn start(scene: &Scene) -> (Arc<Simulator>, String) {
    (Arc::new(start_at(scene.account.clone()).await), scene.account.key.clone())
}

#[tokio::test]
async fn errors_and_broken_front_ends_take_nothing() {
    for scene in scenes() {
        let (simulator, key) = start(&scene).await;
        let (code, told) = scene.error;
        break_at(&simulator, &key, json!({ "error": { "code": code, "times": 1 } }));
        let reply = try_to_send(&scene, &simulator).await.expect("an answer");
        assert!(reply.text().contains(told), "{key}: {}", reply.text());
        break_at(&simulator, &key, json!({ "http_status": { "status": 503, "body": "busy", "times": 1 } }));
        let reply = try_to_send(&scene, &simulator).await.expect("an answer");
        assert_eq!((reply.status, reply.text()), (503, "busy"), "{key}");
        assert_eq!((simulator.summary().texts, simulator.summary().refused), (0, 2), "{key}");
        try_to_send(&scene, &simulator).await.expect("an answer");
        let texts = simulator.texts("13800000001");
        assert_eq!(texts.iter().map(|text| text.taken).collect::<Vec<_>>(), [false, false, true], "{key}");
        assert!(texts[2].answered && texts[0].refusal.as_deref() == Some(code), "{key}");
    }
}

#[tokio::test]
async fn broken_connections_take_what_was_read() {
    for scene in scenes() {
        let (simulator, key) = start(&scene).await;
        for (when, taken) in [("before_read", 0), ("after_read", 1), ("half_answer", 2)] {
            break_at(&simulator, &key, json!({ "reset": { "when": when } }));
            assert!(try_to_send(&scene, &simulator).await.is_none(), "{key}: {when}");
            assert_eq!(simulator.summary().texts, taken, "{key}: {when}");
        }
        break_at(&simulator, &key, json!({ "hang": { "times": 1 } }));
        let silence = tokio::spawn((scene.send)(simulator.clone()));
        simulator.wait_until(|summary| summary.texts == 3, PATIENCE).await.expect("taken");
        silence.abort();
        simulator.wait_until(|summary| summary.unanswered == 4, PATIENCE).await.expect("noticed");
    }
}

#[tokio::test]
async fn answers_may_be_spoilt() {
    for scene in scenes() {
        let (simulator, key) = start(&scene).await;
        let good = try_to_send(&scene, &simulator).await.expect("an answer");
        for (answer, is_spoilt) in [
            ("rubbish", (|reply, _| str::from_utf8(&reply.body).is_err()) as fn(&Reply, &Reply) -> bool),
            ("huge", |reply, good| reply.body.len() > 2 * 1024 * 1024 && reply.status == good.status),
            ("half", |reply, good| reply.body.len().abs_diff(good.body.len() / 2) <= 1),
        ] {
            break_at(&simulator, &key, json!({ "malformed": { "answer": answer } }));
            let reply = try_to_send(&scene, &simulator).await.expect("an answer");
            assert!(is_spoilt(&reply, &good), "{key}: {answer}");
        }
        assert_eq!(simulator.summary().texts, 4, "{key}");
    }
}

#[tokio::test]
async fn a_stranger_is_refused_and_counted() {
    for scene in scenes() {
        let stranger = Account { secret: "another".to_owned(), ..scene.account.clone() };
        let simulator = Arc::new(start_at(stranger).await);
        try_to_send(&scene, &simulator).await.expect("an answer");
        let summary = simulator.summary();
        assert_eq!((summary.requests, summary.refused, summary.texts), (1, 1, 0), "{}", scene.account.key);
    }
}
