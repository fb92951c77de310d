//! What a refusal means: by the first line of the account's table that fits its code. What no line fits may have been taken.

use jixinda_plugin_kit::http::Response;
use jixinda_plugin_kit::outcome::{REQUEST_PAUSE_MS, cause, from_status, rejected, uncertain};
use jixinda_plugin_kit::types::{Cause, Deferral, Deferred, Outcome, Rejection, Scope};

use crate::client::Answer;
use crate::config::{Config, ErrorRow, Meaning, ScopeWord};

/// The outcome of a message whose answer is no success.
pub fn outcome(config: &Config, response: &Response, answer: &Answer) -> Outcome {
    let told = answer.at(&config.error_path);
    let code = told.clone().unwrap_or_else(|| format!("http-{}", response.status));
    let cause = cause(&*code, answer.at(&config.error_text_path).unwrap_or_default());
    match config.errors.iter().find(|row| row.code.fits(&code)) {
        Some(row) => by_row(row, cause, wait(config, response, answer)),
        None if told.is_none() || response.status == 429 => from_status(response),
        None => uncertain(cause),
    }
}

/// Every message has an answer by now; were one forgotten, it must not be sent again.
pub fn not_asked() -> Outcome {
    uncertain(cause("no-answer", "the call says nothing of this message"))
}

/// What the answer asks for comes before what the table says.
fn wait(config: &Config, response: &Response, answer: &Answer) -> Option<u32> {
    let seconds = answer.at(&config.retry_after_path).and_then(|seconds| seconds.parse::<u32>().ok());
    seconds.map(|seconds| seconds.saturating_mul(1000)).or_else(|| response.retry_after_ms())
}

fn by_row(row: &ErrorRow, cause: Cause, wait: Option<u32>) -> Outcome {
    let refused = |reason, elsewhere| rejected(reason, row.elsewhere.unwrap_or(elsewhere), cause.clone());
    let wait = wait.or(row.retry_after_seconds.map(|seconds| seconds.saturating_mul(1000)));
    let later = |reason, scope: Scope, pause: Option<u32>| {
        let scope = row.scope.map_or(scope, ScopeWord::scope);
        Outcome::Deferred(Deferred { reason, scope, cause: cause.clone(), retry_after_ms: wait.or(pause) })
    };
    match row.outcome {
        Meaning::BadRecipient => refused(Rejection::BadRecipient, false),
        Meaning::RecipientBlocked => refused(Rejection::RecipientBlocked, false),
        Meaning::ContentRefused => refused(Rejection::ContentRefused, false),
        Meaning::TooLong => refused(Rejection::TooLong, false),
        Meaning::Duplicate => refused(Rejection::Duplicate, false),
        Meaning::Expired => refused(Rejection::Expired, false),
        Meaning::Refused => refused(Rejection::Other, false),
        Meaning::BadSignName => refused(Rejection::BadSignName, true),
        Meaning::BadTemplate => refused(Rejection::BadTemplate, true),
        Meaning::Unroutable => refused(Rejection::Unroutable, true),
        Meaning::RefusedHere => refused(Rejection::Other, true),
        Meaning::RateLimited => later(Deferral::RateLimited, Scope::Account, Some(REQUEST_PAUSE_MS)),
        Meaning::Busy => later(Deferral::UpstreamBusy, Scope::Account, Some(REQUEST_PAUSE_MS)),
        Meaning::NoBalance => later(Deferral::NoBalance, Scope::Account, None),
        Meaning::AuthFailed => later(Deferral::AuthFailed, Scope::Account, None),
        Meaning::Uncertain => uncertain(cause),
    }
}

impl ScopeWord {
    fn scope(self) -> Scope {
        match self {
            Self::Message => Scope::Message,
            Self::Recipient => Scope::Recipient,
            Self::SignName => Scope::SignName,
            Self::Template => Scope::Template,
            Self::Account => Scope::Account,
        }
    }
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::{account, brief};

    use super::*;

    fn told(errors: &str, status: u16, headers: Vec<(String, String)>, body: &str) -> String {
        let settings = format!(
            r#"{{"send_url":"https://a.example.com","error_path":"error","error_text_path":"words",
                "retry_after_path":"retry_after","errors":[{errors}]}}"#
        );
        let config = Config::read(&account(&settings)).unwrap();
        let response = Response { status, headers, body: body.into() };
        brief(&outcome(&config, &response, &Answer::of(&response)))
    }

    #[test]
    fn every_word_of_the_table() {
        for (word, expected) in [
            ("bad-recipient", "rejected BadRecipient nowhere"),
            ("recipient-blocked", "rejected RecipientBlocked nowhere"),
            ("content-refused", "rejected ContentRefused nowhere"),
            ("too-long", "rejected TooLong nowhere"),
            ("duplicate", "rejected Duplicate nowhere"),
            ("expired", "rejected Expired nowhere"),
            ("refused", "rejected Other nowhere"),
            ("bad-sign-name", "rejected BadSignName elsewhere"),
            ("bad-template", "rejected BadTemplate elsewhere"),
            ("unroutable", "rejected Unroutable elsewhere"),
            ("refused-here", "rejected Other elsewhere"),
            ("rate-limited", "deferred RateLimited Account 1000"),
            ("busy", "deferred UpstreamBusy Account 1000"),
            ("no-balance", "deferred NoBalance Account"),
            ("auth-failed", "deferred AuthFailed Account"),
            ("uncertain", "uncertain"),
        ] {
            let row = format!(r#"{{"code":"E1","outcome":"{word}"}}"#);
            assert_eq!(told(&row, 200, vec![], r#"{"error":"E1"}"#), expected, "{word}");
        }
    }

    #[test]
    fn a_line_can_say_more() {
        let body = r#"{"error":"E1"}"#;
        let row = r#"{"code":"E*","outcome":"rate-limited","scope":"recipient","retry_after_seconds":60}"#;
        assert_eq!(told(row, 200, vec![], body), "deferred RateLimited Recipient 60000");
        let wait = vec![("Retry-After".to_owned(), "5".to_owned())];
        assert_eq!(told(row, 200, wait.clone(), body), "deferred RateLimited Recipient 5000");
        assert_eq!(told(row, 200, wait, r#"{"error":"E1","retry_after":9}"#), "deferred RateLimited Recipient 9000");
        let row = r#"{"code":"E1","outcome":"content-refused","elsewhere":true}"#;
        assert_eq!(told(row, 200, vec![], body), "rejected ContentRefused elsewhere");
    }

    #[test]
    fn an_answer_without_a_code_goes_by_its_status() {
        let row = r#"{"code":"http-401","outcome":"auth-failed"},{"code":"http-5*","outcome":"busy"}"#;
        assert_eq!(told(row, 401, vec![], "<html>"), "deferred AuthFailed Account");
        assert_eq!(told(row, 503, vec![], ""), "deferred UpstreamBusy Account 1000");
        assert_eq!(told(row, 404, vec![], ""), "uncertain");
        assert_eq!(told(row, 429, vec![], ""), "deferred RateLimited Account 1000");
    }

    #[test]
    fn what_no_line_fits_may_have_been_taken() {
        assert_eq!(told("", 400, vec![], r#"{"error":"E2"}"#), "uncertain");
        assert_eq!(told("", 429, vec![], r#"{"error":"E2"}"#), "deferred RateLimited Account 1000");
    }
}
