//! The plugin folder, as people and their tools change it.

use crate::support::components::{describing, misbehaving, stamped};
use crate::support::sandbox::Sandbox;
use crate::support::until;
use jixinda_runtime::watch::WatchMode;
use jixinda_runtime::{FileState, gate};
use serde_json::json;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

const FILE: &str = "misbehaving.wasm";

type Way<'a> = &'a dyn Fn(&[u8]);

/// Every usual way to replace a file makes exactly one new generation, with exactly that content.
#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_replace_a_file_is_one_swap() {
    let sandbox = Sandbox::misbehaving().await;
    let (path, beside) = (sandbox.path(FILE), tempfile::tempdir().expect("a folder"));
    let ways: [(&str, Way); 7] = [
        ("rename over", &|bytes| sandbox.put(FILE, bytes)),
        ("write in place", &|bytes| fs::write(&path, bytes).expect("written")),
        ("as vim saves", &|bytes| {
            fs::rename(&path, sandbox.path("misbehaving.wasm~")).expect("backup");
            fs::write(&path, bytes).expect("written");
            fs::remove_file(sandbox.path("misbehaving.wasm~")).expect("no backup");
        }),
        ("remove and write", &|bytes| {
            fs::remove_file(&path).expect("removed");
            fs::write(&path, bytes).expect("written");
        }),
        ("hard link", &|bytes| {
            fs::write(sandbox.path("source"), bytes).expect("written");
            fs::remove_file(&path).expect("removed");
            fs::hard_link(sandbox.path("source"), &path).expect("linked");
        }),
        ("symbolic link, swapped", &|bytes| {
            let target = beside.path().join(gate::sha256(bytes));
            fs::write(&target, bytes).expect("written");
            let link = sandbox.path(".link");
            symlink(target, &link).expect("linked");
            fs::rename(link, &path).expect("swapped");
        }),
        ("an old modification time", &|bytes| {
            let temporary = sandbox.path(".old");
            fs::write(&temporary, bytes).expect("written");
            let file = File::options().write(true).open(&temporary).expect("opened");
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("old");
            fs::rename(temporary, &path).expect("renamed");
        }),
    ];
    for (stamp, (way, replace)) in (1..).zip(ways) {
        let bytes = stamped(misbehaving(), stamp);
        let before = sandbox.plugin().generation;
        replace(&bytes);
        let sha256 = gate::sha256(&bytes);
        let plugin = sandbox.until_serving(way, |plugin| plugin.status().sha256 == sha256).await;
        assert_eq!(plugin.generation, before + 1, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_copy_is_waited_for() {
    let sandbox = Sandbox::start(&[]).await;
    let bytes = misbehaving();
    let mut file = File::create(sandbox.path(FILE)).expect("a file");
    for piece in bytes.chunks(bytes.len() / 3) {
        file.write_all(piece).expect("written");
        // The copy itself pauses, longer than two looks are apart.
        for _ in 0..9 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let state = sandbox.state(FILE);
            assert!(!matches!(state, Some(FileState::Refused { .. })), "refused while it is copied: {state:?}");
        }
    }
    drop(file);
    sandbox.until_serving("the whole file", |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_absence_is_none() {
    let sandbox = Sandbox::misbehaving().await;
    let changes = sandbox.runtime.changes();
    fs::remove_file(sandbox.path(FILE)).expect("removed");
    // Two looks and more see that it is missing.
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(sandbox.plugin().generation, 1);
    }
    fs::write(sandbox.path(FILE), misbehaving()).expect("written");
    let settled = || matches!(sandbox.state(FILE), Some(FileState::Serving { generation: 1, .. }));
    until("it serves as before", || settled().then_some(())).await;
    assert!(!changes.has_changed().expect("running"), "nothing was swapped");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_removed_goes_and_what_comes_back_serves() {
    let sandbox = Sandbox::misbehaving().await;
    fs::remove_file(sandbox.path(FILE)).expect("removed");
    until("it no longer serves", || sandbox.runtime.plugin("misbehaving").is_none().then_some(())).await;
    assert_eq!(sandbox.state(FILE), None);
    sandbox.put(FILE, &misbehaving());
    sandbox.until_serving("it is back", |plugin| plugin.generation == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_in_between_changes_nothing() {
    let sandbox = Sandbox::misbehaving().await;
    sandbox.put(FILE, b"\0asm\x01\0\0\0");
    let (_, reason, still_serving) = sandbox.until_refused(FILE).await;
    assert!(reason.contains("core module"), "{reason}");
    assert_eq!(still_serving.as_deref(), Some("misbehaving 1.0.0 #1"));
    assert_eq!(sandbox.provoke("random").await.kind(), "rejected", "the plugin answers");
    sandbox.put(FILE, &stamped(misbehaving(), 5));
    sandbox.until_serving("the next good one", |plugin| plugin.generation == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_only_gives_looks_works_too() {
    let start = Sandbox::start_with(&[], |options| options.watch = WatchMode::Poll(Duration::from_millis(50)));
    let sandbox = start.await;
    sandbox.put(FILE, &misbehaving());
    sandbox.until_serving("found by looking", |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_made_again_is_heard_again() {
    let sandbox = Sandbox::misbehaving().await;
    let folder = sandbox.runtime.folder().to_owned();
    fs::remove_dir_all(&folder).expect("removed");
    until("it no longer serves", || sandbox.runtime.plugin("misbehaving").is_none().then_some(())).await;
    fs::create_dir(&folder).expect("made again");
    sandbox.put(FILE, &misbehaving());
    sandbox.until_serving("it is back", |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_plugin_is_listed_with_its_reason() {
    let files = [("Upper.wasm", b"x".to_vec()), ("notes.txt", b"x".to_vec()), ("a.wasm.tmp", b"x".to_vec())];
    let sandbox = Sandbox::start(&files).await;
    fs::create_dir(sandbox.path("folder.wasm")).expect("a folder");
    symlink("/nowhere/at/all", sandbox.path("dangling.wasm")).expect("a link");
    for (name, words) in [
        ("Upper.wasm", "lower case"),
        ("notes.txt", "lower case"),
        ("a.wasm.tmp", "lower case"),
        ("folder.wasm", "not a regular file"),
        ("dangling.wasm", "cannot be read"),
    ] {
        let reason = until(name, || match sandbox.state(name) {
            Some(FileState::Ignored { reason }) => Some(reason),
            _ => None,
        });
        let reason = reason.await;
        assert!(reason.contains(words), "{name}: {reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_that_is_dropped_is_gone() {
    let sandbox = Sandbox::start(&[(FILE, describing(&json!({ "version": "1.0.1" })))]).await;
    let runtime = std::sync::Arc::downgrade(&sandbox.runtime);
    drop(sandbox);
    until("nobody holds it", || (runtime.strong_count() == 0).then_some(())).await;
}
