//! [`Channel`] (通道): a way to send, and the bindings that say what it may carry.

use crate::attempt::Cause;
use crate::clock::Timestamp;
use crate::ids::{AccountId, ChannelId, SignNameId, TemplateId};
use serde::{Deserialize, Serialize};

/// 通道: an account plus limits, order, destinations and bindings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// For people; unique.
    pub name: String,
    /// The credentials that it sends with.
    pub account_id: AccountId,
    /// Whether a person switched it on.
    pub enabled: bool,
    /// The operator's order; lower goes first.
    pub position: i32,
    /// Calls in flight at most.
    pub max_concurrency: u32,
    /// Messages a second at most; `None` for as fast as the provider takes them.
    pub rate_per_second: Option<u32>,
    /// Country calling codes that it reaches; empty for all.
    pub countries: Vec<u16>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Channel {
    /// Whether it reaches numbers with this country calling code.
    pub fn reaches(&self, country_code: u16) -> bool {
        self.countries.is_empty() || self.countries.contains(&country_code)
    }
}

/// A channel's approved copy of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateBinding {
    /// Which channel.
    pub channel_id: ChannelId,
    /// Which template of ours.
    pub template_id: TemplateId,
    /// The provider's own code for it, where it has one.
    pub provider_code: Option<String>,
    /// The names and order of the parameters in the provider's copy; empty where they are the template's own.
    pub params: Vec<BoundParam>,
    /// Why the provider refused it, where it did.
    pub refusal: Option<Cause>,
}

/// One parameter in a provider's copy of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundParam {
    /// The template's own name for it.
    pub from: String,
    /// The provider's name for it.
    pub to: String,
}

/// A channel's registration of a sign name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignNameBinding {
    /// Which channel.
    pub channel_id: ChannelId,
    /// Which sign name.
    pub sign_name_id: SignNameId,
    /// The provider's own code for it, where it has one.
    pub provider_code: Option<String>,
    /// Why the provider refused it, where it did.
    pub refusal: Option<Cause>,
}
