//! No source file grows into a pile.

use super::{Finding, Source};

const MOST_LINES: usize = 600;
const ENDINGS: [&str; 4] = [".rs", ".ts", ".vue", ".wit"];
/// Generated from OpenAPI.
const GENERATED: &str = ".d.ts";

pub fn check(source: &Source) -> Option<Finding> {
    let concerned = ENDINGS.iter().any(|ending| source.path.ends_with(ending)) && !source.path.ends_with(GENERATED);
    let lines = source.text.lines().count();
    let sentence = || format!("this file has {lines} lines, more than {MOST_LINES}: split it by nouns");
    (concerned && lines > MOST_LINES).then(|| Finding::new(&source.path, MOST_LINES + 1, sentence()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source;

    #[test]
    fn sources_have_a_limit_and_data_has_none() {
        let long = "x\n".repeat(601);
        assert!(check(&source("host/a.rs", &long)).is_some());
        assert!(check(&source("console/api.d.ts", &long)).is_none());
        assert!(check(&source("data.csv", &long)).is_none());
        assert!(check(&source("host/a.rs", &"x\n".repeat(600))).is_none());
    }
}
