//! [`Channel`] (通道): a way to send, and the bindings that say what it may carry.

use crate::attempt::{Amount, Cause};
use crate::carrier::Carrier;
use crate::clock::Timestamp;
use crate::destination::Destination;
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
    /// The operator's share of it within one level, beside channels of the same position; 1 to [`Channel::MAX_WEIGHT`].
    pub weight: u32,
    /// What a segment costs, where the operator says so; checked by [`Amount::check_price`].
    pub price: Option<Amount>,
    /// Country calling codes that it reaches; empty for all.
    pub countries: Vec<u16>,
    /// Carriers of mainland China that it reaches; empty for all.
    pub carriers: Vec<Carrier>,
    /// The operator's own limits: a JSON object in the grammar of a provider's `limits.rules`. Both hold, so it can only tighten.
    pub rules: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Channel {
    /// The weight where the operator says nothing.
    pub const DEFAULT_WEIGHT: u32 = 100;
    /// The largest weight.
    pub const MAX_WEIGHT: u32 = 1000;

    /// Whether it reaches numbers with this country calling code.
    pub fn reaches(&self, country_code: u16) -> bool {
        self.countries.is_empty() || self.countries.contains(&country_code)
    }

    /// Whether it reaches numbers there: the country, and within mainland China the carrier.
    pub fn reaches_destination(&self, destination: Destination) -> bool {
        self.reaches(destination.country_code) && destination.is_among(&self.carriers)
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
    /// Carriers of mainland China that it is registered with; empty for all.
    pub carriers: Vec<Carrier>,
    /// Why the provider refused it, where it did.
    pub refusal: Option<Cause>,
}

impl SignNameBinding {
    /// Whether texts under it reach numbers there.
    pub fn reaches_destination(&self, destination: Destination) -> bool {
        destination.is_among(&self.carriers)
    }
}
