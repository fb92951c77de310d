//! Uncertain texts: looked up before anyone resends one.

use super::*;

async fn impatient_stage(faults: Value) -> Stage {
    let stage = stage_with(&[("DISPATCH__LOOKUP_AFTER_MS", "700"), ("DISPATCH__LOOKUP_EVERY_MS", "500")]).await;
    let faults = serde_json::from_value(faults).expect("faults");
    stage.simulator.set_faults(jixinda_test_support::ACCESS_KEY_ID, faults).expect("set");
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_after_the_provider_read_it_heals_by_lookup_and_is_sent_once() {
    let stage = impatient_stage(
        json!({"reset": {"when": "after_read", "share": 1.0, "times": 1}, "receipts": {"lost_share": 1.0}}),
    )
    .await;
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    let story = becomes(&stage.api(), &id, "delivered").await;
    assert_eq!(story["attempts"][0]["outcome"], "uncertain");
    assert_eq!(story["attempts"].as_array().expect("a list").len(), 1, "nobody sent it again");
    assert_eq!(stage.simulator.texts("13800000001").len(), 1);
    assert!(stage.simulator.doubled().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_after_the_provider_read_it_heals_by_receipt() {
    let stage = stage().await;
    let faults = json!({"reset": {"when": "after_read", "share": 1.0, "times": 1}, "receipts": {"late_ms": 300}});
    let faults = serde_json::from_value(faults).expect("faults");
    stage.simulator.set_faults(jixinda_test_support::ACCESS_KEY_ID, faults).expect("set");
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    // Long before a lookup is due.
    let story = becomes(&stage.api(), &id, "delivered").await;
    assert_eq!(story["attempts"][0]["outcome"], "uncertain");
    assert!(stage.simulator.doubled().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_never_had_is_sent_again() {
    let stage = impatient_stage(json!({"reset": {"when": "before_read", "share": 1.0, "times": 1}})).await;
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    let story = becomes(&stage.api(), &id, "delivered").await;
    let outcomes: Vec<&str> = story["attempts"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|attempt| attempt["outcome"].as_str())
        .collect();
    assert_eq!(outcomes, ["uncertain", "accepted"]);
    assert!(stage.simulator.doubled().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_error_is_no_proof_that_nothing_was_sent() {
    let stage = impatient_stage(
        json!({"http_status": {"status": 503, "body": "oops", "share": 1.0, "times": 1, "taken": true}}),
    )
    .await;
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    becomes(&stage.api(), &id, "delivered").await;
    assert!(stage.simulator.doubled().is_empty());
}
