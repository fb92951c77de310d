//! What a provider asked to be left alone with, and until when: a number, a sign name or a template at one account, or the whole
//! account where it named a time. A pause ends by itself. Whether a channel is well is for the router to say.

use jixinda_domain::{AccountId, Message, Outcome, PhoneNumber, Scope, SignNameId, TemplateId, Timestamp};
use jixinda_routing::Exclusion;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The pauses of this node.
#[derive(Default)]
pub struct Pauses {
    standings: Mutex<HashMap<(AccountId, Concern), Standing>>,
    /// Whether there is any standing at all: while there is none, nobody takes the lock.
    troubled: AtomicBool,
}

/// What of an account is paused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Concern {
    All,
    Recipient(PhoneNumber),
    SignName(SignNameId),
    Template(TemplateId),
}

#[derive(Clone, Copy, Debug)]
struct Standing {
    from: Timestamp,
    until: Timestamp,
    failures: u32,
}

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Providers that limit by number count by the minute where they say nothing else.
const NUMBER_PAUSE: Duration = Duration::from_secs(60);
/// Standings after which those that are over are thrown out.
const MANY: usize = 10_000;
/// How long failures are remembered after a pause, so that the next one is longer.
const MEMORY: Duration = Duration::from_secs(120);

impl Pauses {
    /// Takes note of the outcomes of one call.
    pub fn note<'a>(
        &self,
        account: AccountId,
        outcomes: impl Iterator<Item = (&'a Message, &'a Outcome)>,
        now: Timestamp,
    ) {
        let mut standings = None;
        for (message, outcome) in outcomes {
            match outcome {
                Outcome::Accepted { .. } if self.troubled.load(Ordering::Acquire) => {
                    standings.get_or_insert_with(|| self.lock()).remove(&(account, Concern::All));
                }
                Outcome::Deferred { scope, retry_after_ms, .. } => {
                    let Some(concern) = Concern::of(*scope, message) else { continue };
                    // Without a time, how the channel is doing decides, not this one answer.
                    if concern == Concern::All && retry_after_ms.is_none() {
                        continue;
                    }
                    let standings = standings.get_or_insert_with(|| self.lock());
                    pause(standings, (account, concern), *retry_after_ms, now);
                }
                _ => {}
            }
        }
        if let Some(mut standings) = standings {
            if standings.len() > MANY {
                standings.retain(|_, standing| standing.until + MEMORY > now);
            }
            self.troubled.store(!standings.is_empty(), Ordering::Release);
        }
    }

    /// Why this account cannot take this message now, and until when.
    pub fn pause(&self, account: AccountId, message: &Message, now: Timestamp) -> Option<(Exclusion, Timestamp)> {
        if !self.troubled.load(Ordering::Acquire) {
            return None;
        }
        let standings = self.lock();
        let concerns = [
            (Exclusion::Paused, Concern::All),
            (Exclusion::NumberPaused, Concern::Recipient(message.recipient.clone())),
            (Exclusion::SignNamePaused, Concern::SignName(message.sign_name_id)),
            (Exclusion::TemplatePaused, Concern::Template(message.template_id)),
        ];
        let paused = concerns.into_iter().filter_map(|(exclusion, concern)| {
            let standing = standings.get(&(account, concern))?;
            standing.holds(now).then_some((exclusion, standing.until))
        });
        paused.max_by_key(|(_, until)| *until)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(AccountId, Concern), Standing>> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    /// A pause of the future means that the clock was set back: it is over.
    fn holds(&self, now: Timestamp) -> bool {
        (self.from..self.until).contains(&now)
    }
}

impl Concern {
    /// `None` where the message alone is concerned, or its company.
    fn of(scope: Scope, message: &Message) -> Option<Self> {
        match scope {
            Scope::Account => Some(Self::All),
            Scope::Recipient => Some(Self::Recipient(message.recipient.clone())),
            Scope::SignName => Some(Self::SignName(message.sign_name_id)),
            Scope::Template => Some(Self::Template(message.template_id)),
            Scope::Message | Scope::Batch => None,
        }
    }
}

fn pause(
    standings: &mut HashMap<(AccountId, Concern), Standing>,
    key: (AccountId, Concern),
    retry_after_ms: Option<u32>,
    now: Timestamp,
) {
    let by_number = matches!(key.1, Concern::Recipient(_));
    let standing = standings.entry(key).or_insert(Standing { from: now, until: now, failures: 0 });
    // The messages of one call fail together: that is one failure.
    if standing.holds(now) {
        return;
    }
    let grown = FIRST_PAUSE.saturating_mul(1 << standing.failures.min(10)).min(LONGEST_PAUSE);
    let ours = if by_number { NUMBER_PAUSE } else { grown };
    standing.from = now;
    standing.until = now + retry_after_ms.map_or(ours, |millis| Duration::from_millis(millis.into()));
    standing.failures = standing.failures.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::message;
    use jixinda_domain::{Cause, Deferral, MessageClass};

    fn refused(reason: Deferral, scope: Scope, retry_after_ms: Option<u32>) -> Outcome {
        Outcome::Deferred { reason, scope, cause: Cause::default(), retry_after_ms }
    }

    fn millis(pauses: &Pauses, account: AccountId, message: &Message, now: Timestamp) -> Option<u128> {
        pauses.pause(account, message, now).map(|(_, until)| until.since(now).as_millis())
    }

    #[test]
    fn pauses_grow_and_an_account_is_paused_for_the_time_it_names() {
        let (pauses, account) = (Pauses::default(), AccountId::new(Timestamp::default(), 1));
        let message = message(MessageClass::Notice);
        let mut now = Timestamp::from_millis(0);
        let mut lengths = Vec::new();
        let down = refused(Deferral::Other, Scope::Template, None);
        for _ in 0..3 {
            pauses.note(account, [(&message, &down), (&message, &down)].into_iter(), now);
            let (_, until) = pauses.pause(account, &message, now).expect("paused");
            lengths.push(until.since(now).as_millis());
            now = until;
            assert_eq!(pauses.pause(account, &message, now), None, "a pause ends by itself");
        }
        assert_eq!(lengths, [500, 1000, 2000]);
        let silent = refused(Deferral::RateLimited, Scope::Account, None);
        pauses.note(account, [(&message, &silent)].into_iter(), now);
        assert_eq!(millis(&pauses, account, &message, now), None, "how fast it goes is the pace's business");
        let slow_down = refused(Deferral::RateLimited, Scope::Account, Some(1500));
        pauses.note(account, [(&message, &slow_down)].into_iter(), now);
        assert_eq!(millis(&pauses, account, &message, now), Some(1500));
        let accepted = Outcome::Accepted { upstream_id: None, segments: None, price: None };
        pauses.note(account, [(&message, &accepted)].into_iter(), now);
        assert_eq!(millis(&pauses, account, &message, now), None, "an acceptance ends it");
    }

    #[test]
    fn a_number_that_is_throttled_pauses_nobody_else() {
        let (pauses, account) = (Pauses::default(), AccountId::new(Timestamp::default(), 1));
        let (one, mut other) = (message(MessageClass::Otp), message(MessageClass::Otp));
        other.recipient = PhoneNumber::parse("13800000001").expect("a number");
        let now = Timestamp::from_millis(0);
        pauses.note(account, [(&one, &refused(Deferral::RateLimited, Scope::Recipient, None))].into_iter(), now);
        assert_eq!(pauses.pause(account, &one, now).map(|(why, _)| why), Some(Exclusion::NumberPaused));
        assert_eq!(pauses.pause(account, &other, now), None);
        other.sign_name_id = SignNameId::new(now, 9);
        pauses.note(account, [(&one, &refused(Deferral::RateLimited, Scope::SignName, Some(90_000)))].into_iter(), now);
        assert_eq!(pauses.pause(account, &one, now).map(|(why, _)| why), Some(Exclusion::SignNamePaused));
        assert_eq!(pauses.pause(account, &other, now), None);
    }
}
