//! The SDK against a running gateway: what its unit tests expect of a gateway is what a gateway does.

use super::webhooks::{listen, open_stage};
use super::*;
use futures_util::TryStreamExt as _;
use jixinda_sdk::{
    AuthMode, Batch, EntryError, Error, IdempotencyKey, MessageFilter, MessageStatus, NewMessage, ProblemCode, blocking,
};
use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

fn client(stage: &Stage) -> jixinda_sdk::Client {
    jixinda_sdk::Client::builder(stage.gateway.url()).key(&stage.key).build().expect("a client")
}

fn login(number: &str) -> NewMessage {
    NewMessage::new(number, "login", SIGN_NAME).param("code", "824913")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_sent_once_however_often_it_is_said() {
    let stage = stage().await;
    let client = client(&stage);
    let key = IdempotencyKey::new("order-1").expect("a key");
    let first = client.send_as(&login("13800000001"), &key).await.expect("accepted");
    let again = client.send_as(&login("13800000001"), &key).await.expect("accepted");
    assert_eq!(first.id, again.id);
    let other = client.send_as(&login("13800000002"), &key).await.expect_err("another text");
    assert_eq!(other.code(), Some(&ProblemCode::IdempotencyConflict));
    let story = until("the receipt", PATIENCE, || async {
        client.get(&first.id).await.ok().filter(|story| story.message.status == MessageStatus::Delivered)
    });
    let story = story.await.expect("delivered");
    assert_eq!((story.attempts.len(), story.receipts.len()), (1, 1));
    assert_eq!(stage.simulator.texts("13800000001").len(), 1);
    assert!(client.convert(&first.id).await.expect("counted"), "for the first time");
    assert!(!client.convert(&first.id).await.expect("counted"), "and no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_and_lists_are_told_entry_by_entry() {
    let stage = stage().await;
    let client = client(&stage);
    let batch = Batch::new()
        .defaults(NewMessage::default().template("shipped").sign_name(SIGN_NAME).param("order", "A-1").reference("one"))
        .messages((1..=5).map(|number| NewMessage::to(format!("1380000000{number}"))))
        .message(NewMessage::to("12"));
    let results = client.send_batch(&batch).await.expect("taken");
    assert_eq!((results.accepted(), results.batch_ids.len()), (5, 1));
    let Some((5, EntryError::Refused { code, .. })) = results.failed().next() else { panic!("{results:?}") };
    assert_eq!(*code, ProblemCode::InvalidPhoneNumber);
    let filter = MessageFilter::new().batch_id(&results.batch_ids[0]).page_size(2);
    let listed: Vec<_> = client.messages(filter).try_collect().await.expect("three pages");
    let ids: Vec<&str> = listed.iter().map(|message| message.id.as_str()).collect();
    let accepted = results.entries.iter().filter_map(|entry| Some(entry.result.as_ref().ok()?.id.as_str()));
    let mut expected: Vec<&str> = accepted.collect();
    expected.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(ids, expected, "by falling id, none left out, none twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_has_its_code() {
    let stage = stage().await;
    let client = client(&stage);
    let refused = async |message: &NewMessage| client.send(message).await.expect_err("refused").code().cloned();
    assert_eq!(refused(&login("12")).await, Some(ProblemCode::InvalidPhoneNumber));
    assert_eq!(refused(&login("13800000001").template("nothing")).await, Some(ProblemCode::UnknownTemplate));
    assert_eq!(refused(&login("13800000001").param("more", "1")).await, Some(ProblemCode::ParamsMismatch));
    assert_eq!(client.get("msg_nothing").await.expect_err("none").code(), Some(&ProblemCode::NotFound));
    let later = (SystemTime::now() + Duration::from_secs(3600)).into();
    let scheduled = client.send(&login("13800000001").send_at(later)).await.expect("accepted");
    let cancelled = client.cancel(&scheduled.id).await.expect("in time");
    assert_eq!(cancelled.status, MessageStatus::Cancelled);
    let stranger = jixinda_sdk::Client::builder(stage.gateway.url()).key(format!("{}x", stage.key));
    for mode in [AuthMode::Mac, AuthMode::Bearer] {
        let stranger = stranger.clone().auth_mode(mode).build().expect("a client");
        let error = stranger.send(&login("13800000001")).await.expect_err("unknown");
        assert_eq!(error.code(), Some(&ProblemCode::Unauthorized));
    }
    let nowhere = jixinda_sdk::Client::builder("http://127.0.0.1:1").key(&stage.key).build().expect("a client");
    assert!(!matches!(nowhere.get("msg_1").await, Ok(_) | Err(Error::Problem(_))), "nobody answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_without_async_send_too() {
    let stage = stage().await;
    let client = client(&stage);
    let sent = tokio::task::spawn_blocking(move || {
        let client = blocking::Client::new(client)?;
        let accepted = client.send(&login("13800000001"))?;
        client.get(&accepted.id).map(|story| (accepted.id, story.message.id))
    });
    let (sent, read) = sent.await.expect("no panic").expect("sent");
    assert_eq!(sent, read);
}

/// `sdk/consumer`: a program outside the workspace that depends on the package.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_on_the_package_sends_batches_lists_and_hears() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/sdk/build/debug/sdk-consumer");
    assert!(program.is_file(), "{} is missing: run `cargo xtask test --only sdk`", program.display());
    let stage = open_stage(&[]).await;
    let address = format!("127.0.0.1:{}", jixinda_test_servers::free_port());
    let (_, secret) = listen(&stage, "shop", json!({"url": format!("http://{address}/hooks")})).await;
    let mut command = tokio::process::Command::new(program);
    command.env("JIXINDA_URL", stage.gateway.url()).env("JIXINDA_KEY", &stage.key);
    command.env("LISTEN", address).env("WEBHOOK_SECRET", secret).env("SIGN_NAME", SIGN_NAME);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let done = tokio::time::timeout(PATIENCE, command.output()).await.expect("in time").expect("it runs");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    let lines: Vec<&str> = said.lines().skip(1).collect();
    assert_eq!(lines, ["batched 2 of 3, refused [1]", "listed 3", "heard of all"], "{said}");
}
