//! Each Rust file opens by saying what lives in it.

use super::{Finding, Source};

const FOLDERS: [&str; 5] = ["host/", "plugins/", "sdk/", "tests/", "xtask/"];

pub fn check(source: &Source) -> Option<Finding> {
    let concerned = source.path.ends_with(".rs") && FOLDERS.iter().any(|folder| source.path.starts_with(folder));
    let missing = concerned && !source.text.starts_with("//!");
    missing.then(|| Finding::new(&source.path, 1, "this file must open with `//!` and say what lives here"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source;

    #[test]
    fn only_rust_files_of_ours_need_a_header() {
        assert!(check(&source("host/a.rs", "use b;")).is_some());
        assert!(check(&source("host/a.rs", "")).is_some());
        assert!(check(&source("host/a.rs", "//! A.")).is_none());
        assert!(check(&source("host/a.toml", "")).is_none());
        assert!(check(&source("console/a.rs", "")).is_none());
    }
}
