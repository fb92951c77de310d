//! What follows from an outcome: a pure decision.

use super::feed::nowhere;
use jixinda_domain::{Message, MessageStatus, Outcome, Scope, Timestamp};
use std::time::Duration;

/// How long a sent message waits for its receipt.
pub const RECEIPT_OVERDUE: Duration = Duration::from_secs(72 * 3600);

/// The pauses between tries.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

/// What the decision is made from.
pub struct Situation<'a> {
    pub message: &'a Message,
    pub outcome: &'a Outcome,
    /// Tries on all channels, this one included.
    pub tries: usize,
    /// Bound channels that have not been tried, or refused nothing for good.
    pub others: usize,
    pub now: Timestamp,
    pub backoff: Backoff,
    pub lookup_after: Duration,
    /// In [0, 1).
    pub random: f64,
}

/// The new status, and when the message is to be looked at next.
pub fn decide(situation: &Situation<'_>) -> (MessageStatus, Timestamp) {
    let now = situation.now;
    match situation.outcome {
        Outcome::Accepted { .. } => (MessageStatus::Sent, now + RECEIPT_OVERDUE),
        Outcome::Uncertain { .. } => (MessageStatus::Uncertain, now + situation.lookup_after),
        Outcome::Rejected { elsewhere: false, .. } => (MessageStatus::Rejected, now),
        Outcome::Rejected { elsewhere: true, .. } if situation.others > 0 => (MessageStatus::Queued, now),
        Outcome::Rejected { elsewhere: true, .. } => (nowhere(situation.message.class), now),
        Outcome::Deferred { scope, retry_after_ms, .. } => {
            let asked = retry_after_ms.map(|millis| Duration::from_millis(millis.into()));
            let pause = match scope {
                // Nothing is wrong but the company it was in.
                Scope::Batch => Duration::ZERO,
                // Another channel may take it at once; routing waits where there is none.
                _ if situation.others > 0 => Duration::ZERO,
                _ => asked.unwrap_or_else(|| situation.backoff.pause(situation.tries, situation.random)),
            };
            let due_at = now + pause;
            if due_at >= situation.message.expires_at {
                (MessageStatus::Expired, now)
            } else {
                (MessageStatus::Queued, due_at)
            }
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
    use jixinda_domain::*;

    fn message(class: MessageClass) -> Message {
        let now = Timestamp::default();
        Message {
            id: MessageId::new(now, 1),
            serial: 1,
            application_id: ApplicationId::new(now, 1),
            batch_id: None,
            reference: None,
            recipient: PhoneNumber::parse("13800000000").expect("valid"),
            class,
            template_id: TemplateId::new(now, 1),
            sign_name_id: SignNameId::new(now, 1),
            params: Default::default(),
            text: String::new(),
            encoding: Encoding::Ucs2,
            segments: 1,
            test: false,
            status: MessageStatus::Sending,
            epoch: 1,
            attempts: 0,
            maybe_sent: false,
            due_at: now,
            expires_at: Timestamp::from_millis(60_000),
            send_at: None,
            call_id: None,
            channel_id: None,
            account_id: None,
            upstream_id: None,
            cause_code: None,
            cause_detail: None,
            created_at: now,
            updated_at: now,
        }
    }

    fn after(class: MessageClass, outcome: Outcome, tries: usize, others: usize) -> (MessageStatus, i64) {
        let message = message(class);
        let (status, due) = decide(&Situation {
            message: &message,
            outcome: &outcome,
            tries,
            others,
            now: Timestamp::default(),
            backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(300) },
            lookup_after: Duration::from_secs(30),
            random: 0.0,
        });
        (status, due.as_millis())
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
        assert_eq!(after(Notice, accepted, 1, 0).0, MessageStatus::Sent);
        assert_eq!(after(Otp, uncertain, 1, 3), (MessageStatus::Uncertain, 30_000));
        assert_eq!(after(Notice, rejected(false), 1, 3).0, MessageStatus::Rejected);
        assert_eq!(after(Notice, rejected(true), 1, 1), (MessageStatus::Queued, 0));
        assert_eq!(after(Notice, rejected(true), 1, 0).0, MessageStatus::Parked);
        assert_eq!(after(Otp, rejected(true), 1, 0).0, MessageStatus::Rejected);
    }

    #[test]
    fn a_deferred_message_fails_over_or_backs_off() {
        use MessageClass::Notice;
        assert_eq!(after(Notice, deferred(Scope::Account, None), 1, 1), (MessageStatus::Queued, 0));
        assert_eq!(after(Notice, deferred(Scope::Recipient, Some(45_000)), 1, 0), (MessageStatus::Queued, 45_000));
        assert_eq!(after(Notice, deferred(Scope::Recipient, Some(60_000)), 1, 0).0, MessageStatus::Expired);
        assert_eq!(after(Notice, deferred(Scope::Message, None), 4, 0), (MessageStatus::Queued, 4000));
        assert_eq!(after(Notice, deferred(Scope::Batch, Some(9000)), 1, 0), (MessageStatus::Queued, 0));
    }
}
