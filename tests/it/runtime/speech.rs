//! What plugins say: in the log, in their words on messages. Cut, escaped, counted, and without secrets.

use crate::support::log;
use crate::support::sandbox::{SECRET, Sandbox, account, kinds, words};
use crate::support::upstream::{Answer, Upstream};
use jixinda_domain::provider::CallbackCall;
use serde_json::json;

/// The secret as base64.
const ENCODED: &str = "czNjcmV0L29mK3RoaXMtYWNjb3VudA";

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_scrubbed_from_everything() {
    let sandbox = Sandbox::misbehaving().await;
    let leaking = account(&json!({ "behaviour": "leak-secret", "mark": "mark-of-leak" }));
    let outcomes = sandbox.send(&leaking, 1).await;
    assert_eq!(words(&outcomes[0]), "code [secret]: detail [secret] [secret]==");

    let failure = sandbox.runtime.balance(&sandbox.plugin(), &leaking).await.expect_err("a failure").to_string();
    let refusing = account(&json!({ "behaviour": "refuse" }));
    let call = CallbackCall::default();
    let refusal = sandbox.runtime.callback(&sandbox.plugin(), &refusing, &call).await.expect("an answer").0;
    assert_eq!(refusal.expect_err("a refusal"), "forged with [secret]");
    assert!(!failure.contains(SECRET), "{failure}");

    let lines = log::lines("mark-of-leak");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("plain [secret] encoded [secret]") && lines[0].contains("key=[secret]"), "{lines:?}");
    for trace in [SECRET, ENCODED, "+861380000", "您的验证码"] {
        assert!(log::lines(trace).is_empty(), "{trace} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_s_secret_is_given() {
    assert_eq!(words(&Sandbox::misbehaving().await.provoke("other-secret").await), "secret: None");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_cut_and_the_call_goes_on() {
    let sandbox = Sandbox::misbehaving().await;
    let upstream = Upstream::start(Answer::Ok).await;
    let flooding = json!({ "behaviour": "flood-log", "url": upstream.url(), "count": 3000, "mark": "mark-of-flood" });
    let outcomes = sandbox.send(&account(&flooding), 1).await;
    assert_eq!(kinds(&outcomes), ["accepted"]);
    let lines = log::lines("mark-of-flood");
    assert!((500..1500).contains(&lines.len()), "{} lines of 3001", lines.len());
    assert!(lines.iter().all(|line| line.len() < 3000), "no line is longer than two KiB and its frame");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_cannot_be_forged() {
    let sandbox = Sandbox::misbehaving().await;
    sandbox.send(&account(&json!({ "behaviour": "forge-log", "mark": "mark-of-forgery" })), 1).await;
    let lines = log::lines("mark-of-forgery");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("one\\nERROR two\\u{1b}[31m"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_output_is_log_too() {
    let sandbox = Sandbox::misbehaving().await;
    sandbox.send(&account(&json!({ "behaviour": "print", "mark": "mark-of-print" })), 1).await;
    let lines = log::lines("mark-of-print");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("mark-of-print printed") && lines[1].contains("and a second line"), "{lines:?}");

    let flooding = json!({ "behaviour": "print-flood", "count": 3000, "mark": "mark-of-print-flood" });
    sandbox.send(&account(&flooding), 1).await;
    let lines = log::lines("mark-of-print-flood").len();
    assert!((400..1500).contains(&lines), "{lines} lines of 3000");
}

#[tokio::test(flavor = "multi_thread")]
async fn long_words_are_cut() {
    let outcome = Sandbox::misbehaving().await.provoke("long-detail").await;
    let cause = outcome.cause().expect("a cause");
    assert_eq!((cause.code.chars().count(), cause.detail.chars().count()), (200, 500));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forbidden_host_is_named_with_the_cure() {
    let sandbox = Sandbox::misbehaving().await;
    let settings = json!({ "behaviour": "fetch", "url": "https://not-granted-here.example.com/x" });
    let account = jixinda_runtime::AccountAccess::new(
        "acc_1".to_owned(),
        settings.to_string(),
        None,
        Vec::new(),
        jixinda_runtime::Secrets::new(),
    );
    let outcomes = sandbox.send(&account, 1).await;
    assert!(words(&outcomes[0]).starts_with("denied: sent=false"), "{outcomes:?}");
    let lines = log::lines("https://not-granted-here.example.com:443");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("WARN") && lines[0].contains("plugins.grants"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn randomness_has_a_measure() {
    assert_eq!(words(&Sandbox::misbehaving().await.provoke("random").await), "random: 1024");
}
