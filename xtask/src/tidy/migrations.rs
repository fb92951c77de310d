//! Both dialects hold the same changes under the same names.

use std::collections::BTreeSet;

use super::{Finding, Source};

const DIALECTS: [&str; 2] = ["migrations/sqlite/", "migrations/mysql/"];

/// Until both dialects have a first migration there is nothing to compare.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let [sqlite, mysql] = DIALECTS.map(|folder| names(sources, folder));
    if sqlite.is_empty() || mysql.is_empty() {
        return Vec::new();
    }
    let missing = |there: &str, here: &str, names: Vec<&&str>| -> Vec<Finding> {
        let sentence = format!("there is no file of this name in {here}");
        names.into_iter().map(|name| Finding::new(&format!("{there}{name}"), 1, &sentence)).collect()
    };
    let mut findings = missing(DIALECTS[0], DIALECTS[1], sqlite.difference(&mysql).collect());
    findings.extend(missing(DIALECTS[1], DIALECTS[0], mysql.difference(&sqlite).collect()));
    findings
}

fn names<'a>(sources: &'a [Source], folder: &str) -> BTreeSet<&'a str> {
    sources.iter().filter_map(|source| source.path.strip_prefix(folder)).filter(|name| name.ends_with(".sql")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source;

    fn check_paths(paths: &[&str]) -> Vec<String> {
        let sources: Vec<_> = paths.iter().map(|path| source(path, "")).collect();
        check(&sources).into_iter().map(|finding| finding.path).collect()
    }

    #[test]
    fn a_change_on_one_side_only_is_found() {
        let both = ["migrations/sqlite/0001_a.sql", "migrations/mysql/0001_a.sql"];
        assert!(check_paths(&both).is_empty());
        assert_eq!(
            check_paths(&[&both[..], &["migrations/sqlite/0002_b.sql", "migrations/mysql/0002_c.sql"]].concat()),
            ["migrations/sqlite/0002_b.sql", "migrations/mysql/0002_c.sql"]
        );
    }

    #[test]
    fn one_dialect_alone_is_fine() {
        assert!(check_paths(&["migrations/sqlite/0001_a.sql", "migrations/README.md"]).is_empty());
    }
}
