//! Remembers channels (通道) and what they may carry.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{Channel, ChannelId, SignNameBinding, SignNameId, TemplateBinding, TemplateId};

/// Channels and their bindings.
#[async_trait]
pub trait ChannelStore: Send + Sync {
    /// All of them, in the operator's order.
    async fn channels(&self) -> Result<Vec<Channel>>;
    /// Adds one.
    async fn insert_channel(&self, channel: &Channel) -> Result<()>;
    /// Changes one; false where it does not exist.
    async fn update_channel(&self, channel: &Channel) -> Result<bool>;
    /// Removes one with its bindings; false where it does not exist.
    async fn delete_channel(&self, id: ChannelId) -> Result<bool>;
    /// All template bindings of all channels.
    async fn template_bindings(&self) -> Result<Vec<TemplateBinding>>;
    /// Adds or replaces a binding.
    async fn put_template_binding(&self, binding: &TemplateBinding) -> Result<()>;
    /// Removes a binding; false where it does not exist.
    async fn delete_template_binding(&self, channel: ChannelId, template: TemplateId) -> Result<bool>;
    /// All sign-name bindings of all channels.
    async fn sign_name_bindings(&self) -> Result<Vec<SignNameBinding>>;
    /// Adds or replaces a binding.
    async fn put_sign_name_binding(&self, binding: &SignNameBinding) -> Result<()>;
    /// Removes a binding; false where it does not exist.
    async fn delete_sign_name_binding(&self, channel: ChannelId, sign_name: SignNameId) -> Result<bool>;
}
