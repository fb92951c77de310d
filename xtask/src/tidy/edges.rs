//! Which crate may depend on what; the compiler guards an edge only once it is in a manifest.

use super::{Finding, Source, lines};

/// A family of crates, by the start of their names, and the packages that alone may depend on it.
const RESERVED: [(&str, &[&str]); 4] = [
    ("wasmtime", &["host/runtime"]),
    // The SDK in an example alone: how a program hears webhooks.
    ("axum", &["host/gateway", "tests/simulator", "sdk", "sdk/consumer"]),
    ("sqlx", &["host/store"]),
    ("redis", &["host/coordination"]),
];
/// A package, and the families that it must do without.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("host/domain", &["tokio", "sqlx", "axum", "redis", "wasmtime"]),
    // Its decisions are functions: no time, no chance, no I/O.
    ("host/routing", &["tokio", "rand", "sqlx", "axum", "redis", "wasmtime", "jixinda-store", "jixinda-runtime"]),
    ("plugins/kit", &["jixinda", "provider-simulator"]),
    ("sdk", &["jixinda", "provider-simulator"]),
];

pub fn check(source: &Source) -> Vec<Finding> {
    // The workspace's own manifest lists every version and depends on nothing.
    let Some(package) = source.path.strip_suffix("/Cargo.toml") else { return Vec::new() };
    let mut findings = Vec::new();
    for (line, name) in dependencies(source) {
        if let Some(sentence) = complaint(package, name) {
            findings.push(Finding::new(&source.path, line, sentence));
        }
    }
    findings
}

fn complaint(package: &str, name: &str) -> Option<String> {
    let of = |family: &str| name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let forbidden = FORBIDDEN.iter().any(|(who, families)| *who == package && families.iter().any(|family| of(family)));
    if forbidden {
        return Some(format!("{package} must not depend on {name}"));
    }
    let (family, allowed) = RESERVED.iter().find(|(family, _)| of(family))?;
    (!allowed.contains(&package)).then(|| format!("only {} may depend on {family}", allowed.join(" and ")))
}

/// Names with their lines, from all tables of dependencies, inline or as tables of their own.
fn dependencies(source: &Source) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut inside = false;
    for (number, line) in lines(source) {
        let line = line.trim();
        if let Some(table) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            inside = table.ends_with("dependencies");
            if let Some((_, name)) = table.split_once("dependencies.") {
                found.push((number, name));
            }
        } else if inside && !line.starts_with('#') {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default().trim_matches('"');
            if !name.is_empty() {
                found.push((number, name));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source;

    fn count(package: &str, manifest: &str) -> usize {
        check(&source(&format!("{package}/Cargo.toml"), manifest)).len()
    }

    #[test]
    fn a_reserved_crate_has_its_home() {
        let manifest = "[dependencies]\nwasmtime-wasi.workspace = true\n";
        assert_eq!(count("host/routing", "[dependencies]\nrand.workspace = true\njixinda-domain.workspace = true"), 1);
        assert_eq!((count("host/runtime", manifest), count("host/gateway", manifest)), (0, 1));
        assert_eq!(count("tests/it", "[dev-dependencies]\naxum = \"0.8\""), 1);
        assert_eq!(count("tests/simulator", "[dev-dependencies]\naxum = \"0.8\""), 0);
        assert_eq!(count("host/gateway", "[target.'cfg(unix)'.dependencies.sqlx]\nversion = \"0.9\""), 1);
    }

    #[test]
    fn the_domain_and_the_kit_stand_low() {
        assert_eq!(count("host/domain", "[dependencies]\ntokio = \"1\"\nserde = \"1\"\n"), 1);
        assert_eq!(count("plugins/kit", "[dependencies]\njixinda-domain.workspace = true"), 1);
        assert_eq!(count("plugins/aliyun", "[dependencies]\njixinda-plugin-kit.workspace = true"), 0);
    }

    #[test]
    fn other_tables_and_similar_names_are_let_be() {
        assert_eq!(count("host/domain", "[features]\ntokio = []\n[dependencies]\n# axum = \"1\"\ntokio2 = \"1\""), 0);
    }
}
