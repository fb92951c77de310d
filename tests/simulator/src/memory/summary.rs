//! The short answer to "what arrived?".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::AccountSummary;

/// Totals since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Summary {
    /// All accounts together, and requests that belong to none.
    #[serde(flatten)]
    pub total: AccountSummary,
    /// Different numbers that were taken.
    pub numbers: u64,
    /// Numbers that were taken more than once.
    pub doubled: u64,
    /// The totals of each account by key.
    pub accounts: BTreeMap<String, AccountSummary>,
}

impl std::ops::Deref for Summary {
    type Target = AccountSummary;

    /// Lets a test write `summary.texts`.
    fn deref(&self) -> &AccountSummary {
        &self.total
    }
}

/// How often a number was taken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct NumberCount {
    /// Digits only, without the mainland prefix.
    pub number: String,
    /// Times.
    pub taken: u32,
}
