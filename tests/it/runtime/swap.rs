//! Swapping plugins while they are called: no call fails, and no generation stays.

use crate::support::components::{misbehaving, stamped};
use crate::support::sandbox::{Sandbox, against, call, kinds, messages};
use crate::support::until;
use crate::support::upstream::{Answer, Upstream};
use jixinda_runtime::watch::WatchMode;
use jixinda_runtime::{Plugin, gate};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

const FILE: &str = "misbehaving.wasm";

#[tokio::test(flavor = "multi_thread")]
async fn calls_under_way_end_on_the_generation_they_began_on() {
    let sandbox = Sandbox::misbehaving().await;
    let upstream = Upstream::start(Answer::Late(Duration::from_millis(1500))).await;
    let account = against(&upstream.url(), "accept");
    let old = sandbox.plugin();
    let gone = Arc::downgrade(&old);
    let (call, messages) = (call(), messages(1));
    let slow = async {
        let outcomes = sandbox.runtime.send(&old, &account, &call, &messages).await;
        drop(old);
        outcomes
    };
    let swap = async {
        until("the request is under way", || (upstream.requests() == 1).then_some(())).await;
        sandbox.put(FILE, &stamped(misbehaving(), 1));
        sandbox.until_serving("the new one", |plugin| plugin.generation == 2).await;
    };
    let (outcomes, ()) = tokio::join!(slow, swap);
    assert_eq!(kinds(&outcomes), ["accepted"]);
    until("the old generation is gone", || (gone.strong_count() == 0).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rapid_replacement_under_load_fails_no_call() {
    let sandbox = Arc::new(Sandbox::misbehaving().await);
    let upstream = Upstream::start(Answer::Late(Duration::from_millis(20))).await;
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..3)
        .map(|_| {
            let (sandbox, stop, account) = (sandbox.clone(), stop.clone(), against(&upstream.url(), "accept"));
            tokio::spawn(async move {
                let mut generation = 0;
                let mut calls = 0;
                while !stop.load(Ordering::SeqCst) {
                    let plugin = sandbox.plugin();
                    assert!(plugin.generation >= generation, "a caller never sees an older generation again");
                    generation = plugin.generation;
                    let outcomes = sandbox.runtime.send(&plugin, &account, &call(), &messages(2)).await;
                    assert_eq!(kinds(&outcomes), ["accepted"; 2]);
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    let last = stamped(misbehaving(), 30);
    for stamp in 1..=30 {
        sandbox.put(FILE, &stamped(misbehaving(), stamp));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let sha256 = gate::sha256(&last);
    let plugin = sandbox.until_serving("the last content", |plugin| plugin.status().sha256 == sha256).await;
    assert!(plugin.generation <= 8, "{} generations for thirty contents", plugin.generation);
    stop.store(true, Ordering::SeqCst);
    let mut calls = 0;
    for caller in callers {
        calls += caller.await.expect("no call failed");
    }
    assert!(calls > 10, "only {calls} calls");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_reloads_leave_nothing_behind() {
    let contents = [1, 2].map(|stamp| stamped(misbehaving(), stamp));
    let sandbox = Sandbox::start_with(&[(FILE, contents[0].clone())], |options| {
        options.watch = WatchMode::Poll(Duration::from_secs(3600));
    })
    .await;
    let mut generations: Vec<Weak<Plugin>> = vec![Arc::downgrade(&sandbox.plugin())];
    for round in 1..=200_usize {
        sandbox.put(FILE, &contents[round % 2]);
        let wanted = generations.len() as u64 + 1;
        let plugin = until("the next generation", || {
            sandbox.runtime.look_again();
            sandbox.runtime.plugin("misbehaving").filter(|plugin| plugin.generation == wanted)
        })
        .await;
        assert_eq!(plugin.status().calls, 0);
        generations.push(Arc::downgrade(&plugin));
        let alive = generations.iter().filter(|generation| generation.strong_count() > 0).count();
        assert!(alive <= 2, "{alive} generations are alive after {round} reloads");
    }
    let alive = || generations.iter().filter(|generation| generation.strong_count() > 0).count();
    until("one is left", || (alive() == 1).then_some(())).await;
    assert_eq!(sandbox.provoke("random").await.kind(), "rejected", "the last one answers");
}
