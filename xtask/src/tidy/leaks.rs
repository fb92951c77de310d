//! No path of somebody's machine and no person's number in the repository.

use super::{Finding, Source, lines};

/// Written in two halves, for this file is checked as well.
const PRIVATE_FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/")];
/// Full of digits that are no numbers of persons, and written by tools.
const LOCK_FILES: [&str; 3] = ["Cargo.lock", "package-lock.json", "pnpm-lock.yaml"];

pub fn check(source: &Source) -> Vec<Finding> {
    if LOCK_FILES.iter().any(|name| source.path.ends_with(name)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in lines(source) {
        if let Some(folder) = PRIVATE_FOLDERS.iter().find(|folder| names_folder(line, folder)) {
            let sentence = format!("a path under {folder} exists on one machine only");
            findings.push(Finding::new(&source.path, number, sentence));
        }
        if mobile_numbers(line).any(|mobile| !is_invented(mobile)) {
            // The number itself stays out of the log.
            let sentence = "this may be a person's number: invent one of the form 1380000xxxx";
            findings.push(Finding::new(&source.path, number, sentence));
        }
    }
    findings
}

/// Only where a path can begin: in `example.com/home/` the word is part of a longer one.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|before| before.is_whitespace() || "\"'`=:(,[<".contains(before))
    })
}

/// The eleven digits of each mainland mobile number that stands alone. After a "+" eleven digits are North American.
fn mobile_numbers(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !(character.is_ascii_alphanumeric() || "_.+".contains(character)))
        .map(|word| word.trim_matches('.'))
        .filter_map(|word| match word.strip_prefix('+') {
            Some(digits) => digits.strip_prefix("86"),
            None if word.len() > 11 => word.strip_prefix("0086").or_else(|| word.strip_prefix("86")),
            None => Some(word),
        })
        .filter(|digits| digits.len() == 11 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|digits| digits.starts_with('1') && (b'3'..=b'9').contains(&digits.as_bytes()[1]))
}

fn is_invented(mobile: &str) -> bool {
    mobile.starts_with("138000")
        || mobile.starts_with("1300000")
        || mobile.starts_with("1500000")
        || mobile == "15300000001"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source;

    fn count(text: &str) -> usize {
        check(&source("docs/a.md", text)).len()
    }

    #[test]
    fn paths_of_one_machine_are_found_where_a_path_begins() {
        for folder in PRIVATE_FOLDERS {
            assert_eq!(count(&format!("see \"{folder}x\"")), 1, "{folder}");
            assert_eq!(count(&format!("{folder}x")), 1, "{folder}");
            assert_eq!(count(&format!("https://example.com{folder}x")), 0, "{folder}");
        }
    }

    #[test]
    fn numbers_must_be_invented() {
        let real = format!("139{}", "12345678");
        for text in
            [real.clone(), format!("+86{real}"), format!("0086{real}"), format!("\"{real}\","), format!("call {real}.")]
        {
            assert_eq!(count(&text), 1, "{text}");
        }
        for text in ["13800000000", "+8613800099999", "13000001234", "15000001234", "15300000001", "+14155550100"] {
            assert_eq!(count(text), 0, "{text}");
        }
    }

    #[test]
    fn digits_within_longer_words_are_no_numbers() {
        let real = format!("139{}", "12345678");
        for text in
            [format!("a{real}"), format!("{real}f"), format!("{real}0"), format!("0.{real}"), format!("id_{real}")]
        {
            assert_eq!(count(&text), 0, "{text}");
        }
        assert!(check(&source("Cargo.lock", &real)).is_empty());
    }
}
