//! One account at work: settings and faults that may be replaced at any time, its tally, its outbox and its mailbox.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Account, Tally};
use crate::faults::{ActiveFaults, Faults};
use crate::mailbox::Mailbox;
use crate::push::Outbox;

/// The live side of an [`Account`].
pub(crate) struct AccountState {
    /// The account's key; it outlives every change of settings.
    pub(crate) key: Arc<str>,
    pub(crate) tally: Tally,
    pub(crate) outbox: Outbox,
    pub(crate) mailbox: Mailbox,
    settings: RwLock<Arc<Account>>,
    faults: RwLock<Arc<ActiveFaults>>,
}

impl AccountState {
    pub(crate) fn new(account: Account) -> Self {
        Self {
            key: account.key.as_str().into(),
            tally: Tally::default(),
            outbox: Outbox::default(),
            mailbox: Mailbox::default(),
            settings: RwLock::new(Arc::new(account)),
            faults: RwLock::default(),
        }
    }

    pub(crate) fn settings(&self) -> Arc<Account> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_settings(&self, account: Account) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(account);
    }

    pub(crate) fn faults(&self) -> Arc<ActiveFaults> {
        self.faults.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ActiveFaults::new(faults));
    }
}
