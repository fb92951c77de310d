//! What a provider asked to be left alone with, and until when: a number, a sign name or a template at one account, or the whole
//! account where it named a time. A pause ends by itself. Whether a channel is well is for the router to say.
//!
//! Nodes tell each other their pauses by how long they still last, since no two clocks are compared.

use jixinda_domain::{AccountId, Message, Outcome, Scope, Timestamp};
use jixinda_routing::Exclusion;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The pauses that this node knows of.
pub struct Pauses {
    book: Mutex<Book>,
    /// Whether there is any standing at all: while there is none, nobody takes the lock.
    troubled: AtomicBool,
}

#[derive(Default)]
struct Book {
    standings: HashMap<Key, Standing>,
    /// What is new and to be told to other nodes; `None` where there are none.
    news: Option<Vec<Paused>>,
}

/// What of an account is paused: a hash, so that it is small and names no number. Nodes of one version make the same.
type Key = u64;

/// A pause as nodes tell each other of it: what, for how many more milliseconds (none: it ended), and how many failures led to it.
pub type Paused = (Key, u64, u32);

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
    /// `shared` where other nodes are to be told.
    pub fn new(shared: bool) -> Self {
        let book = Book { standings: HashMap::new(), news: shared.then(Vec::new) };
        Self { book: Mutex::new(book), troubled: AtomicBool::new(false) }
    }

    /// Takes note of the outcomes of one call.
    pub fn note<'a>(
        &self,
        account: AccountId,
        outcomes: impl Iterator<Item = (&'a Message, &'a Outcome)>,
        now: Timestamp,
    ) {
        let mut book = None;
        for (message, outcome) in outcomes {
            match outcome {
                Outcome::Accepted { .. } if self.troubled.load(Ordering::Acquire) => {
                    book.get_or_insert_with(|| self.lock()).end(key(account, Scope::Account, message));
                }
                Outcome::Deferred { scope, retry_after_ms, .. } => {
                    // Of the message alone, or its company, others need not know.
                    if matches!(scope, Scope::Message | Scope::Batch) {
                        continue;
                    }
                    // Without a time, how the channel is doing decides, not this one answer.
                    if *scope == Scope::Account && retry_after_ms.is_none() {
                        continue;
                    }
                    let named = retry_after_ms.map(|millis| Duration::from_millis(millis.into()));
                    let book = book.get_or_insert_with(|| self.lock());
                    book.begin(key(account, *scope, message), *scope, named, now);
                }
                _ => {}
            }
        }
        if let Some(book) = book {
            self.close(book, now);
        }
    }

    /// Why this account cannot take this message now, and until when.
    pub fn pause(&self, account: AccountId, message: &Message, now: Timestamp) -> Option<(Exclusion, Timestamp)> {
        if !self.troubled.load(Ordering::Acquire) {
            return None;
        }
        let book = self.lock();
        let concerns = [
            (Exclusion::Paused, Scope::Account),
            (Exclusion::NumberPaused, Scope::Recipient),
            (Exclusion::SignNamePaused, Scope::SignName),
            (Exclusion::TemplatePaused, Scope::Template),
        ];
        let paused = concerns.into_iter().filter_map(|(exclusion, scope)| {
            let standing = book.standings.get(&key(account, scope, message))?;
            standing.holds(now).then_some((exclusion, standing.until))
        });
        paused.max_by_key(|(_, until)| *until)
    }

    /// What other nodes are to be told since it was last asked.
    pub fn take_news(&self) -> Vec<Paused> {
        self.lock().news.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Takes over what another node was asked by a provider. The longer pause holds.
    pub fn hear(&self, news: &[Paused], now: Timestamp) {
        let mut book = self.lock();
        for &(key, left_ms, failures) in news {
            if left_ms == 0 {
                book.standings.remove(&key);
                continue;
            }
            let heard = Standing { from: now, until: now + Duration::from_millis(left_ms), failures };
            let standing = book.standings.entry(key).or_insert(heard);
            if !standing.holds(now) || standing.until < heard.until {
                *standing = Standing { failures: failures.max(standing.failures), ..heard };
            }
        }
        self.close(book, now);
    }

    fn close(&self, mut book: MutexGuard<'_, Book>, now: Timestamp) {
        if book.standings.len() > MANY {
            book.standings.retain(|_, standing| standing.until + MEMORY > now);
        }
        self.troubled.store(!book.standings.is_empty(), Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn begin(&mut self, key: Key, scope: Scope, named: Option<Duration>, now: Timestamp) {
        let standing = self.standings.entry(key).or_insert(Standing { from: now, until: now, failures: 0 });
        // The messages of one call fail together: that is one failure.
        if standing.holds(now) {
            return;
        }
        let grown = FIRST_PAUSE.saturating_mul(1 << standing.failures.min(10)).min(LONGEST_PAUSE);
        let ours = if scope == Scope::Recipient { NUMBER_PAUSE } else { grown };
        let length = named.unwrap_or(ours);
        *standing = Standing { from: now, until: now + length, failures: standing.failures.saturating_add(1) };
        if let Some(news) = &mut self.news {
            news.push((key, u64::try_from(length.as_millis()).unwrap_or(u64::MAX), standing.failures));
        }
    }

    fn end(&mut self, key: Key) {
        let ended = self.standings.remove(&key).is_some();
        if let Some(news) = self.news.as_mut().filter(|_| ended) {
            news.push((key, 0, 0));
        }
    }
}

impl Standing {
    /// A pause of the future means that the clock was set back: it is over.
    fn holds(&self, now: Timestamp) -> bool {
        (self.from..self.until).contains(&now)
    }
}

/// What of an account a scope means for this message.
fn key(account: AccountId, scope: Scope, message: &Message) -> Key {
    let mut hasher = DefaultHasher::new();
    account.hash(&mut hasher);
    hasher.write_u8(scope as u8);
    match scope {
        Scope::Recipient => message.recipient.hash(&mut hasher),
        Scope::SignName => message.sign_name_id.hash(&mut hasher),
        Scope::Template => message.template_id.hash(&mut hasher),
        Scope::Account | Scope::Message | Scope::Batch => {}
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::message;
    use jixinda_domain::{Cause, Deferral, MessageClass, PhoneNumber, SignNameId};

    fn refused(reason: Deferral, scope: Scope, retry_after_ms: Option<u32>) -> Outcome {
        Outcome::Deferred { reason, scope, cause: Cause::default(), retry_after_ms }
    }

    fn millis(pauses: &Pauses, account: AccountId, message: &Message, now: Timestamp) -> Option<u128> {
        pauses.pause(account, message, now).map(|(_, until)| until.since(now).as_millis())
    }

    #[test]
    fn pauses_grow_and_an_account_is_paused_for_the_time_it_names() {
        let (pauses, account) = (Pauses::new(false), AccountId::new(Timestamp::default(), 1));
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
        let (pauses, account) = (Pauses::new(false), AccountId::new(Timestamp::default(), 1));
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

    #[test]
    fn what_one_node_is_asked_the_others_keep_to() {
        let (asked, other) = (Pauses::new(true), Pauses::new(true));
        let account = AccountId::new(Timestamp::default(), 1);
        let message = message(MessageClass::Otp);
        // Their clocks need not agree.
        let (now, elsewhere) = (Timestamp::from_millis(5_000), Timestamp::from_millis(900_000));
        let named = refused(Deferral::RateLimited, Scope::Account, Some(1500));
        let of_number = refused(Deferral::RateLimited, Scope::Recipient, None);
        asked.note(account, [(&message, &named), (&message, &of_number)].into_iter(), now);
        other.hear(&asked.take_news(), elsewhere);
        assert_eq!(millis(&other, account, &message, elsewhere), Some(60_000), "the longest holds");
        assert!(asked.take_news().is_empty(), "told once");
        assert!(other.take_news().is_empty(), "what was heard is not told again");
        let accepted = Outcome::Accepted { upstream_id: None, segments: None, price: None };
        let mut stranger = message.clone();
        stranger.recipient = PhoneNumber::parse("13800000001").expect("a number");
        assert_eq!(millis(&other, account, &stranger, elsewhere), Some(1500));
        asked.note(account, [(&message, &accepted)].into_iter(), now);
        other.hear(&asked.take_news(), elsewhere);
        assert_eq!(millis(&other, account, &stranger, elsewhere), None, "an acceptance anywhere ends it");
        asked.note(account, [(&message, &accepted)].into_iter(), now);
        assert!(asked.take_news().is_empty(), "nothing new");
    }
}
