//! [`Ledger`]: the applications' own books. What they were promised is held against the gateway's and the provider's memory.

use super::request::{Reply, Request};
use jixinda_domain::MessageClass;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What an application knows of one text.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) number: String,
    pub(super) class: MessageClass,
    pub(super) promise: Promise,
}

/// What the gateway said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// 202, with its id.
    Acknowledged(String),
    /// Nothing: it may be stored or not.
    None,
    /// A problem: nothing was stored.
    Refused,
}

/// All that applications sent and heard, and when.
#[derive(Default)]
pub(super) struct Ledger {
    entries: Mutex<Vec<Entry>>,
    /// Begin and end of requests that were answered with 202, for those who ask what was accepted meanwhile.
    accepted_at: Mutex<Vec<(Instant, Instant)>>,
    strange: Mutex<Vec<String>>,
    accepted: AtomicU64,
    refusals: AtomicU64,
}

impl Ledger {
    /// Notes the last word on a request; a 503 on the way to it is noted by [`refused`](Self::refused).
    pub(super) fn note(&self, request: &Request, reply: &Reply, begun: Instant) {
        let promise = |index: usize| match reply {
            Reply::Accepted(ids) => Promise::Acknowledged(ids[index].clone()),
            Reply::Refused | Reply::Late => Promise::Refused,
            Reply::Unanswered | Reply::Strange(_) => Promise::None,
        };
        let entries = request.numbers.iter().enumerate().map(|(index, number)| Entry {
            number: number.clone(),
            class: request.class,
            promise: promise(index),
        });
        lock(&self.entries).extend(entries);
        match reply {
            Reply::Accepted(ids) => {
                lock(&self.accepted_at).push((begun, Instant::now()));
                self.accepted.fetch_add(ids.len() as u64, Ordering::Relaxed);
            }
            Reply::Strange(answer) => lock(&self.strange).push(answer.clone()),
            Reply::Refused | Reply::Late | Reply::Unanswered => {}
        }
    }

    /// Notes a 503.
    pub(super) fn refused(&self) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
    }

    /// Texts accepted so far.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Requests answered with 503 so far.
    pub(super) fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Requests that were both begun and accepted between two moments.
    pub(super) fn accepted_between(&self, from: Instant, until: Instant) -> usize {
        lock(&self.accepted_at).iter().filter(|(begun, ended)| *begun > from && *ended < until).count()
    }

    /// Whether a request that began after this moment has been accepted.
    pub(super) fn accepts_since(&self, moment: Instant) -> bool {
        lock(&self.accepted_at).iter().rev().any(|(begun, _)| *begun > moment)
    }

    /// Every text, in the order of the answers.
    pub(super) fn entries(&self) -> Vec<Entry> {
        lock(&self.entries).clone()
    }

    /// Answers that nobody may get.
    pub(super) fn strange(&self) -> Vec<String> {
        lock(&self.strange).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
