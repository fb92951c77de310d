//! The accounts by key, each with the task that pushes for it.
//!
//! Read by every request, written only when a test registers something.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Result, anyhow};
use tokio::task::JoinHandle;

use super::{Account, AccountState};
use crate::wire::Provider;

/// All registered accounts.
#[derive(Default)]
pub(crate) struct Accounts {
    entries: RwLock<BTreeMap<String, Entry>>,
}

struct Entry {
    state: Arc<AccountState>,
    pusher: JoinHandle<()>,
}

impl Accounts {
    pub(crate) fn get(&self, key: &str) -> Option<Arc<AccountState>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).map(|entry| entry.state.clone())
    }

    /// Like `get`, for callers who must be told which key is wrong.
    pub(crate) fn find(&self, key: &str) -> Result<Arc<AccountState>> {
        self.get(key).ok_or_else(|| anyhow!("no account {key} is registered"))
    }

    /// For requests that name no key: the account of this provider that fits.
    pub(crate) fn find_of(&self, provider: Provider, fits: impl Fn(&Account) -> bool) -> Option<Arc<AccountState>> {
        let is_it = |account: &Account| account.provider == provider && fits(account);
        self.all().into_iter().find(|account| is_it(&account.settings()))
    }

    /// The account with this key, if it is at this provider.
    pub(crate) fn at(&self, provider: Provider, key: &str) -> Option<Arc<AccountState>> {
        self.get(key).filter(|account| account.settings().provider == provider)
    }

    pub(crate) fn all(&self) -> Vec<Arc<AccountState>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.values().map(|entry| entry.state.clone()).collect()
    }

    /// Adds an account, or gives a known one new settings: its tally, faults and waiting pushes stay, because a callback
    /// URL is often known only after the account is in use.
    pub(crate) fn put(&self, account: Account, start_pusher: impl FnOnce(Arc<AccountState>) -> JoinHandle<()>) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(&account.key) {
            return entry.state.set_settings(account);
        }
        let key = account.key.clone();
        let state = Arc::new(AccountState::new(account));
        let pusher = start_pusher(state.clone());
        entries.insert(key, Entry { state, pusher });
    }

    /// Ends every account's pushes.
    pub(crate) fn stop(&self) {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.values().for_each(|entry| entry.pusher.abort());
    }
}
