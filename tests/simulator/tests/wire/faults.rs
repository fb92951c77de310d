//! Faults of the send itself: errors, broken answers, broken connections, silence.

use std::time::{Duration, Instant};

use provider_simulator::Faults;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Callback, KEY, PATIENCE, account, break_it, start};

#[tokio::test]
async fn an_error_of_the_providers_own() {
    let (simulator, client) = start().await;
    break_it(
        &simulator,
        json!({ "error": { "code": "isv.BUSINESS_LIMIT_CONTROL", "numbers": ["13800000001"], "times": 1 } }),
    );
    assert_eq!(client.send("13800000002").await.expect("an answer").1["Code"], "OK");
    let (status, answer) = client.send("13800000001").await.expect("an answer");
    assert_eq!((status.as_u16(), &answer["Code"]), (200, &json!("isv.BUSINESS_LIMIT_CONTROL")));
    assert_eq!(client.send("13800000001").await.expect("an answer").1["Code"], "OK");
    let texts = simulator.texts("13800000001");
    assert_eq!((texts[0].taken, texts[0].refusal.as_deref()), (false, Some("isv.BUSINESS_LIMIT_CONTROL")));
    assert_eq!((texts[1].taken, simulator.summary().doubled), (true, 0));
}

#[tokio::test]
async fn a_broken_front_end() {
    let (simulator, client) = start().await;
    break_it(&simulator, json!({ "http_status": { "status": 503, "body": "<html>busy</html>" } }));
    let (status, answer) = client.send("13800000001").await.expect("an answer");
    assert_eq!((status.as_u16(), answer), (503, json!("<html>busy</html>")));
    assert_eq!(simulator.summary().texts, 0);
    break_it(&simulator, json!({ "http_status": { "status": 502, "taken": true } }));
    client.send("13800000001").await.expect("an answer");
    let text = &simulator.texts("13800000001")[1];
    assert!(text.taken && !text.answered);
}

#[tokio::test]
async fn an_answer_may_be_spoilt() {
    let (simulator, client) = start().await;
    for (answer, is_spoilt) in [
        ("rubbish", (|answer| answer.as_str().is_some_and(|text| text.len() < 20)) as fn(&Value) -> bool),
        ("half", |answer| {
            answer.as_str().is_some_and(|text| text.starts_with(r#"{"Code":"OK""#) && !text.ends_with('}'))
        }),
        ("huge", |answer| answer["Code"] == "OK"),
    ] {
        break_it(&simulator, json!({ "malformed": { "answer": answer, "times": 1 } }));
        let (status, body) = client.send("13800000001").await.expect("an answer");
        assert_eq!(status.as_u16(), 200);
        assert!(is_spoilt(&body), "{answer}: {body}");
    }
    let texts = simulator.texts("13800000001");
    assert!(texts.len() == 3 && texts.iter().all(|text| text.taken && !text.answered), "{texts:?}");
}

#[tokio::test]
async fn a_fault_must_be_possible_at_its_provider() {
    let (simulator, _client) = start().await;
    let faults: Faults = serde_json::from_value(json!({ "text_error": { "code": "X" } })).expect("faults");
    let error = simulator.set_faults(KEY, faults).expect_err("Aliyun tells nothing of single texts").to_string();
    assert!(error.contains("does not tell of single texts"), "{error}");
}

#[tokio::test]
async fn a_reset_before_reading_takes_nothing() {
    let (simulator, client) = start().await;
    break_it(&simulator, json!({ "reset": { "when": "before_read", "times": 1 } }));
    let error = client.send("13800000001").await.expect_err("a reset");
    assert!(format!("{error:?}").contains("Connection reset by peer"), "{error:?}");
    assert_eq!((simulator.summary().texts, simulator.summary().unanswered), (0, 1));
    assert_eq!(client.send("13800000001").await.expect("an answer").1["Code"], "OK");
}

#[tokio::test]
async fn a_reset_after_reading_takes_the_text() {
    let (simulator, client) = start().await;
    let callback = Callback::start(&[]).await;
    simulator.register(account().with_callback(&callback.url)).expect("a callback");
    break_it(&simulator, json!({ "reset": { "when": "after_read" } }));
    let error = client.send("13800000001").await.expect_err("a reset");
    assert!(format!("{error:?}").contains("Connection reset by peer"), "{error:?}");
    let text = &simulator.texts("13800000001")[0];
    assert!(text.taken && !text.answered);
    assert_eq!(callback.entries(1).await[0]["phone_number"], "13800000001");
}

#[tokio::test]
async fn a_reset_within_the_answer() {
    let (simulator, client) = start().await;
    break_it(&simulator, json!({ "reset": { "when": "half_answer" } }));
    let error = format!("{:?}", client.send("13800000001").await.expect_err("half an answer"));
    assert!(error.contains("body") && error.contains("Connection reset by peer"), "{error}");
    let text = &simulator.texts("13800000001")[0];
    assert!(text.taken && !text.answered);
    assert_eq!(simulator.summary().unanswered, 1);
}

#[tokio::test]
async fn silence_lasts_until_the_client_gives_up() {
    let (simulator, client) = start().await;
    break_it(&simulator, json!({ "hang": {} }));
    let given_up = timeout(Duration::from_millis(50), client.send("13800000001")).await;
    assert!(given_up.is_err(), "no answer ever comes");
    let summary = simulator.wait_until(|summary| summary.unanswered == 1, PATIENCE).await.expect("noticed");
    assert_eq!(summary.texts, 1);
}

#[tokio::test]
async fn latency_delays_the_answer_only() {
    let (simulator, client) = start().await;
    break_it(&simulator, json!({ "latency": { "uniform_ms": [80, 90] } }));
    let began = Instant::now();
    let taken = simulator.wait_until(|summary| summary.texts == 1, PATIENCE);
    let (answer, taken) = tokio::join!(client.send("13800000001"), taken);
    assert_eq!(answer.expect("an answer").1["Code"], "OK");
    assert!(began.elapsed() >= Duration::from_millis(80));
    taken.expect("taken");
}

#[tokio::test]
async fn one_seed_gives_the_same_faults() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (simulator, client) = start().await;
        break_it(&simulator, json!({ "error": { "code": "isp.SYSTEM_ERROR", "share": 0.5 } }));
        let mut codes = Vec::new();
        for _ in 0..20 {
            codes.push(client.send("13800000001").await.expect("an answer").1["Code"].clone());
        }
        runs.push(codes);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].contains(&json!("OK")) && runs[0].contains(&json!("isp.SYSTEM_ERROR")));
}
