//! From a provider's code to an outcome: every plugin's `errors.rs` is a table of [`Row`]s, and this is what
//! the rows mean.
//!
//! A code speaks of a message; a call may have held several. Where a code concerns one of them and the
//! provider does not say which, the whole call is [`spoilt`] and its messages are tried one by one.

use crate::china_time::Zone;
use crate::outcome::{deferred, rejected, uncertain};
use crate::types::{Cause, Deferral, Deferred, Outcome, Rejection, Scope};

/// What a code says about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No channel will do.
    Refused(Rejection),
    /// This channel will not do, another may.
    RefusedHere(Rejection),
    /// Too many, or too fast: whom it concerns, and when it is worth trying again.
    Limited(Scope, Pause),
    /// The account cannot send at all.
    Fault(Deferral),
    /// Certainly not taken, for a reason that is none of the message's.
    NotTaken(Deferral, Scope),
    /// May have been taken.
    Uncertain,
}

/// How long a limit is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// So many milliseconds.
    Milliseconds(u32),
    /// Until the next day begins in Beijing.
    NextDay,
    /// Until the next month begins in Beijing.
    NextMonth,
    /// Until it is this hour again in Beijing.
    Hour(u8),
}

/// Whom of a batch a code concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concerns {
    /// One of its messages, and nobody says which.
    One,
    /// All that share the sign name, which a batch may mix.
    SignName,
    /// All: what is meant is the same for all, or it is about the account or the request.
    All,
}

/// One line of a provider's table. A code that ends with "*" stands for all that begin so; the first line
/// that fits counts.
pub type Row = (&'static str, Verdict, Concerns);

/// What the meaning of a code depends on besides the code.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The instant of the answer.
    pub now: u64,
    /// How many messages the answer is about.
    pub messages: usize,
    /// Whether they bore different sign names.
    pub mixed_sign_names: bool,
}

impl Context {
    /// For an answer, or a part of one, that is about a single message.
    #[must_use]
    pub fn alone(now: u64) -> Self {
        Self { now, messages: 1, mixed_sign_names: false }
    }

    /// For an answer about so many messages of one sign name.
    #[must_use]
    pub fn of(now: u64, messages: usize) -> Self {
        Self { now, messages, mixed_sign_names: false }
    }
}

/// The first line that fits a code.
#[must_use]
pub fn find(table: &[Row], code: &str) -> Option<(Verdict, Concerns)> {
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => code.starts_with(start),
        None => code == pattern,
    };
    table.iter().find(|(pattern, ..)| fits(pattern)).map(|(_, verdict, concerns)| (*verdict, *concerns))
}

/// The outcome of each message that an answer is about.
#[must_use]
pub fn decide((verdict, concerns): (Verdict, Concerns), cause: Cause, context: Context) -> Outcome {
    let is_spoilt = match concerns {
        Concerns::One => context.messages > 1,
        Concerns::SignName => context.mixed_sign_names,
        Concerns::All => false,
    };
    // What may have been taken must not be tried again one by one.
    if is_spoilt && verdict != Verdict::Uncertain { spoilt(cause) } else { verdict.outcome(cause, context.now) }
}

/// One message of the batch spoilt it for all, and nobody says which: nothing was taken.
#[must_use]
pub fn spoilt(cause: Cause) -> Outcome {
    deferred(Deferral::Other, Scope::Batch, cause)
}

impl Verdict {
    /// The outcome of a message that this is said of.
    #[must_use]
    pub fn outcome(self, cause: Cause, now: u64) -> Outcome {
        match self {
            Self::Refused(reason) => rejected(reason, false, cause),
            Self::RefusedHere(reason) => rejected(reason, true, cause),
            Self::Limited(scope, pause) => Outcome::Deferred(Deferred {
                reason: Deferral::RateLimited,
                scope,
                cause,
                retry_after_ms: Some(pause.milliseconds(now)),
            }),
            Self::Fault(reason) => deferred(reason, Scope::Account, cause),
            Self::NotTaken(reason, scope) => deferred(reason, scope, cause),
            Self::Uncertain => uncertain(cause),
        }
    }
}

impl Pause {
    fn milliseconds(self, now: u64) -> u32 {
        let long = match self {
            Self::Milliseconds(milliseconds) => return milliseconds,
            Self::NextDay => Zone::CHINA.until_next_day(now),
            Self::NextMonth => Zone::CHINA.until_next_month(now),
            Self::Hour(hour) => Zone::CHINA.until_hour(now, hour),
        };
        u32::try_from(long).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::cause;
    use crate::samples::brief;

    /// 2024-01-02T03:04:05Z, 11:04:05 in Beijing.
    const NOW: u64 = 1_704_164_645_000;
    const TABLE: &[Row] = &[
        ("A.Number", Verdict::Refused(Rejection::BadRecipient), Concerns::One),
        ("A.Sign", Verdict::RefusedHere(Rejection::BadSignName), Concerns::SignName),
        ("A.Down", Verdict::Uncertain, Concerns::One),
        ("A.*", Verdict::Fault(Deferral::AuthFailed), Concerns::All),
    ];

    fn told(code: &str, context: Context) -> String {
        brief(&decide(find(TABLE, code).unwrap(), cause(code, ""), context))
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        assert_eq!(told("A.Number", Context::alone(NOW)), "rejected BadRecipient nowhere");
        assert_eq!(told("A.Else", Context::alone(NOW)), "deferred AuthFailed Account");
        assert_eq!(find(TABLE, "B"), None);
    }

    #[test]
    fn a_code_about_one_of_many_spoils_the_call() {
        assert_eq!(told("A.Number", Context::of(NOW, 2)), "deferred Other Batch");
        assert_eq!(told("A.Sign", Context::of(NOW, 2)), "rejected BadSignName elsewhere");
        assert_eq!(told("A.Sign", Context { mixed_sign_names: true, ..Context::of(NOW, 2) }), "deferred Other Batch");
        assert_eq!(told("A.Down", Context::of(NOW, 2)), "uncertain");
    }

    #[test]
    fn limits_say_when_to_come_again() {
        let limited = |pause| brief(&Verdict::Limited(Scope::Recipient, pause).outcome(cause("", ""), NOW));
        assert_eq!(limited(Pause::Milliseconds(7)), "deferred RateLimited Recipient 7");
        assert_eq!(limited(Pause::NextDay), "deferred RateLimited Recipient 46555000");
        assert_eq!(limited(Pause::Hour(12)), "deferred RateLimited Recipient 3355000");
        assert_eq!(
            limited(Pause::NextMonth),
            format!("deferred RateLimited Recipient {}", 46_555_000 + 29 * 86_400_000_u64)
        );
    }
}
