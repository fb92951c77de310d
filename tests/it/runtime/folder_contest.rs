//! Several files that speak for one provider: the higher version serves, the other stands by; a thief is refused.

use crate::support::components::{describing, misbehaving, stamped};
use crate::support::sandbox::{MISBEHAVING, Sandbox};
use crate::support::until;
use jixinda_runtime::{FileState, Step};
use serde_json::json;
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn the_higher_version_serves_and_the_lower_stands_by() {
    let version = |version: &str| describing(&json!({ "version": version }));
    let sandbox = Sandbox::start(&[("old.wasm", version("1.9.0")), ("new.wasm", version("1.10.0"))]).await;
    assert_eq!(sandbox.plugin().descriptor().version, "1.10.0");
    assert!(matches!(sandbox.state("old.wasm"), Some(FileState::Standby { version, .. }) if version == "1.9.0"));
    // Rolling back is removing the file.
    fs::remove_file(sandbox.path("new.wasm")).expect("removed");
    let generation = sandbox.plugin().generation;
    let rolled_back = sandbox.until_serving("1.9.0", |plugin| plugin.descriptor().version == "1.9.0").await;
    assert_ne!(rolled_back.generation, generation);
    // It serves first, and the list says so a moment later.
    until("it is shown so", || matches!(sandbox.state("old.wasm"), Some(FileState::Serving { .. })).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_id_is_refused_until_its_holder_goes() {
    let sandbox = Sandbox::misbehaving().await;
    sandbox.put("a-thief.wasm", &stamped(misbehaving(), 1));
    let (step, reason, still_serving) = sandbox.until_refused("a-thief.wasm").await;
    assert_eq!((step, still_serving), (Step::Identity, None));
    assert!(reason.contains("misbehaving.wasm") && reason.contains("1.0.0"), "{reason}");
    assert_eq!(sandbox.plugin().file, "misbehaving.wasm");

    // A new content of the holder is still the holder's.
    sandbox.put("misbehaving.wasm", &stamped(misbehaving(), 2));
    let updated = sandbox.until_serving("the holder's update", |plugin| plugin.generation == 3).await;
    assert_eq!(updated.file, "misbehaving.wasm");
    assert!(matches!(sandbox.state("a-thief.wasm"), Some(FileState::Refused { step: Step::Identity, .. })));

    // Without the holder it is no thief, and nobody has to touch it.
    fs::remove_file(sandbox.path("misbehaving.wasm")).expect("removed");
    sandbox.until_serving("the other file", |plugin| plugin.file == "a-thief.wasm").await;
    until("it is shown so", || matches!(sandbox.state("a-thief.wasm"), Some(FileState::Serving { .. })).then_some(()))
        .await;
    assert_eq!(
        sandbox.runtime.plugins().iter().map(|plugin| plugin.provider.as_str()).collect::<Vec<_>>(),
        [MISBEHAVING]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_of_one_content_are_no_theft() {
    let sandbox = Sandbox::start(&[("a.wasm", misbehaving()), ("b.wasm", misbehaving())]).await;
    assert_eq!(sandbox.plugin().file, "a.wasm");
    assert!(matches!(sandbox.state("b.wasm"), Some(FileState::Standby { .. })));
}
