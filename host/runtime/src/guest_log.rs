//! What plugins write to the log: rate limited for each plugin, cut, escaped, and scrubbed of the account's secrets.

use crate::call::Secrets;
use aho_corasick::AhoCorasick;
use base64::Engine as _;
use jixinda_domain::Timestamp;
use std::sync::Mutex;

const LINES_PER_SECOND: u32 = 100;
const BURST: u32 = 500;
const MAX_LINE: usize = 2048;
const MAX_FIELDS: usize = 16;
/// Shorter secrets would redact ordinary words.
const MIN_SECRET: usize = 6;

/// One bucket a plugin, over all its calls.
#[derive(Debug, Default)]
pub(crate) struct LogBucket(Mutex<Bucket>);

#[derive(Debug, Default)]
struct Bucket {
    /// In thousandths of a line.
    used: u64,
    last: i64,
    dropped: u64,
}

impl LogBucket {
    /// Whether one more line may be written, and how many were dropped since the last one that was.
    pub(crate) fn take(&self, now: Timestamp) -> Option<u64> {
        let mut bucket = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let passed = u64::try_from(now.as_millis() - bucket.last).unwrap_or(0);
        bucket.used = bucket.used.saturating_sub(passed.saturating_mul(u64::from(LINES_PER_SECOND)));
        bucket.last = now.as_millis();
        if bucket.used + 1000 > u64::from(BURST) * 1000 {
            bucket.dropped += 1;
            return None;
        }
        bucket.used += 1000;
        Some(std::mem::take(&mut bucket.dropped))
    }
}

/// Removes secrets, as they are and as they are usually encoded.
#[derive(Debug, Default)]
pub(crate) struct Redactor(Option<AhoCorasick>);

impl Redactor {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let mut forms: Vec<String> = Vec::new();
        for secret in secrets.values().filter(|secret| secret.len() >= MIN_SECRET) {
            forms.push(secret.clone());
            forms.push(base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret));
            forms.push(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret));
            forms.push(hex::encode(secret));
            forms.push(hex::encode_upper(secret));
            forms.push(percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string());
            forms.push(serde_json::Value::from(secret.as_str()).to_string().trim_matches('"').to_owned());
        }
        Self((!forms.is_empty()).then(|| AhoCorasick::new(&forms).ok()).flatten())
    }

    pub(crate) fn scrub(&self, text: &str) -> String {
        match &self.0 {
            Some(automaton) if automaton.is_match(text) => {
                let mut clean = String::with_capacity(text.len());
                automaton.replace_all_with(text, &mut clean, |_, _, out| {
                    out.push_str("[secret]");
                    true
                });
                clean
            }
            _ => text.to_owned(),
        }
    }
}

/// One line that cannot forge another: cut, control characters escaped.
pub(crate) fn tidy(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(MAX_LINE));
    for character in text.chars() {
        if line.len() >= MAX_LINE {
            line.push('…');
            break;
        }
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// `name=value` pairs, at most sixteen.
pub(crate) fn fields(pairs: &[(String, String)]) -> String {
    let words: Vec<String> = pairs.iter().take(MAX_FIELDS).map(|(name, value)| format!("{name}={value}")).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_vanish_in_every_usual_form() {
        let secrets: Secrets = [("key".to_owned(), "s3cret/+value".to_owned())].into();
        let redactor = Redactor::new(&secrets);
        let encoded = base64::engine::general_purpose::STANDARD.encode("s3cret/+value");
        for text in ["a s3cret/+value b", &encoded, "s3cret%2F%2Bvalue", &hex::encode("s3cret/+value")] {
            let clean = redactor.scrub(text);
            assert!(clean.contains("[secret]"), "{clean}");
        }
        assert_eq!(redactor.scrub("nothing here"), "nothing here");
    }

    #[test]
    fn lines_cannot_be_forged_or_endless() {
        assert_eq!(tidy("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert!(tidy(&"x".repeat(100_000)).len() < MAX_LINE + 8);
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let bucket = LogBucket::default();
        let start = Timestamp::from_millis(1_000_000);
        let written = (0..600).filter(|_| bucket.take(start).is_some()).count();
        assert_eq!(written, BURST as usize);
        assert_eq!(bucket.take(start + std::time::Duration::from_secs(1)), Some(100));
    }
}
