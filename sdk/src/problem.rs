//! [`Problem`]: a refusal by the gateway, as `application/problem+json` tells it.

use crate::words::words;
use serde::Deserialize;
use std::fmt;
use std::time::Duration;

words!(
    /// 问题代码: what was the matter. Codes are added and never renamed.
    ProblemCode {
        /// No JSON, an unknown field, a wrong type, a missing field, a value out of range.
        InvalidRequest = "invalid_request",
        /// Key, secret, MAC or clock are wrong, or key or application are switched off.
        Unauthorized = "unauthorized",
        /// The application may not call from this address.
        IpNotAllowed = "ip_not_allowed",
        /// No such message of yours, no such path.
        NotFound = "not_found",
        /// The path is not called like that.
        MethodNotAllowed = "method_not_allowed",
        /// The idempotency key was used with another body.
        IdempotencyConflict = "idempotency_conflict",
        /// A provider has it, or it is final.
        NotCancellable = "not_cancellable",
        /// A conversion of a message that no provider has had.
        NotSent = "not_sent",
        /// Over 1 MiB; a batch over 16 MiB.
        PayloadTooLarge = "payload_too_large",
        /// The number cannot get a text.
        InvalidPhoneNumber = "invalid_phone_number",
        /// The number is blocked, or its owner opted out.
        BlockedNumber = "blocked_number",
        /// There is no such template.
        UnknownTemplate = "unknown_template",
        /// There is no such sign name.
        UnknownSignName = "unknown_sign_name",
        /// A parameter is missing, extra, too long or has control characters.
        ParamsMismatch = "params_mismatch",
        /// The text has too many segments.
        TextTooLong = "text_too_long",
        /// `send_at` is in the past.
        SendAtInPast = "send_at_in_past",
        /// No channel is bound to both template and sign name and reaches the number.
        NoChannel = "no_channel",
        /// Too many texts in too short a time.
        FrequencyLimited = "frequency_limited",
        /// The application's day is used up.
        QuotaExceeded = "quota_exceeded",
        /// The gateway's mistake.
        Internal = "internal",
        /// Nothing was stored, or the first try is still on its way: try again.
        Overloaded = "overloaded",
    }
);

/// A refusal. Decide by `code`; `detail` is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What was the matter. Empty where the answer was not the gateway's, such as that of a proxy in between.
    pub code: ProblemCode,
    /// The matter in words. It may repeat what was sent, numbers included.
    pub detail: String,
    /// When to try again, where the gateway says so.
    pub retry_after: Option<Duration>,
}

#[derive(Deserialize)]
struct Body {
    code: ProblemCode,
    #[serde(default)]
    detail: String,
}

impl Problem {
    /// Reads an answer that is no success.
    pub(crate) fn read(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let body = serde_json::from_slice(body).unwrap_or_else(|_| Body {
            code: ProblemCode::Other(String::new()),
            detail: "the answer is no problem of the gateway's: somebody else answered in its place".to_owned(),
        });
        Self { status, code: body.code, detail: body.detail, retry_after }
    }

    /// Whether the same request may succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self.status, 429 | 502 | 503 | 504)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, code, detail, .. } = self;
        if code.as_str().is_empty() { write!(f, "HTTP {status}: {detail}") } else { write!(f, "{code}: {detail}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_read() {
        let body = r#"{"type":"urn:jixinda:problem:unknown_template","title":"The template is unknown","status":422,
            "code":"unknown_template","detail":"template: there is no such"}"#;
        let problem = Problem::read(422, None, body.as_bytes());
        assert_eq!((problem.status, &problem.code), (422, &ProblemCode::UnknownTemplate));
        assert_eq!(problem.to_string(), "unknown_template: template: there is no such");
        assert!(!problem.is_passing());
    }

    #[test]
    fn codes_to_come_and_foreign_answers_are_borne() {
        let problem = Problem::read(409, None, br#"{"code":"moon_phase"}"#);
        assert_eq!(problem.code, ProblemCode::Other("moon_phase".to_owned()));
        let problem = Problem::read(502, Some(Duration::from_secs(3)), b"<html>Bad Gateway</html>");
        assert!(problem.is_passing() && problem.code.as_str().is_empty());
        assert!(problem.to_string().starts_with("HTTP 502: "), "{problem}");
    }
}
