//! What plugins write to the log: rate limited for each plugin, cut, escaped, and scrubbed of the account's secrets.

use crate::call::Secrets;
use crate::wit_v0_1::jixinda::provider::host::Level;
use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jixinda_domain::{Cause, Clock, Outcome, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::{Arc, Mutex};

const LINES_PER_SECOND: u32 = 100;
const BURST: u32 = 500;
pub(crate) const MAX_LINE: usize = 2048;
/// Looked through for secrets; what is beyond is never written.
const MAX_SCRUBBED: usize = 4 * MAX_LINE;
const MAX_FIELDS: usize = 16;
/// Shorter secrets would redact ordinary words.
const MIN_SECRET: usize = 6;

/// The log as one call of a plugin sees it.
#[derive(Clone, Default)]
pub(crate) struct GuestLog {
    /// The plugin's share of the log.
    pub(crate) bucket: Arc<LogBucket>,
    /// Scrubs the account's secrets.
    pub(crate) redactor: Arc<Redactor>,
    /// `aliyun 0.1.0 #3`.
    pub(crate) plugin: Arc<str>,
    /// None while a plugin describes itself: nothing is written then.
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

impl GuestLog {
    /// Writes one line, or counts it as dropped.
    pub(crate) fn write(&self, level: Level, message: &str, pairs: &[(String, String)]) {
        let Some(clock) = &self.clock else { return };
        let Some(dropped) = self.bucket.take(clock.now()) else { return };
        let plugin = &self.plugin;
        let said = self.redactor.line(message);
        let fields = self.redactor.line(&fields(pairs));
        if dropped > 0 {
            tracing::warn!(target: "plugin", %plugin, dropped, "lines of this plugin were dropped");
        }
        match level {
            Level::Debug => tracing::debug!(target: "plugin", %plugin, %fields, "{said}"),
            Level::Info => tracing::info!(target: "plugin", %plugin, %fields, "{said}"),
            Level::Warn => tracing::warn!(target: "plugin", %plugin, %fields, "{said}"),
            Level::Error => tracing::error!(target: "plugin", %plugin, %fields, "{said}"),
        }
    }
}

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
            forms.extend(written_forms(secret));
        }
        // The longest first, so that no form is cut short by one that it contains.
        forms.retain(|form| form.len() >= MIN_SECRET);
        forms.sort_by(|left, right| right.len().cmp(&left.len()).then(left.cmp(right)));
        forms.dedup();
        Self((!forms.is_empty()).then(|| leftmost_longest(&forms)).flatten())
    }

    fn line(&self, text: &str) -> String {
        tidy(&self.scrub(&text[..text.floor_char_boundary(MAX_SCRUBBED)]))
    }

    pub(crate) fn cause(&self, cause: Cause) -> Cause {
        Cause { code: self.scrub(&cause.code), detail: self.scrub(&cause.detail) }
    }

    /// What a plugin says of a message is shown to people, and kept.
    pub(crate) fn outcome(&self, mut outcome: Outcome) -> Outcome {
        if let Outcome::Rejected { cause, .. } | Outcome::Deferred { cause, .. } | Outcome::Uncertain { cause, .. } =
            &mut outcome
        {
            *cause = self.cause(std::mem::take(cause));
        }
        outcome
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

fn leftmost_longest(forms: &[String]) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(aho_corasick::MatchKind::LeftmostLongest).build(forms).ok()
}

/// The ways in which requests and answers write a secret.
fn written_forms(secret: &str) -> Vec<String> {
    /// RFC 3986: what `encodeURIComponent` and its like leave alone.
    const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    /// A form body (WHATWG), before its spaces become plus signs.
    const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');
    let mut forms = vec![secret.to_owned(), hex::encode(secret), hex::encode_upper(secret)];
    forms.push(serde_json::Value::from(secret).to_string().trim_matches('"').to_owned());
    for set in [NON_ALPHANUMERIC, UNRESERVED, FORM] {
        let encoded = utf8_percent_encode(secret, set).to_string();
        forms.push(encoded.to_ascii_lowercase());
        forms.push(encoded.replace("%20", "+"));
        forms.push(encoded);
    }
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forms.push(engine.encode(secret));
        // Inside a longer text, as in `Basic user:secret`: the letters that no neighbour decides, at each alignment.
        for before in 0..3 {
            let encoded = engine.encode([&[0; 2][..before], secret.as_bytes()].concat());
            let decided = (before + secret.len()) * 8 / 6;
            forms.push(encoded[[0, 2, 3][before]..decided].to_owned());
        }
    }
    forms
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
    fn secrets_vanish_inside_other_texts_too() {
        for secret in ["realTwilioTok1", "RealPassw0rd-x/y", "abc/def-ghi_jkl.mno=", "a b/c~d*e"] {
            let secrets: Secrets = [("key".to_owned(), secret.to_owned())].into();
            let redactor = Redactor::new(&secrets);
            for user in ["", "u", "ab", "AC0001", "acct01", "a:b"] {
                let basic = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{secret}"));
                let clean = redactor.scrub(&basic);
                assert!(clean.contains("[secret]") && clean.len() < user.len() * 2 + 18, "{user}: {clean}");
            }
            let form = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
            let rfc3986 = form.replace("%2D", "-").replace("%5F", "_").replace("%2E", ".").replace("%7E", "~");
            let plus = form
                .replace("%2D", "-")
                .replace("%5F", "_")
                .replace("%2E", ".")
                .replace("%2A", "*")
                .replace("%20", "+");
            for written in [rfc3986, plus, form.to_lowercase()] {
                assert_eq!(redactor.scrub(&format!("?t={written}&x=1")), "?t=[secret]&x=1", "{written}");
            }
        }
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
