//! A new project in each language, as `jixinda plugin new` makes it and its README builds it, dropped into a running gateway.

use super::scene::{Components, login};
use super::*;
use jixinda_test_support::component;
use std::path::Path;

fn provided(id: &'static str) -> Provided {
    Provided {
        id,
        simulated: Provider::Generic,
        key: "example-account",
        secret: "example-secret-0001",
        config: |url| json!({"account": "example-account", "secret": "example-secret-0001", "endpoint": format!("{url}/generic")}),
        options: json!({}),
        polled: false,
        codes: None,
        sign_code: None,
    }
}

async fn delivers(id: &'static str, component: &Path) {
    let scene = Scene::set_with(&provided(id), Components::Dropped(component)).await;
    let message = scene.send(&login("13800000001")).await;
    let story = scene.becomes(&message, "delivered").await;
    assert_eq!(story["attempts"][0]["outcome"], "accepted", "{id}");
    assert_eq!(scene.received("13800000001").text.as_deref(), Some("【示例签名】您的验证码是824913，5分钟内有效。"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_plugin_in_each_language_is_dropped_in_and_delivers() {
    for id in ["acme-rust", "acme-js", "acme-python"] {
        delivers(id, &component(&format!("authors/{id}.wasm"))).await;
    }
}

/// Built from earlier states of the interface: they must load and work for ever.
#[tokio::test(flavor = "multi_thread")]
async fn components_of_earlier_kits_go_on() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/wit-0.1");
    for id in ["acme-rust", "acme-js"] {
        delivers(id, &fixtures.join(format!("{id}.wasm"))).await;
    }
}
