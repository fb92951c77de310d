//! Remembers who may call the admin API: token hashes, never tokens.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{AdminTokenId, Timestamp};

/// A token of the admin API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminToken {
    /// Its id.
    pub id: AdminTokenId,
    /// For people.
    pub name: String,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Admin tokens.
#[async_trait]
pub trait AdminTokenStore: Send + Sync {
    /// All of them, oldest first.
    async fn admin_tokens(&self) -> Result<Vec<AdminToken>>;
    /// Adds one.
    async fn insert_admin_token(&self, token: &AdminToken) -> Result<()>;
    /// Removes one; false where it does not exist.
    async fn delete_admin_token(&self, id: AdminTokenId) -> Result<bool>;
}
