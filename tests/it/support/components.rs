//! The components that tests load, as `cargo xtask plugins --tests` built them, and variations on them.

use serde_json::Value;
use std::path::PathBuf;

const SLOT: &[u8] = b"JIXINDA-TEST-SLOT:";
const SLOT_LENGTH: usize = 512;

/// The provider of `plugins/aliyun`.
pub fn aliyun() -> Vec<u8> {
    read("dist/aliyun.wasm")
}

/// The provider of `tests/misbehaving`.
pub fn misbehaving() -> Vec<u8> {
    read("test/misbehaving.wasm")
}

/// The same, describing itself in other words: `id`, `version`, `schema`, `hosts`, or a wrong to do in `describe` or in every `send`.
pub fn describing(words: &Value) -> Vec<u8> {
    let mut bytes = misbehaving();
    let start = bytes.windows(SLOT.len()).position(|window| window == SLOT).expect("a slot") + SLOT.len();
    let words = words.to_string();
    assert!(words.len() <= SLOT_LENGTH - SLOT.len(), "the slot is too small for {words}");
    bytes[start..start + words.len()].copy_from_slice(words.as_bytes());
    bytes
}

/// The same component with another content: a custom section more.
pub fn stamped(mut component: Vec<u8>, stamp: u32) -> Vec<u8> {
    component.extend([0, 10, 5]);
    component.extend(b"stamp");
    component.extend(stamp.to_le_bytes());
    component
}

fn read(path: &str) -> Vec<u8> {
    let folder = std::env::var_os("JIXINDA_PLUGINS_DIR")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/plugins")), PathBuf::from);
    let file = folder.join(path);
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask plugins --tests` first", file.display()))
}
