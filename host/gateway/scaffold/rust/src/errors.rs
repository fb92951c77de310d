//! What the provider's codes mean. Fill the table from its documentation; what it does not list is `uncertain`, which is safe.

use jixinda_plugin_kit::outcome::{cause, deferred, deferred_for, rejected, uncertain};
use jixinda_plugin_kit::types::{Deferral, Outcome, Rejection, Scope};

/// How long to leave a number alone where the provider does not say.
const PAUSE_SECONDS: u32 = 60;

pub fn outcome(code: &str, retry_after: Option<u32>) -> Outcome {
    let said = cause(code, code);
    match code {
        // No channel will do.
        "invalid_number" => rejected(Rejection::BadRecipient, false, said),
        "blocked_content" => rejected(Rejection::ContentRefused, false, said),
        // Another channel may.
        "unknown_sign_name" => rejected(Rejection::BadSignName, true, said),
        "too_fast" => {
            let pause = retry_after.unwrap_or(PAUSE_SECONDS).saturating_mul(1000);
            deferred_for(Deferral::RateLimited, Scope::Recipient, said, pause)
        }
        "no_balance" => deferred(Deferral::NoBalance, Scope::Account, said),
        "unauthorized" => deferred(Deferral::AuthFailed, Scope::Account, said),
        _ => uncertain(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_knows_is_uncertain() {
        assert!(matches!(outcome("brand_new_code", None), Outcome::Uncertain(_)));
        assert!(matches!(outcome("too_fast", Some(3)), Outcome::Deferred(deferred) if deferred.retry_after_ms == Some(3000)));
    }
}
