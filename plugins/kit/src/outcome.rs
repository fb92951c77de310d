//! Outcomes in one word each.

use crate::http::{Problem, Response, SendError};
use crate::types::{Accepted, Cause, Deferral, Deferred, Outcome, Rejected, Rejection, Scope, Uncertain};

/// The provider's own code and words.
pub fn cause(code: impl Into<String>, detail: impl Into<String>) -> Cause {
    Cause { code: code.into(), detail: detail.into() }
}

/// The provider took the message.
#[must_use]
pub fn accepted(upstream_id: Option<String>) -> Outcome {
    Outcome::Accepted(Accepted { upstream_id, segments: None, price: None })
}

/// Refused for good; `elsewhere` where another channel may still succeed.
#[must_use]
pub fn rejected(reason: Rejection, elsewhere: bool, cause: Cause) -> Outcome {
    Outcome::Rejected(Rejected { reason, elsewhere, cause })
}

/// Certainly not taken.
#[must_use]
pub fn deferred(reason: Deferral, scope: Scope, cause: Cause) -> Outcome {
    Outcome::Deferred(Deferred { reason, scope, cause, retry_after_ms: None })
}

/// Certainly not taken, and not worth trying before so many milliseconds have passed.
#[must_use]
pub fn deferred_for(reason: Deferral, scope: Scope, cause: Cause, retry_after_ms: u32) -> Outcome {
    Outcome::Deferred(Deferred { reason, scope, cause, retry_after_ms: Some(retry_after_ms) })
}

/// May have been taken.
#[must_use]
pub fn uncertain(cause: Cause) -> Outcome {
    Outcome::Uncertain(Uncertain { upstream_id: None, cause })
}

/// How long an account that met a limit on requests is left alone, where nobody says.
pub const REQUEST_PAUSE_MS: u32 = 1_000;

/// What an answer that is not in the provider's form means for the messages it carried, by its status alone:
/// too many requests were not taken, anything else may have been.
#[must_use]
pub fn from_status(response: &Response) -> Outcome {
    let cause = cause(response.status.to_string(), format!("HTTP {}: not the provider's answer", response.status));
    if response.status != 429 {
        return uncertain(cause);
    }
    let pause = response.retry_after_ms().unwrap_or(REQUEST_PAUSE_MS);
    deferred_for(Deferral::RateLimited, Scope::Account, cause, pause)
}

/// A deferral for as long as the provider's `Retry-After` asks, where it does.
#[must_use]
pub fn heeding(outcome: Outcome, response: &Response) -> Outcome {
    match (outcome, response.retry_after_ms()) {
        (Outcome::Deferred(deferred), Some(pause)) => {
            Outcome::Deferred(Deferred { retry_after_ms: Some(pause), ..deferred })
        }
        (outcome, _) => outcome,
    }
}

/// What a request without an answer means for the messages it carried.
#[must_use]
pub fn from_send_error(error: &SendError) -> Outcome {
    let cause = send_error_cause(error);
    if error.sent {
        return uncertain(cause);
    }
    match error.problem {
        Problem::Dns | Problem::Connect | Problem::Tls | Problem::Timeout | Problem::ConnectionLost => {
            deferred(Deferral::Unreachable, Scope::Account, cause)
        }
        Problem::Denied => deferred(Deferral::Other, Scope::Account, cause),
        Problem::InvalidRequest | Problem::BudgetExceeded | Problem::ResponseTooLarge | Problem::Other => {
            deferred(Deferral::Other, Scope::Message, cause)
        }
    }
}

/// The gateway's own words for a request without an answer.
#[must_use]
pub fn send_error_cause(error: &SendError) -> Cause {
    let code = match error.problem {
        Problem::Denied => "denied",
        Problem::InvalidRequest => "invalid-request",
        Problem::BudgetExceeded => "budget-exceeded",
        Problem::Dns => "dns",
        Problem::Connect => "connect",
        Problem::Tls => "tls",
        Problem::Timeout => "timeout",
        Problem::ConnectionLost => "connection-lost",
        Problem::ResponseTooLarge => "response-too-large",
        Problem::Other => "other",
    };
    cause(code, &error.detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome_of(problem: Problem, sent: bool) -> Outcome {
        from_send_error(&SendError { problem, sent, detail: "x".into() })
    }

    #[test]
    fn only_too_many_requests_are_surely_not_taken() {
        let told = |status, headers| from_status(&Response { status, headers, body: Vec::new() });
        for status in [200, 302, 400, 404, 500, 503] {
            assert!(matches!(told(status, vec![]), Outcome::Uncertain(_)), "{status}");
        }
        let limited = |outcome| match outcome {
            Outcome::Deferred(Deferred { reason: Deferral::RateLimited, retry_after_ms, .. }) => retry_after_ms,
            _ => None,
        };
        assert_eq!(limited(told(429, vec![])), Some(1_000));
        assert_eq!(limited(told(429, vec![("Retry-After".into(), "7".into())])), Some(7_000));
    }

    #[test]
    fn a_deferral_heeds_what_the_provider_asks() {
        let response = Response { status: 200, headers: vec![("retry-after".into(), "2".into())], body: Vec::new() };
        let busy = deferred(Deferral::UpstreamBusy, Scope::Account, cause("", ""));
        assert!(matches!(heeding(busy, &response), Outcome::Deferred(it) if it.retry_after_ms == Some(2_000)));
        assert_eq!(heeding(accepted(None), &response), accepted(None));
    }

    #[test]
    fn whatever_was_sent_is_uncertain() {
        for problem in [Problem::Timeout, Problem::ConnectionLost, Problem::ResponseTooLarge, Problem::Other] {
            assert!(matches!(outcome_of(problem, true), Outcome::Uncertain(_)), "{problem:?}");
        }
    }

    #[test]
    fn what_never_left_is_deferred() {
        assert_eq!(
            outcome_of(Problem::Connect, false),
            deferred(Deferral::Unreachable, Scope::Account, cause("connect", "x"))
        );
        assert_eq!(outcome_of(Problem::Denied, false), deferred(Deferral::Other, Scope::Account, cause("denied", "x")));
        assert_eq!(
            outcome_of(Problem::InvalidRequest, false),
            deferred(Deferral::Other, Scope::Message, cause("invalid-request", "x"))
        );
    }
}
