//! Where the components that tests play with lie.

use std::path::PathBuf;

/// A built component, for example `dist/aliyun.wasm`.
///
/// # Panics
/// Where it was not built.
pub fn component(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins");
    let path = folder.join(name);
    assert!(path.is_file(), "{name} is missing: run `cargo xtask plugins`, or `cargo xtask test` for all of them");
    path
}
