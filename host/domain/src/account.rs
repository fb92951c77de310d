//! [`Account`] (账号): our credentials and settings at one provider.

use crate::clock::Timestamp;
use crate::ids::AccountId;

/// 账号: our credentials and settings at a provider. It owns the callback address, the polls and the balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// For people; unique.
    pub name: String,
    /// The provider's key, as its plugin describes itself (`aliyun`).
    pub provider: String,
    /// Settings as a JSON object, without the secrets.
    pub config: String,
    /// The secrets as a JSON object, sealed with the master key.
    pub sealed_secrets: Vec<u8>,
    /// The unguessable part of its callback address.
    pub callback_token: String,
    /// Whether its channels may be used.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub updated_at: Timestamp,
}
