//! What follows from an outcome: a pure decision.

use jixinda_domain::{AfterCall, Cause, Message, MessageClass, Outcome, Scope, Timestamp};
use jixinda_routing::evidence::PLUGIN_FAULT;
use std::time::Duration;

/// Faults of a plugin after which a message travels alone: somebody in its company, or it, is to blame.
pub const FAULTS_BEFORE_ALONE: usize = 2;
/// Faults after which a message is to blame itself.
const FAULTS_BEFORE_PARKED: usize = 3;

/// The pauses between tries.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

/// What is known of a message's tries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// On all channels.
    pub tries: usize,
    /// Those that were no fault of a whole account: an outage uses up nobody's budget.
    pub counted: usize,
    /// Those in which the plugin failed.
    pub faults: usize,
}

/// What the decision is made from.
pub struct Situation<'a> {
    pub message: &'a Message,
    pub outcome: &'a Outcome,
    /// This try included.
    pub past: Past,
    /// Bound channels that have not been tried, or refused nothing for good.
    pub others: usize,
    pub now: Timestamp,
    pub backoff: Backoff,
    /// Counted tries at most.
    pub budget: usize,
    /// When an uncertain message is first looked at.
    pub look_at: Timestamp,
    /// How long a receipt may take.
    pub receipt_overdue: Duration,
    /// In [0, 1).
    pub random: f64,
}

/// Where the message stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub after: AfterCall,
    /// When it is to be looked at next.
    pub due_at: Timestamp,
    /// Why, where the outcome's own cause does not say it.
    pub cause: Option<Cause>,
}

pub fn decide(situation: &Situation<'_>) -> Verdict {
    let now = situation.now;
    let plain = |after, due_at| Verdict { after, due_at, cause: None };
    match situation.outcome {
        Outcome::Accepted { .. } => plain(AfterCall::Sent, now + situation.receipt_overdue),
        Outcome::Uncertain { .. } => plain(AfterCall::Uncertain, situation.look_at),
        Outcome::Rejected { elsewhere: false, .. } => plain(AfterCall::Rejected, now),
        Outcome::Rejected { elsewhere: true, .. } if situation.others > 0 => plain(AfterCall::Queued, now),
        Outcome::Rejected { elsewhere: true, .. } => plain(nowhere(situation.message.class), now),
        Outcome::Deferred { scope, retry_after_ms, .. } => {
            if let Some(cause) = given_up(situation) {
                return Verdict { after: nowhere(situation.message.class), due_at: now, cause: Some(cause) };
            }
            let due_at = now + pause(situation, *scope, *retry_after_ms);
            if due_at >= situation.message.expires_at {
                plain(AfterCall::Expired, now)
            } else {
                plain(AfterCall::Queued, due_at)
            }
        }
    }
}

fn given_up(situation: &Situation<'_>) -> Option<Cause> {
    let Past { counted, faults, .. } = situation.past;
    if faults >= FAULTS_BEFORE_PARKED {
        let detail = format!("the plugin failed {faults} times with it, the last time while it travelled alone");
        return Some(Cause::new(PLUGIN_FAULT, detail));
    }
    if counted >= situation.budget {
        let last = situation.outcome.cause().map_or("", |cause| &cause.code);
        let detail = format!("it was put off {counted} times, at last with {last:?}");
        return Some(Cause::new("tries_exhausted", detail));
    }
    None
}

fn pause(situation: &Situation<'_>, scope: Scope, retry_after_ms: Option<u32>) -> Duration {
    match scope {
        // Nothing is wrong but the company it was in.
        Scope::Batch => Duration::ZERO,
        // Another channel may take it at once; routing waits where there is none.
        _ if situation.others > 0 => Duration::ZERO,
        _ => match retry_after_ms {
            Some(millis) => Duration::from_millis(millis.into()),
            None => situation.backoff.pause(situation.past.tries, situation.random),
        },
    }
}

/// Where a message goes that no channel will take: a person may still find a way, but not for a code that is soon worthless.
pub const fn nowhere(class: MessageClass) -> AfterCall {
    match class {
        MessageClass::Otp => AfterCall::Rejected,
        MessageClass::Notice | MessageClass::Marketing => AfterCall::Parked,
    }
}

impl Past {
    /// Of the attempts that are on record, in words that routing kept of them.
    pub fn of(tries: &[jixinda_store::Tries]) -> Self {
        Self {
            tries: tries.len(),
            counted: tries.iter().filter(|tried| !tried.account_fault).count(),
            faults: tries.iter().filter(|tried| tried.cause_code.as_deref() == Some(PLUGIN_FAULT)).count(),
        }
    }

    /// With one more.
    pub fn and(self, outcome: &Outcome) -> Self {
        let account_fault = matches!(outcome, Outcome::Deferred { scope: Scope::Account, .. });
        let fault = outcome.cause().is_some_and(|cause| cause.code == PLUGIN_FAULT);
        Self {
            tries: self.tries + 1,
            counted: self.counted + usize::from(!account_fault),
            faults: self.faults + usize::from(fault),
        }
    }
}

impl Backoff {
    /// Doubles at each try, with half of it left to chance so that many do not come back at once.
    fn pause(self, tries: usize, random: f64) -> Duration {
        let exponent = u32::try_from(tries.saturating_sub(1)).unwrap_or(u32::MAX).min(20);
        let full = self.first.saturating_mul(1 << exponent).min(self.longest);
        full.mul_f64(0.5 + random / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::message;
    use jixinda_domain::{Deferral, Rejection};

    fn verdict(class: MessageClass, outcome: &Outcome, past: Past, others: usize) -> Verdict {
        let message = message(class);
        decide(&Situation {
            message: &message,
            outcome,
            past,
            others,
            now: Timestamp::default(),
            backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(300) },
            budget: 5,
            look_at: Timestamp::from_millis(30_000),
            receipt_overdue: Duration::from_secs(72 * 3600),
            random: 0.0,
        })
    }

    fn after(class: MessageClass, outcome: Outcome, tries: usize, others: usize) -> (AfterCall, i64) {
        let verdict = verdict(class, &outcome, Past { tries, counted: tries, faults: 0 }, others);
        (verdict.after, verdict.due_at.as_millis())
    }

    fn deferred(scope: Scope, retry_after_ms: Option<u32>) -> Outcome {
        Outcome::Deferred { reason: Deferral::RateLimited, scope, cause: Cause::default(), retry_after_ms }
    }

    fn rejected(elsewhere: bool) -> Outcome {
        Outcome::Rejected { reason: Rejection::BadTemplate, elsewhere, cause: Cause::default() }
    }

    #[test]
    fn each_outcome_has_its_duty() {
        use MessageClass::{Notice, Otp};
        let accepted = Outcome::Accepted { upstream_id: None, segments: None, price: None };
        let uncertain = Outcome::Uncertain { upstream_id: None, cause: Cause::default() };
        assert_eq!(after(Notice, accepted, 1, 0).0, AfterCall::Sent);
        assert_eq!(after(Otp, uncertain, 1, 3), (AfterCall::Uncertain, 30_000));
        assert_eq!(after(Notice, rejected(false), 1, 3).0, AfterCall::Rejected);
        assert_eq!(after(Notice, rejected(true), 1, 1), (AfterCall::Queued, 0));
        assert_eq!(after(Notice, rejected(true), 1, 0).0, AfterCall::Parked);
        assert_eq!(after(Otp, rejected(true), 1, 0).0, AfterCall::Rejected);
    }

    #[test]
    fn a_deferred_message_fails_over_or_backs_off() {
        use MessageClass::Notice;
        assert_eq!(after(Notice, deferred(Scope::Account, None), 1, 1), (AfterCall::Queued, 0));
        assert_eq!(after(Notice, deferred(Scope::Recipient, Some(45_000)), 1, 0), (AfterCall::Queued, 45_000));
        assert_eq!(after(Notice, deferred(Scope::Recipient, Some(60_000)), 1, 0).0, AfterCall::Expired);
        assert_eq!(after(Notice, deferred(Scope::Message, None), 4, 0), (AfterCall::Queued, 4000));
        assert_eq!(after(Notice, deferred(Scope::Batch, Some(9000)), 1, 0), (AfterCall::Queued, 0));
    }

    #[test]
    fn a_message_that_is_put_off_again_and_again_ends_with_a_reason() {
        use MessageClass::{Notice, Otp};
        let spent = Past { tries: 5, counted: 5, faults: 0 };
        let parked = verdict(Notice, &deferred(Scope::Recipient, None), spent, 0);
        assert_eq!(parked.after, AfterCall::Parked);
        assert_eq!(parked.cause.map(|cause| cause.code), Some("tries_exhausted".to_owned()));
        assert_eq!(verdict(Otp, &deferred(Scope::Recipient, None), spent, 0).after, AfterCall::Rejected);
        // An outage of the whole account uses up nothing.
        let outage = Past { tries: 900, counted: 0, faults: 0 };
        assert_eq!(verdict(Notice, &deferred(Scope::Account, Some(1000)), outage, 0).after, AfterCall::Queued);
    }

    #[test]
    fn a_message_that_makes_a_plugin_fail_is_parked_after_it_travelled_alone() {
        let fault = Outcome::Deferred {
            reason: Deferral::Other,
            scope: Scope::Message,
            cause: Cause::new(PLUGIN_FAULT, "trap"),
            retry_after_ms: None,
        };
        let after_faults = |faults| {
            let past = Past { tries: faults, counted: faults, faults };
            verdict(MessageClass::Notice, &fault, past, 0).after
        };
        assert_eq!([1, 2, 3].map(after_faults), [AfterCall::Queued, AfterCall::Queued, AfterCall::Parked]);
        assert_eq!(Past::default().and(&fault), Past { tries: 1, counted: 1, faults: 1 });
    }
}
