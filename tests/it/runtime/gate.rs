//! What does not get in, and the sentence that says why.

use crate::support::components::{describing, misbehaving, stamped};
use crate::support::sandbox::{Sandbox, account, kinds};
use crate::support::{PATIENCE, until};
use jixinda_runtime::{FileState, Step, gate};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_has_its_sentence() {
    let cases: Vec<(&str, Vec<u8>, Step, &str)> = vec![
        ("core.wasm", b"\0asm\x01\0\0\0".to_vec(), Step::Format, "core module"),
        ("elf.wasm", b"\x7fELF\x02\x01\x01\0".to_vec(), Step::Format, "native code"),
        ("text.wasm", b"hello".to_vec(), Step::Format, "not a WebAssembly component"),
        ("trailing.wasm", [misbehaving(), vec![99, 1, 0]].concat(), Step::Format, "not a valid component"),
        ("empty-world.wasm", component(&[]), Step::World, "jixinda:provider/messaging@0.1"),
        ("memory.wasm", component(&[5, 4, 1, 0, 0xd0, 0x0f]), Step::Limits, "131072000 bytes of memory"),
        ("tables.wasm", component(&tables(17)), Step::Limits, "17"),
        ("stranger.wasm", importing("jixinda:provider/nothing@0.1.0"), Step::World, "jixinda:provider/nothing@0.1.0"),
        ("spin.wasm", describing(&json!({ "describe": "spin" })), Step::Describe, "more processor time"),
        ("trap.wasm", describing(&json!({ "describe": "trap" })), Step::Describe, "gave up"),
        ("hoard.wasm", describing(&json!({ "describe": "hoard" })), Step::Describe, "more memory"),
        ("exit.wasm", describing(&json!({ "describe": "exit" })), Step::Describe, "called exit"),
        ("id.wasm", describing(&json!({ "id": "Not Kebab" })), Step::Describe, "kebab-case"),
        ("version.wasm", describing(&json!({ "version": "newest" })), Step::Describe, "semantic version"),
        ("schema.wasm", describing(&json!({ "schema": "{" })), Step::Describe, "not JSON"),
        ("schema-2.wasm", describing(&json!({ "schema": "{\"type\":7}" })), Step::Describe, "no JSON Schema"),
        ("host.wasm", describing(&json!({ "hosts": ["ftp://x"] })), Step::Describe, "not a host"),
    ];
    let files: Vec<_> = cases.iter().map(|(name, bytes, ..)| (*name, bytes.clone())).collect();
    // On a loaded machine half a second of processor time may take longer than the two seconds that describing may.
    let patient = Sandbox::start_with(&files, |options| options.budgets.describe.wall = PATIENCE);
    let sandbox = patient.await;
    for (name, _, step, sentence) in cases {
        match sandbox.state(name) {
            Some(FileState::Refused { step: refused, reason, .. }) => {
                assert!(refused == step && reason.contains(sentence), "{name}: {refused:?}: {reason}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(sandbox.runtime.plugins().is_empty());
}

/// Two thousand ways in which a good component is damaged: none may panic, and none may pass as native code.
#[test]
fn damage_is_refused_without_a_panic() {
    let good = misbehaving();
    let mut seed = 0x5eed_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap_or(0) % below
    };
    let mut refused = 0;
    for _ in 0..2_000 {
        let mut bytes = good.clone();
        match next(3) {
            0 => bytes.truncate(next(good.len())),
            1 => (0..=next(4)).for_each(|_| bytes[next(good.len())] ^= 1 << next(8)),
            _ => {
                let (at, length) = (next(good.len()), next(64));
                let end = (at + length).min(bytes.len());
                bytes.drain(at..end);
            }
        }
        refused += usize::from(gate::check_bytes(&bytes).is_err());
    }
    // A flipped bit in text or a constant leaves a valid component.
    assert!((1_000..2_000).contains(&refused), "{refused} of 2000 were refused");
    assert!(gate::check_bytes(&good).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_accounts_must_still_fit() {
    let settings: Arc<Mutex<Value>> = Arc::new(Mutex::new(json!({ "behaviour": "random" })));
    let known = settings.clone();
    let accounts = Arc::new(move |provider: &str| {
        assert_eq!(provider, "misbehaving");
        vec![("main".to_owned(), known.lock().expect("settings").clone())]
    });
    let sandbox = Sandbox::start_for(&[("misbehaving.wasm", misbehaving())], |_| {}, accounts).await;
    let strict = json!({ "version": "2.0.0", "schema": r#"{"type":"object","required":["region"]}"# });
    sandbox.put("misbehaving.wasm", &describing(&strict));
    let (step, reason, still_serving) = sandbox.until_refused("misbehaving.wasm").await;
    assert_eq!(step, Step::Accounts);
    assert!(reason.contains("account main"), "{reason}");
    assert!(still_serving.is_some_and(|label| label.contains("1.0.0")));
    assert_eq!(kinds(&sandbox.send(&account(&json!({ "behaviour": "random" })), 1).await), ["rejected"]);

    // The operator mends the account and asks; the file is not touched.
    settings.lock().expect("settings")["region"] = json!("cn");
    sandbox.runtime.look_again();
    let plugin = sandbox.until_serving("2.0.0 serves", |plugin| plugin.descriptor().version == "2.0.0").await;
    assert_eq!(plugin.check_config(&json!({})), ["region is missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compiler_that_dies_costs_only_the_load() {
    let tools = tempfile::tempdir().expect("a folder");
    let compiler = tools.path().join("compiler");
    std::fs::write(&compiler, "#!/bin/sh\nkill -9 $$\n").expect("a script");
    std::fs::set_permissions(&compiler, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let sandbox = Sandbox::start_with(&[("misbehaving.wasm", misbehaving())], |options| {
        options.compiler = compiler;
        options.cache = tools.path().join("cache");
    })
    .await;
    let (step, reason, _) = sandbox.until_refused("misbehaving.wasm").await;
    assert_eq!(step, Step::Compile);
    assert!(reason.contains("signal: 9"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_cache_is_compiled_anew() {
    let cache = tempfile::tempdir().expect("a folder");
    let files = [("misbehaving.wasm", stamped(misbehaving(), 37))];
    let start = || Sandbox::start_with(&files, |options| options.cache = cache.path().to_owned());
    drop(start().await);
    let entries = || {
        let entries = std::fs::read_dir(cache.path()).expect("a folder").flatten().map(|entry| entry.path());
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "cwasm")).collect::<Vec<_>>()
    };
    let [entry] = entries().try_into().expect("one entry");
    let good = std::fs::read(&entry).expect("an entry");
    let mut poisoned = good.clone();
    let middle = poisoned.len() / 2;
    poisoned[middle] ^= 1;
    std::fs::write(&entry, poisoned).expect("written");

    let sandbox = start().await;
    assert_eq!(sandbox.provoke("random").await.kind(), "rejected");
    assert_ne!(std::fs::read(&entry).expect("an entry")[middle], good[middle] ^ 1, "the poison is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_file_that_stays_is_refused_in_the_end() {
    let sandbox = Sandbox::misbehaving().await;
    let good = misbehaving();
    std::fs::write(sandbox.path("misbehaving.wasm"), &good[..good.len() / 2]).expect("truncated");
    let (step, reason, still_serving) = sandbox.until_refused("misbehaving.wasm").await;
    assert!(step == Step::Incomplete && reason.contains("incomplete"), "{reason}");
    assert!(still_serving.is_some());
    std::fs::write(sandbox.path("misbehaving.wasm"), &good).expect("mended");
    until("the same generation serves", || match sandbox.state("misbehaving.wasm") {
        Some(FileState::Serving { generation: 1, .. }) => Some(()),
        _ => None,
    })
    .await;
}

/// A component that holds one core module of one section, instantiated where there is one.
fn component(section: &[u8]) -> Vec<u8> {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    if section.is_empty() {
        return bytes;
    }
    let module = [b"\0asm\x01\0\0\0", section].concat();
    bytes.push(1);
    bytes.push(u8::try_from(module.len()).expect("small"));
    bytes.extend(module);
    // Core instance: instantiate module 0 without arguments.
    bytes.extend([2, 4, 1, 0, 0, 0]);
    bytes
}

/// A section of so many tables, each empty.
fn tables(count: u8) -> Vec<u8> {
    let mut section = vec![4, 1 + 3 * count, count];
    (0..count).for_each(|_| section.extend([0x70, 0, 0]));
    section
}

/// A component that imports an instance with one function.
fn importing(name: &str) -> Vec<u8> {
    let mut bytes = component(&[]);
    // Type 0: an instance that exports "f": func().
    bytes.extend([7, 12, 1, 0x42, 2, 1, 0x40, 0, 1, 0, 4, 0, 1, b'f']);
    let at = bytes.len();
    bytes.extend([1, 0]);
    bytes[9] = u8::try_from(at + 2 - 10).expect("small");
    let length = u8::try_from(name.len()).expect("short");
    bytes.extend([10, length + 5, 1, 0, length]);
    bytes.extend(name.as_bytes());
    bytes.extend([5, 0]);
    bytes
}
