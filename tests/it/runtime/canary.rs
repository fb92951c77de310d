//! A new generation beside the one that serves: who gets which call, how it ends, and what a restart still knows.

use crate::support::components::{describing, misbehaving, stamped};
use crate::support::sandbox::{MISBEHAVING, Sandbox, account, call, messages};
use crate::support::until;
use jixinda_domain::Clock as _;
use jixinda_domain::clock::{ManualClock, SystemClock};
use jixinda_runtime::canary::{CanaryEventKind, CanaryStatus, NoCanary};
use jixinda_runtime::{CanarySettings, FileState, gate};
use serde_json::json;
use std::fs::{self, File};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const FILE: &str = "misbehaving.wasm";
/// Numbers that fall into every share, and into none.
const NEW: f64 = 0.0;
const OLD: f64 = 0.99;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(SystemClock.now()))
}

async fn serving(clock: &Arc<ManualClock>) -> Sandbox {
    Sandbox::with_canaries(&[(FILE, misbehaving())], CanarySettings::default(), clock.clone()).await
}

/// A next version that does this in every `send`.
fn doing(wrong: &str) -> Vec<u8> {
    describing(&json!({ "version": "1.0.1", "send": wrong }))
}

/// So many calls with this number; answers the generation that took the last of them.
async fn send(sandbox: &Sandbox, random: f64, calls: usize) -> u64 {
    let account = account(&json!({ "behaviour": "random" }));
    let mut generation = 0;
    for _ in 0..calls {
        let plugin = sandbox.runtime.plugin_for_send(MISBEHAVING, random).expect("a plugin");
        generation = plugin.generation;
        assert_eq!(sandbox.runtime.send(&plugin, &account, &call(), &messages(1)).await.len(), 1);
    }
    generation
}

fn canary(sandbox: &Sandbox) -> Option<CanaryStatus> {
    sandbox.runtime.status(MISBEHAVING)?.canary
}

/// Waits until this content is tried.
async fn tried(sandbox: &Sandbox, bytes: &[u8]) -> CanaryStatus {
    let sha256 = gate::sha256(bytes);
    until("it is tried", || canary(sandbox).filter(|canary| canary.sha256 == sha256)).await
}

async fn rolled_back(sandbox: &Sandbox, file: &str) -> String {
    until("it is rolled back", || match sandbox.state(file) {
        Some(FileState::RolledBack { reason, .. }) => Some(reason),
        _ => None,
    })
    .await
}

async fn serves(sandbox: &Sandbox, bytes: &[u8]) -> u64 {
    let sha256 = gate::sha256(bytes);
    sandbox.until_serving("it serves", |plugin| plugin.status().sha256 == sha256).await.generation
}

/// What happened, the oldest first.
fn story(sandbox: &Sandbox) -> Vec<CanaryEventKind> {
    sandbox.runtime.recent_canary_events().iter().rev().map(|event| event.kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_one_takes_a_share_then_a_larger_one_then_all() {
    let sandbox = serving(&clock()).await;
    let mut events = sandbox.runtime.canary_events();
    let old = Arc::downgrade(&sandbox.plugin());
    let next = stamped(misbehaving(), 1);
    sandbox.put(FILE, &next);
    assert_eq!(tried(&sandbox, &next).await.share, 0.05);
    let state = || matches!(sandbox.state(FILE), Some(FileState::Canary { generation: 2, share: 0.05, .. }));
    until("it is shown so", || state().then_some(())).await;
    // Whatever is no `send` stays where it was.
    assert_eq!(sandbox.plugin().generation, 1);
    assert_eq!((send(&sandbox, 0.05, 1).await, send(&sandbox, 0.049, 1).await), (1, 2));

    assert_eq!(send(&sandbox, NEW, 19).await, 2);
    let status = canary(&sandbox).expect("it is still tried");
    assert_eq!((status.share, status.evidence.new.calls, status.evidence.old.calls), (0.25, 20, 1));
    assert_eq!((send(&sandbox, 0.25, 1).await, send(&sandbox, 0.249, 1).await), (1, 2));
    assert_eq!(send(&sandbox, NEW, 18).await, 2);
    assert_eq!(sandbox.plugin().generation, 1, "one call more is wanted");
    send(&sandbox, NEW, 1).await;
    assert_eq!(send(&sandbox, OLD, 1).await, 2, "from the very next call");
    assert_eq!(serves(&sandbox, &next).await, 2);

    until("the old generation is gone", || (old.strong_count() == 0).then_some(())).await;
    let state = || matches!(sandbox.state(FILE), Some(FileState::Serving { generation: 2, .. }));
    until("it is shown so", || state().then_some(())).await;
    let advanced = CanaryEventKind::Advanced { share: 0.25 };
    assert_eq!(story(&sandbox), [CanaryEventKind::Started, advanced, CanaryEventKind::Promoted]);
    let told = [events.try_recv(), events.try_recv(), events.try_recv()].map(|event| event.expect("told").kind);
    assert_eq!(told, [CanaryEventKind::Started, advanced, CanaryEventKind::Promoted]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_is_rolled_back_and_does_not_come_back_by_itself() {
    let sandbox = serving(&clock()).await;
    let bad = doing("trap");
    sandbox.put(FILE, &bad);
    tried(&sandbox, &bad).await;
    send(&sandbox, OLD, 10).await;
    assert_eq!(send(&sandbox, NEW, 3).await, 2);
    assert_eq!(send(&sandbox, NEW, 1).await, 1, "from the very next call");
    let reason = rolled_back(&sandbox, FILE).await;
    assert_eq!(reason, "3 of 3 calls failed, against 0 of 10 of the old generation");
    let event = &sandbox.runtime.recent_canary_events()[0];
    assert_eq!((event.kind, event.cause == reason), (CanaryEventKind::RolledBack, true));
    assert_eq!((event.old.version.as_str(), event.new.version.as_str()), ("1.0.0", "1.0.1"));
    assert_eq!((event.evidence.new.faults, event.evidence.old.calls), (3, 10));

    // Neither touched nor copied.
    let file = File::options().write(true).open(sandbox.path(FILE)).expect("opened");
    file.set_modified(SystemTime::now() + Duration::from_secs(5)).expect("touched");
    sandbox.put("copy.wasm", &bad);
    rolled_back(&sandbox, "copy.wasm").await;
    assert!(canary(&sandbox).is_none() && sandbox.plugin().generation == 1);

    // A new content starts anew.
    let mended = stamped(misbehaving(), 2);
    sandbox.put(FILE, &mended);
    tried(&sandbox, &mended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_refuses_is_rolled_back_in_numbers_of_messages() {
    let sandbox = serving(&clock()).await;
    let bad = doing("refuse");
    sandbox.put(FILE, &bad);
    tried(&sandbox, &bad).await;
    send(&sandbox, OLD, 10).await;
    send(&sandbox, NEW, 3).await;
    let reason = rolled_back(&sandbox, FILE).await;
    assert_eq!(reason, "3 of 3 messages were refused, against 0 of 10 of the old generation");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_with_the_old_generation_and_keeps_the_rollback() {
    let clock = clock();
    let sandbox = serving(&clock).await;
    let bad = doing("trap");
    sandbox.put(FILE, &bad);
    tried(&sandbox, &bad).await;

    // In the middle: the file holds what is tried, and what served is served again.
    let sandbox = sandbox.start_again(CanarySettings::default(), clock.clone()).await;
    assert_eq!(sandbox.plugin().status().sha256, gate::sha256(&misbehaving()));
    assert_eq!(canary(&sandbox).expect("it is tried anew").evidence.new.calls, 0);
    send(&sandbox, OLD, 10).await;
    send(&sandbox, NEW, 3).await;
    let reason = rolled_back(&sandbox, FILE).await;

    let sandbox = sandbox.start_again(CanarySettings::default(), clock.clone()).await;
    assert_eq!(sandbox.plugin().status().sha256, gate::sha256(&misbehaving()));
    let state = sandbox.state(FILE);
    let kept =
        matches!(&state, Some(FileState::RolledBack { reason: said, still_serving: Some(_), .. }) if *said == reason);
    assert!(kept, "{state:?}");
    assert!(canary(&sandbox).is_none());

    // Its own file back, and what served is no other generation.
    sandbox.put(FILE, &misbehaving());
    let state = || matches!(sandbox.state(FILE), Some(FileState::Serving { generation: 1, .. }));
    until("it is shown so", || state().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_over_a_broken_file_goes_on_too_and_one_without_a_file_does_not() {
    let clock = clock();
    let sandbox = serving(&clock).await;
    sandbox.put(FILE, b"broken");
    sandbox.until_refused(FILE).await;
    let sandbox = sandbox.start_again(CanarySettings::default(), clock.clone()).await;
    assert_eq!(sandbox.plugin().status().sha256, gate::sha256(&misbehaving()));
    let (_, _, still_serving) = sandbox.until_refused(FILE).await;
    assert_eq!(still_serving.as_deref(), Some("misbehaving 1.0.0 #1"));
    fs::remove_file(sandbox.path(FILE)).expect("removed");
    let sandbox = sandbox.start_again(CanarySettings::default(), clock.clone()).await;
    assert!(sandbox.runtime.plugins().is_empty());
    // Switched off, nothing is remembered.
    sandbox.put(FILE, &misbehaving());
    sandbox.until_serving("it is back", |_| true).await;
    let off = CanarySettings { enabled: false, ..CanarySettings::default() };
    let sandbox = sandbox.start_again(off, clock).await;
    assert_eq!(sandbox.plugin().status().sha256, gate::sha256(&misbehaving()));
    assert!(!sandbox.kept().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marker_skips_the_canary_once_and_lifts_a_rollback() {
    let sandbox = serving(&clock()).await;
    let mark = |bytes: &[u8]| fs::write(sandbox.path(".misbehaving.now"), gate::sha256(bytes)).expect("written");
    let next = stamped(misbehaving(), 1);
    mark(&next);
    sandbox.put(FILE, &next);
    serves(&sandbox, &next).await;
    until("the marker is spent", || (!sandbox.path(".misbehaving.now").exists()).then_some(())).await;
    assert_eq!(story(&sandbox), []);

    let bad = doing("trap");
    sandbox.put(FILE, &bad);
    tried(&sandbox, &bad).await;
    sandbox.runtime.abort_canary(MISBEHAVING).await.expect("it ran");
    assert_eq!(rolled_back(&sandbox, FILE).await, "an operator aborted it");
    mark(&bad);
    serves(&sandbox, &bad).await;
    let state = || matches!(sandbox.state(FILE), Some(FileState::Serving { .. }));
    until("it is shown so", || state().then_some(())).await;

    // The operator's word on one that is tried.
    let third = stamped(misbehaving(), 3);
    sandbox.put(FILE, &third);
    tried(&sandbox, &third).await;
    mark(&third);
    serves(&sandbox, &third).await;
    assert_eq!(story(&sandbox).last(), Some(&CanaryEventKind::Promoted));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_word_is_in_force_when_it_is_answered() {
    let sandbox = serving(&clock()).await;
    assert_eq!(sandbox.runtime.promote_canary(MISBEHAVING).await, Err(NoCanary));
    let next = stamped(misbehaving(), 1);
    sandbox.put(FILE, &next);
    tried(&sandbox, &next).await;
    sandbox.runtime.promote_canary(MISBEHAVING).await.expect("it ran");
    assert_eq!(sandbox.plugin().status().sha256, gate::sha256(&next));
    assert_eq!(sandbox.runtime.abort_canary(MISBEHAVING).await, Err(NoCanary), "it has ended");
    let event = &sandbox.runtime.recent_canary_events()[0];
    assert_eq!((event.kind, event.cause.as_str()), (CanaryEventKind::Promoted, "an operator promoted it"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_provider_gets_through_by_time() {
    let clock = clock();
    let sandbox = serving(&clock).await;
    let next = stamped(misbehaving(), 1);
    sandbox.put(FILE, &next);
    tried(&sandbox, &next).await;
    clock.advance(Duration::from_secs(60));
    sandbox.runtime.look_again();
    until("the second step", || canary(&sandbox).filter(|canary| canary.share == 0.25)).await;
    clock.advance(Duration::from_secs(60));
    sandbox.runtime.look_again();
    serves(&sandbox, &next).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_come_and_go_end_a_canary() {
    let sandbox = serving(&clock()).await;
    let version = |version: &str| describing(&json!({ "version": version }));
    // A newer one takes the place of the one that is tried.
    sandbox.put(FILE, &version("1.1.0"));
    tried(&sandbox, &version("1.1.0")).await;
    sandbox.put(FILE, &version("1.2.0"));
    tried(&sandbox, &version("1.2.0")).await;
    // What serves comes back.
    sandbox.put(FILE, &misbehaving());
    until("nothing is tried", || canary(&sandbox).is_none().then_some(())).await;
    // A file beside it, that is removed.
    sandbox.put("beside.wasm", &version("1.3.0"));
    tried(&sandbox, &version("1.3.0")).await;
    fs::remove_file(sandbox.path("beside.wasm")).expect("removed");
    until("nothing is tried", || canary(&sandbox).is_none().then_some(())).await;
    assert_eq!(sandbox.plugin().generation, 1);
    // A file beside it, and the old one is removed: somebody must serve.
    sandbox.put("beside.wasm", &version("1.3.0"));
    tried(&sandbox, &version("1.3.0")).await;
    fs::remove_file(sandbox.path(FILE)).expect("removed");
    serves(&sandbox, &version("1.3.0")).await;
    use CanaryEventKind::{Promoted, Started, Withdrawn};
    let told = [Started, Withdrawn, Started, Withdrawn, Started, Withdrawn, Started, Promoted];
    assert_eq!(story(&sandbox), told);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_nobody_needs_are_not_kept() {
    let clock = clock();
    let sandbox = serving(&clock).await;
    let kept = || {
        let names = fs::read_dir(sandbox.kept()).expect("a folder").flatten().map(|entry| entry.file_name());
        let mut shas: Vec<String> =
            names.filter_map(|name| name.to_str()?.strip_suffix(".wasm").map(str::to_owned)).collect();
        shas.sort();
        shas
    };
    let mut both = [misbehaving(), stamped(misbehaving(), 1)].map(|bytes| gate::sha256(&bytes)).to_vec();
    assert_eq!(kept(), both[..1]);
    sandbox.put(FILE, &stamped(misbehaving(), 1));
    tried(&sandbox, &stamped(misbehaving(), 1)).await;
    both.sort();
    assert_eq!(kept(), both);
    sandbox.runtime.promote_canary(MISBEHAVING).await.expect("it ran");
    let new = gate::sha256(&stamped(misbehaving(), 1));
    until("the old bytes are gone", || (kept() == [new.clone()]).then_some(())).await;
}
