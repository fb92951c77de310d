//! Remembers channels (通道) and what they may carry.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{Cause, Channel, ChannelId, SignNameBinding, SignNameId, TemplateBinding, TemplateId};

/// A provider's word that it will not take a template of ours through a channel.
#[derive(Clone, Debug)]
pub struct TemplateBindingRefusal {
    /// Which channel.
    pub channel_id: ChannelId,
    /// Which template.
    pub template_id: TemplateId,
    /// Its words.
    pub cause: Cause,
}

/// A provider's word that it will not take a sign name of ours through a channel.
#[derive(Clone, Debug)]
pub struct SignNameBindingRefusal {
    /// Which channel.
    pub channel_id: ChannelId,
    /// Which sign name.
    pub sign_name_id: SignNameId,
    /// Its words.
    pub cause: Cause,
}

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
    /// Remembers a refusal on a binding; saving the binding again clears it.
    async fn refuse_template_binding(&self, refusal: &TemplateBindingRefusal) -> Result<()>;
    /// Remembers a refusal on a binding; saving the binding again clears it.
    async fn refuse_sign_name_binding(&self, refusal: &SignNameBindingRefusal) -> Result<()>;
    /// All sign-name bindings of all channels.
    async fn sign_name_bindings(&self) -> Result<Vec<SignNameBinding>>;
    /// Adds or replaces a binding.
    async fn put_sign_name_binding(&self, binding: &SignNameBinding) -> Result<()>;
    /// Removes a binding; false where it does not exist.
    async fn delete_sign_name_binding(&self, channel: ChannelId, sign_name: SignNameId) -> Result<bool>;
}
