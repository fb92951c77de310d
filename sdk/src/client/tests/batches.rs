//! Batches in several requests, and what is kept when one of them fails.

use super::*;
use crate::batch::{Batch, EntryError};
use crate::client::batches::parts::{Limits, split};
use crate::idempotency::IdempotencyKey;
use crate::problem::ProblemCode;

/// Sends five texts in requests of two.
async fn send(scene: &Scene) -> crate::Result<crate::BatchResults> {
    let batch = Batch::new().messages(std::iter::repeat_n(text(), 5));
    let parts = split(&batch, Limits { entries: 2, ..Limits::default() }).expect("parts");
    scene.client.send_parts(parts, &IdempotencyKey::new("import").expect("a key")).await
}

fn took(batch: &str, ids: &[&str]) -> Reply {
    let entry = |(index, id): (usize, &&str)| match id.strip_prefix('!') {
        Some(code) => format!(r#"{{"index":{index},"error":{{"code":"{code}","detail":"as told"}}}}"#),
        None => format!(r#"{{"index":{index},"id":"{id}","segments":1}}"#),
    };
    // In another order than asked: only the index counts.
    let entries: Vec<String> = ids.iter().enumerate().rev().map(entry).collect();
    Reply::json(202, format!(r#"{{"batch_id":"{batch}","results":[{}]}}"#, entries.join(",")))
}

/// A line for each entry.
fn told(results: &crate::BatchResults) -> Vec<String> {
    let line = |entry: &crate::BatchEntry| {
        let result = match &entry.result {
            Ok(accepted) => accepted.id.clone(),
            Err(EntryError::Refused { code, .. }) => format!("refused: {code}"),
            Err(EntryError::Failed(error)) => format!("failed, uncertain: {}", error.is_uncertain()),
            Err(EntryError::NotSent(_)) => "not sent".to_owned(),
        };
        format!("{} {result}", entry.index)
    };
    results.entries.iter().map(line).collect()
}

#[tokio::test]
async fn results_come_in_the_order_of_the_batch() {
    let scene =
        Scene::new([took("bat_1", &["a", "!blocked_number"]), took("bat_2", &["c", "d"]), took("bat_3", &["e"])]);
    let results = send(&scene).await.expect("results");
    assert_eq!(told(&results), ["0 a", "1 refused: blocked_number", "2 c", "3 d", "4 e"]);
    assert_eq!(results.batch_ids, ["bat_1", "bat_2", "bat_3"]);
    assert_eq!((results.accepted(), results.failed().map(|(index, _)| index).collect()), (4, vec![1]));
    let keys: Vec<String> = scene.stub.asked().iter().map(|asked| asked.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys, ["import 1/3", "import 2/3", "import 3/3"]);
}

#[tokio::test]
async fn what_was_accepted_before_a_failure_is_kept() {
    let mut replies = vec![took("bat_1", &["a", "b"])];
    replies.extend(vec![Reply::HangUp; 4]);
    let scene = Scene::new(replies);
    let results = send(&scene).await.expect("results");
    let uncertain = "failed, uncertain: true";
    assert_eq!(told(&results), ["0 a", "1 b", &format!("2 {uncertain}"), &format!("3 {uncertain}"), "4 not sent"]);
    assert_eq!(scene.stub.asked().len(), 5, "the second request four times, the third never");
}

#[tokio::test]
async fn a_refusal_of_one_request_does_not_stop_the_others() {
    let scene =
        Scene::new([Reply::problem(413, "payload_too_large"), took("bat_2", &["c", "d"]), took("bat_3", &["e"])]);
    let results = send(&scene).await.expect("results");
    let refused = "failed, uncertain: false";
    assert_eq!(told(&results), [&format!("0 {refused}"), &format!("1 {refused}"), "2 c", "3 d", "4 e"]);
}

#[tokio::test]
async fn where_nothing_was_taken_the_error_is_told() {
    let scene = Scene::new([Reply::problem(401, "unauthorized")]);
    let error = send(&scene).await.expect_err("refused");
    assert_eq!(error.code(), Some(&ProblemCode::Unauthorized));
    assert_eq!(scene.stub.asked().len(), 1);
}

#[tokio::test]
async fn an_answer_that_leaves_an_entry_out_is_noticed() {
    let scene = Scene::new([took("bat_1", &["a"]), took("bat_2", &["c", "d"]), took("bat_3", &["e"])]);
    assert_eq!(told(&send(&scene).await.expect("results"))[1], "1 failed, uncertain: true");
}
