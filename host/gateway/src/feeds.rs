//! How polling goes, feed by feed, for people to see. The cursor is in the store; here is only what the last poll brought.

use jixinda_domain::{AccountId, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How the last poll of a feed went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeedState {
    /// For example `receipts`.
    pub feed: String,
    pub polled_at: Timestamp,
    /// What the last page held.
    pub receipts: usize,
    pub inbound: usize,
    /// Why the last poll failed, and how many have failed in a row.
    pub error: Option<String>,
    pub failures: u32,
}

/// The feeds that are polled now.
#[derive(Default)]
pub struct Feeds(Mutex<BTreeMap<(AccountId, String), FeedState>>);

impl Feeds {
    /// Notes how a poll went.
    pub fn note(&self, account: AccountId, state: FeedState) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((account, state.feed.clone()), state);
    }

    /// Nobody polls it any more.
    pub fn forget(&self, account: AccountId, feed: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(account, feed.to_owned()));
    }

    /// The feeds of one account.
    pub fn of(&self, account: AccountId) -> Vec<FeedState> {
        let feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.iter().filter(|((of, _), _)| *of == account).map(|(_, state)| state.clone()).collect()
    }
}
