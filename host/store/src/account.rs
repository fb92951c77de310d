//! Remembers accounts (账号) at providers.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{Account, AccountId};

/// Accounts.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// All of them, oldest first.
    async fn accounts(&self) -> Result<Vec<Account>>;
    /// Adds one.
    async fn insert_account(&self, account: &Account) -> Result<()>;
    /// Changes one; false where it does not exist.
    async fn update_account(&self, account: &Account) -> Result<bool>;
    /// Removes one that no channel uses; false where it does not exist.
    async fn delete_account(&self, id: AccountId) -> Result<bool>;
}
