//! Remembers sign names (短信签名).

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{SignName, SignNameId};

/// Sign names.
#[async_trait]
pub trait SignNameStore: Send + Sync {
    /// All of them, oldest first.
    async fn sign_names(&self) -> Result<Vec<SignName>>;
    /// Adds one.
    async fn insert_sign_name(&self, sign_name: &SignName) -> Result<()>;
    /// Removes one that no channel is bound to; false where it does not exist.
    async fn delete_sign_name(&self, id: SignNameId) -> Result<bool>;
}
