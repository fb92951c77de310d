//! `cargo xtask tidy`: what no compiler checks. Each check has a file of its own and sees only texts.

mod clock;
mod edges;
mod headers;
mod leaks;
mod migrations;
mod size;

use std::fmt;

use anyhow::{Result, bail};

use crate::workspace;

/// A text file of the repository; its path is relative, with slashes.
struct Source {
    path: String,
    text: String,
}

/// Something that is not as it should be.
#[derive(Debug, PartialEq)]
struct Finding {
    path: String,
    line: usize,
    sentence: String,
}

impl Finding {
    fn new(path: &str, line: usize, sentence: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, sentence: sentence.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.sentence)
    }
}

/// The command itself.
pub fn run() -> Result<()> {
    let sources = read_sources()?;
    let findings = check(&sources);
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("tidy found {} things in {} files", findings.len(), sources.len());
    }
    println!("xtask: {} files are tidy", sources.len());
    Ok(())
}

/// What is not UTF-8 is no text, and a file may be deleted but not yet committed so: both are passed over.
fn read_sources() -> Result<Vec<Source>> {
    let root = workspace::root();
    let read = |path: String| std::fs::read_to_string(root.join(&path)).ok().map(|text| Source { path, text });
    Ok(workspace::files()?.into_iter().filter_map(read).collect())
}

fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = migrations::check(sources);
    for source in sources {
        findings.extend(headers::check(source));
        findings.extend(edges::check(source));
        findings.extend(size::check(source));
        findings.extend(leaks::check(source));
        findings.extend(clock::check(source));
    }
    findings.sort_by(|left, right| (&left.path, left.line).cmp(&(&right.path, right.line)));
    findings
}

/// Numbered from 1.
fn lines(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(source.text.lines())
}

#[cfg(test)]
fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_read_as_sentences_in_order() {
        let sources = [source("xtask/b.rs", "fn b() {}"), source("host/a.rs", "fn a() {}")];
        let shown: Vec<_> = check(&sources).iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 2);
        assert!(shown[0].starts_with("host/a.rs:1: "), "{shown:?}");
    }
}
