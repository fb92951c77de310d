//! What the gateway says of each message where the plugin lies, errs or dies: its own record of what left outranks the plugin.

use crate::support::components;
use crate::support::sandbox::{Sandbox, account, against, kinds, words};
use crate::support::upstream::{Answer, Upstream, closed_port};
use jixinda_domain::{Deferral, Outcome};
use serde_json::json;
use std::time::Duration;

/// Outcomes of so many messages, by behaviour and the upstream's answer.
async fn outcomes(behaviour: &str, answer: Answer, count: u32) -> Vec<Outcome> {
    let sandbox = Sandbox::misbehaving().await;
    let upstream = Upstream::start(answer).await;
    sandbox.send(&against(&upstream.url(), behaviour), count).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_plugin_is_believed() {
    assert_eq!(kinds(&outcomes("accept", Answer::Ok, 3).await), ["accepted"; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_before_a_fault_is_uncertain() {
    for behaviour in ["trap-after-send", "spin-after-send", "wrong-count-after-send", "fail-after-send"] {
        let outcomes = outcomes(behaviour, Answer::Ok, 2).await;
        assert_eq!(kinds(&outcomes), ["uncertain"; 2], "{behaviour}: {outcomes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_a_request_carried_is_uncertain() {
    assert_eq!(kinds(&outcomes("trap-after-first", Answer::Ok, 3).await), ["uncertain", "deferred", "deferred"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_without_a_request_is_no_acceptance() {
    let outcomes = outcomes("accept-without-sending", Answer::Ok, 2).await;
    assert_eq!(kinds(&outcomes), ["deferred"; 2]);
    assert!(words(&outcomes[0]).starts_with("never-sent"), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_without_an_answer_is_uncertain() {
    let outcomes = outcomes("lie", Answer::Close, 2).await;
    assert_eq!(kinds(&outcomes), ["uncertain"; 2]);
    assert_eq!(outcomes[0].upstream_id(), Some("up-1"), "what the plugin knows is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_from_a_closed_port_is_deferred() {
    let sandbox = Sandbox::misbehaving().await;
    let url = format!("http://127.0.0.1:{}", closed_port().await);
    assert_eq!(kinds(&sandbox.send(&against(&url, "lie"), 1).await), ["deferred"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_count_is_no_answer() {
    let outcomes = outcomes("wrong-count", Answer::Ok, 2).await;
    assert_eq!(kinds(&outcomes), ["deferred"; 2]);
    assert!(words(&outcomes[0]).contains("3 outcomes for 2 messages"), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_the_whole_call_have_their_duties() {
    let unsupported = outcomes("fail-unsupported", Answer::Ok, 1).await;
    assert!(matches!(unsupported[0], Outcome::Rejected { elsewhere: true, .. }), "{unsupported:?}");
    let config = outcomes("fail-config", Answer::Ok, 1).await;
    assert!(matches!(config[0], Outcome::Deferred { reason: Deferral::AuthFailed, .. }), "{config:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_of_many_requests_has_its_own_fate() {
    let sandbox = Sandbox::misbehaving().await;
    let upstream =
        Upstream::scripted(|request| if request.contains("index=1") { Answer::Close } else { Answer::Ok }).await;
    let outcomes = sandbox.send(&against(&upstream.url(), "accept-all-at-once"), 3).await;
    assert_eq!(kinds(&outcomes), ["accepted", "uncertain", "accepted"], "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_still_waited_for_its_turn_was_not_sent() {
    let sandbox = Sandbox::start_with(&[("misbehaving.wasm", components::misbehaving())], |options| {
        options.budgets.send.wall = Duration::from_millis(1_500);
    })
    .await;
    let upstream = Upstream::start(Answer::Hang).await;
    let outcomes = sandbox.send(&against(&upstream.url(), "accept-all-at-once"), 40).await;
    let uncertain = outcomes.iter().filter(|outcome| outcome.kind() == "uncertain").count();
    assert_eq!(uncertain, upstream.requests(), "as many as reached the upstream");
    assert!((1..40).contains(&uncertain), "some went, some waited: {uncertain}");
    assert!(outcomes.iter().all(|outcome| ["uncertain", "deferred"].contains(&outcome.kind())));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted() {
    let sandbox = Sandbox::misbehaving().await;
    let upstream = Upstream::start(Answer::Ok).await;
    let greedy = account(&json!({ "behaviour": "many-requests", "url": upstream.url(), "count": 131 }));
    let outcomes = sandbox.send(&greedy, 1).await;
    assert_eq!(words(&outcomes[0]), "budget-exceeded: 3 of 131");
    assert_eq!(upstream.requests(), 128);
}
