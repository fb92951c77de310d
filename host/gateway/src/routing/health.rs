//! Which accounts are paused, until when and why. A pause ends by itself; what a provider said decides its length.

use jixinda_domain::{AccountId, Deferral, Outcome, Scope, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A pause of everything that goes through one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    pub until: Timestamp,
    pub reason: Deferral,
}

/// The pauses of this node. An unreachable provider is tried again after half a second, then after ever longer pauses.
#[derive(Default)]
pub struct Health {
    accounts: Mutex<HashMap<AccountId, Standing>>,
}

#[derive(Clone, Debug)]
struct Standing {
    pause: Option<Pause>,
    failures: u32,
}

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A person has to act: pay, or mend the credentials.
const PERSON_PAUSE: Duration = Duration::from_secs(60);

impl Health {
    /// Takes note of an outcome.
    pub fn note(&self, account: AccountId, outcome: &Outcome, now: Timestamp) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Accepted { .. } => {
                accounts.remove(&account);
            }
            Outcome::Deferred { reason, scope: Scope::Account, retry_after_ms, .. } => {
                let standing = accounts.entry(account).or_insert(Standing { pause: None, failures: 0 });
                // The messages of one call fail together: that is one failure.
                if standing.pause.as_ref().is_some_and(|pause| pause.until > now) {
                    return;
                }
                let pause = pause_for(*reason, standing.failures, *retry_after_ms);
                standing.failures = standing.failures.saturating_add(1);
                standing.pause = Some(Pause { until: now + pause, reason: *reason });
            }
            _ => {}
        }
    }

    /// The pause that an account is in.
    pub fn pause(&self, account: AccountId, now: Timestamp) -> Option<Pause> {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.get(&account)?.pause.clone().filter(|pause| pause.until > now)
    }

    /// For all parts of dispatch.
    pub fn shared() -> Arc<Self> {
        Arc::default()
    }
}

fn pause_for(reason: Deferral, failures: u32, retry_after_ms: Option<u32>) -> Duration {
    let grown = FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE);
    let asked = retry_after_ms.map(|millis| Duration::from_millis(millis.into()));
    match reason {
        Deferral::NoBalance | Deferral::AuthFailed => asked.unwrap_or(PERSON_PAUSE),
        _ => asked.unwrap_or(grown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::Cause;

    fn refused(reason: Deferral, retry_after_ms: Option<u32>) -> Outcome {
        Outcome::Deferred { reason, scope: Scope::Account, cause: Cause::default(), retry_after_ms }
    }

    #[test]
    fn pauses_grow_and_an_acceptance_ends_them() {
        let (health, account) = (Health::default(), AccountId::new(Timestamp::default(), 1));
        let mut now = Timestamp::from_millis(0);
        let mut lengths = Vec::new();
        for _ in 0..3 {
            health.note(account, &refused(Deferral::Unreachable, None), now);
            health.note(account, &refused(Deferral::Unreachable, None), now);
            let pause = health.pause(account, now).expect("paused");
            lengths.push(pause.until.since(now).as_millis());
            now = pause.until;
            assert_eq!(health.pause(account, now), None, "a pause ends by itself");
        }
        assert_eq!(lengths, [500, 1000, 2000]);
        health.note(account, &Outcome::Accepted { upstream_id: None, segments: None, price: None }, now);
        health.note(account, &refused(Deferral::RateLimited, Some(1500)), now);
        assert_eq!(health.pause(account, now).map(|pause| pause.until.since(now).as_millis()), Some(1500));
    }
}
