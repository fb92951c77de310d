//! Counting what happened to one account's requests and pushes.
//!
//! Counts by number are in `memory`; here only totals.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::{Deserialize, Serialize};

/// Running totals; every field means the same as in [`AccountSummary`].
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) requests: Count,
    pub(crate) lookups: Count,
    pub(crate) polls: Count,
    pub(crate) texts: Count,
    pub(crate) refused: Count,
    pub(crate) unanswered: Count,
    pub(crate) receipts_waiting: Count,
    pub(crate) receipts_pushed: Count,
    pub(crate) receipts_given_up: Count,
    pub(crate) receipts_polled: Count,
    pub(crate) inbound_pushed: Count,
    pub(crate) inbound_polled: Count,
    pub(crate) pushes: Count,
    pub(crate) pushes_failed: Count,
}

/// Totals of one account, or of all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct AccountSummary {
    /// Requests that arrived, whatever became of them.
    pub requests: u64,
    /// Of these, questions about sent texts.
    pub lookups: u64,
    /// Of these, questions for what is new, or for the balance.
    pub polls: u64,
    /// Texts taken for delivery.
    pub texts: u64,
    /// Requests answered with an error.
    pub refused: u64,
    /// Requests that were reset, hung up, or left by the client before an answer.
    pub unanswered: u64,
    /// Receipts that the callback has not acknowledged, or nobody has polled, yet.
    pub receipts_waiting: u64,
    /// Receipts that the callback acknowledged.
    pub receipts_pushed: u64,
    /// Receipts dropped after the last try.
    pub receipts_given_up: u64,
    /// Receipts that were polled.
    pub receipts_polled: u64,
    /// Inbound texts that the callback acknowledged.
    pub inbound_pushed: u64,
    /// Inbound texts that were polled.
    pub inbound_polled: u64,
    /// Calls to the callback.
    pub pushes: u64,
    /// Of these, calls that failed and were tried again or given up.
    pub pushes_failed: u64,
}

impl Tally {
    pub(crate) fn summary(&self) -> AccountSummary {
        AccountSummary {
            requests: self.requests.get(),
            lookups: self.lookups.get(),
            polls: self.polls.get(),
            texts: self.texts.get(),
            refused: self.refused.get(),
            unanswered: self.unanswered.get(),
            receipts_waiting: self.receipts_waiting.get(),
            receipts_pushed: self.receipts_pushed.get(),
            receipts_given_up: self.receipts_given_up.get(),
            receipts_polled: self.receipts_polled.get(),
            inbound_pushed: self.inbound_pushed.get(),
            inbound_polled: self.inbound_polled.get(),
            pushes: self.pushes.get(),
            pushes_failed: self.pushes_failed.get(),
        }
    }

    pub(crate) fn clear(&self) {
        let Self { requests, lookups, polls, texts, refused, unanswered, pushes, pushes_failed, .. } = self;
        let Self { receipts_waiting, receipts_pushed, receipts_given_up, receipts_polled, .. } = self;
        let Self { inbound_pushed, inbound_polled, .. } = self;
        let requests = [requests, lookups, polls, texts, refused, unanswered, pushes, pushes_failed];
        let receipts = [receipts_waiting, receipts_pushed, receipts_given_up, receipts_polled];
        requests.into_iter().chain(receipts).chain([inbound_pushed, inbound_polled]).for_each(Count::clear);
    }
}

impl AccountSummary {
    pub(crate) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.lookups += other.lookups;
        self.polls += other.polls;
        self.texts += other.texts;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.receipts_waiting += other.receipts_waiting;
        self.receipts_pushed += other.receipts_pushed;
        self.receipts_given_up += other.receipts_given_up;
        self.receipts_polled += other.receipts_polled;
        self.inbound_pushed += other.inbound_pushed;
        self.inbound_polled += other.inbound_polled;
        self.pushes += other.pushes;
        self.pushes_failed += other.pushes_failed;
    }
}

/// A counter that never falls below zero, so that a reset while pushes are in flight does no harm.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    pub(crate) fn one(&self) {
        self.add(1);
    }

    pub(crate) fn take(&self, n: u64) {
        let _ = self.0.fetch_update(Relaxed, Relaxed, |value| Some(value.saturating_sub(n)));
    }

    pub(crate) fn clear(&self) {
        self.0.store(0, Relaxed);
    }
}
