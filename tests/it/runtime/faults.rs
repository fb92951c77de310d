//! Guests that spin, hoard, trap and never return: each call ends, and the gateway and the neighbours do not notice.

use crate::support::sandbox::{Sandbox, account, against, call, kinds, messages, words};
use crate::support::upstream::{Answer, Upstream};
use crate::support::{components, until};
use jixinda_domain::Timestamp;
use jixinda_domain::provider::{CallbackCall, SentMessage};
use jixinda_runtime::CallError;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn a_spinning_guest_is_stopped_and_its_neighbour_is_not_delayed() {
    let sandbox = Sandbox::misbehaving().await;
    let upstream = Upstream::start(Answer::Ok).await;
    let began = Instant::now();
    let spin = account(&json!({ "behaviour": "spin" }));
    let good = against(&upstream.url(), "accept");
    let neighbour = async {
        let outcomes = sandbox.send(&good, 1).await;
        (kinds(&outcomes), began.elapsed())
    };
    let (spun, (kinds_beside, beside)) = tokio::join!(sandbox.send(&spin, 1), neighbour);
    assert_eq!(kinds_beside, ["accepted"]);
    assert!(beside < Duration::from_secs(1), "the neighbour took {beside:?}");
    assert_eq!(kinds(&spun), ["deferred"], "nothing was sent");
    assert!(words(&spun[0]).contains("more processor time"), "{spun:?}");
    assert!(began.elapsed() < Duration::from_secs(3), "it spun for {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_has_its_words_and_the_next_call_works() {
    let sandbox = Sandbox::misbehaving().await;
    let upstream = Upstream::start(Answer::Ok).await;
    let faults = [
        ("trap", "gave up"),
        ("hoard", "more memory"),
        ("recurse", "too deeply"),
        ("recurse-in-memory", "outside its memory"),
        ("exit", "called exit"),
        ("huge-return", "more than 8 MiB at once"),
        ("log-loop", "more processor time"),
        ("denied-loop", "more processor time"),
    ];
    for (behaviour, words_of_fault) in faults {
        let began = Instant::now();
        let outcome = sandbox.provoke(behaviour).await;
        assert_eq!(outcome.kind(), "deferred", "{behaviour}: {outcome:?}");
        assert!(words(&outcome).contains(words_of_fault), "{behaviour}: {outcome:?}");
        assert!(began.elapsed() < Duration::from_secs(5), "{behaviour} took {:?}", began.elapsed());
        assert_eq!(kinds(&sandbox.send(&against(&upstream.url(), "accept"), 1).await), ["accepted"], "{behaviour}");
    }
    assert_eq!(sandbox.plugin().status().calls, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_outcomes_are_a_fault() {
    let outcome = Sandbox::misbehaving().await.provoke("many-outcomes").await;
    assert_eq!(outcome.kind(), "deferred");
    assert!(words(&outcome).starts_with("plugin-fault"), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_ends_at_its_deadline() {
    let sandbox = Sandbox::start_with(&[("misbehaving.wasm", components::misbehaving())], |options| {
        options.budgets.send.wall = Duration::from_millis(500);
    })
    .await;
    let upstream = Upstream::start(Answer::Hang).await;
    let began = Instant::now();
    let outcomes = sandbox.send(&against(&upstream.url(), "accept"), 1).await;
    assert!(began.elapsed() < Duration::from_secs(2), "it took {:?}", began.elapsed());
    assert_eq!(kinds(&outcomes), ["uncertain"], "it left, and nothing came back: {outcomes:?}");
    until("the connection is closed", || (upstream.open() == 0).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_gives_up_leaves_nothing_behind() {
    let sandbox = Sandbox::misbehaving().await;
    let upstream = Upstream::start(Answer::Hang).await;
    let (account, plugin) = (against(&upstream.url(), "accept"), sandbox.plugin());
    let (call, messages) = (call(), messages(1));
    {
        let sending = sandbox.runtime.send(&plugin, &account, &call, &messages);
        let asked =
            until("the request is there", || (upstream.requests() == 1).then(|| assert_eq!(plugin.status().calls, 1)));
        tokio::select! {
            outcomes = sending => panic!("a hanging upstream answers nothing: {outcomes:?}"),
            () = asked => {}
        }
    }
    until("the connection is closed", || (upstream.open() == 0).then_some(())).await;
    until("no call is in flight", || (plugin.status().calls == 0).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_plugin_cannot_take_every_place() {
    let other = components::describing(&json!({ "id": "other" }));
    let files = [("misbehaving.wasm", components::misbehaving()), ("other.wasm", other)];
    let sandbox = Sandbox::start_with(&files, |options| {
        options.max_calls = 2;
        options.budgets.send.wall = Duration::from_millis(800);
    })
    .await;
    let (hanging, working) = (Upstream::start(Answer::Hang).await, Upstream::start(Answer::Ok).await);
    let stuck = against(&hanging.url(), "accept");
    let beside = async {
        until("the only place of its own is taken", || (hanging.requests() == 1).then_some(())).await;
        let other = sandbox.runtime.plugin("other").expect("the other provider serves");
        sandbox.runtime.send(&other, &against(&working.url(), "accept"), &call(), &messages(1)).await
    };
    let (first, second, beside) = tokio::join!(sandbox.send(&stuck, 1), sandbox.send(&stuck, 1), beside);
    assert_eq!(kinds(&beside), ["accepted"]);
    // Which of the two went first is not said; the second began when the first had ended, or never did.
    let mut both = [kinds(&first)[0], kinds(&second)[0]];
    both.sort_unstable();
    assert!(both == ["deferred", "uncertain"] || both == ["uncertain", "uncertain"], "{first:?} {second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_interfaces_are_bounded_too() {
    let sandbox = Sandbox::misbehaving().await;
    let plugin = sandbox.plugin();
    let call = CallbackCall {
        method: "POST".to_owned(),
        path: "receipts".to_owned(),
        query: "a=1".to_owned(),
        ..CallbackCall::default()
    };
    let behaving = |behaviour: &str| account(&json!({ "behaviour": behaviour }));
    let (events, reply) = sandbox.runtime.callback(&plugin, &behaving("echo"), &call).await.expect("an answer");
    assert_eq!((events.is_ok(), reply.status, reply.body.as_slice()), (true, 200, b"POST receipts a=1".as_slice()));
    for abuse in ["trap", "spin"] {
        let fault = sandbox.runtime.callback(&plugin, &behaving(abuse), &call).await.expect_err("a fault");
        assert!(matches!(fault, CallError::Fault(_)), "{abuse}: the provider is to call again: {fault}");
    }

    let sent = SentMessage {
        id: "msg_1".to_owned(),
        serial: "1".to_owned(),
        call: crate::support::sandbox::call(),
        upstream_id: None,
        recipient: "+8613800000001".to_owned(),
        at: Timestamp::from_millis(1_700_000_000_000),
    };
    let lookup = |behaviour| {
        let (runtime, plugin, sent) = (&sandbox.runtime, &plugin, [sent.clone()]);
        async move { runtime.lookup(plugin, &behaving(behaviour), &sent).await }
    };
    assert_eq!(lookup("honest").await.expect("a fate"), [jixinda_domain::provider::Fate::Absent]);
    assert!(matches!(lookup("wrong-count").await, Err(CallError::Fault(_))));
    assert_eq!(sandbox.runtime.balance(&plugin, &behaving("honest")).await.expect("a balance").value, "12.50");
}
