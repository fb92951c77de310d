//! Remembers applications (应用) and their keys.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{AccessKey, AccessKeyId, Application, ApplicationId};

/// Applications and their keys.
#[async_trait]
pub trait ApplicationStore: Send + Sync {
    /// All of them, oldest first.
    async fn applications(&self) -> Result<Vec<Application>>;
    /// Adds one.
    async fn insert_application(&self, application: &Application) -> Result<()>;
    /// Changes one; false where it does not exist.
    async fn update_application(&self, application: &Application) -> Result<bool>;
    /// All keys of all applications, oldest first.
    async fn access_keys(&self) -> Result<Vec<AccessKey>>;
    /// Adds a key.
    async fn insert_access_key(&self, key: &AccessKey) -> Result<()>;
    /// Switches a key on or off; false where the application has no such key.
    async fn set_access_key_active(&self, application: ApplicationId, key: AccessKeyId, active: bool) -> Result<bool>;
}
