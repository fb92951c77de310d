//! Remembers templates (模板).

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{Template, TemplateId};

/// Templates.
#[async_trait]
pub trait TemplateStore: Send + Sync {
    /// All of them, oldest first.
    async fn templates(&self) -> Result<Vec<Template>>;
    /// Adds one.
    async fn insert_template(&self, template: &Template) -> Result<()>;
    /// Changes one; false where it does not exist.
    async fn update_template(&self, template: &Template) -> Result<bool>;
    /// Removes one that no channel is bound to; false where it does not exist.
    async fn delete_template(&self, id: TemplateId) -> Result<bool>;
}
