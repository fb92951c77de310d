//! [`RoutingPolicy`] (路由策略): what an operator says about the channels of some messages, and how several such words are laid over each
//! other.

use crate::channel::Channel;
use crate::clock::Timestamp;
use crate::ids::{ApplicationId, ChannelId, RoutingPolicyId, TemplateId};
use crate::message::MessageClass;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// 选路方式: what decides between channels that could all carry a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// 优先级: the operator's order.
    #[default]
    Priority,
    /// 权重: shares by weight.
    Weighted,
    /// 最低价: what costs least.
    Cheapest,
    /// 质量: what is rated best.
    Quality,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Priority, Self::Weighted, Self::Cheapest, Self::Quality];

    /// Its word in the API and the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::Weighted => "weighted",
            Self::Cheapest => "cheapest",
            Self::Quality => "quality",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no strategy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown strategy {0:?}: expected priority, weighted, cheapest or quality")]
pub struct UnknownStrategy(pub String);

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(text: &str) -> Result<Self, UnknownStrategy> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownStrategy(text.to_owned()))
    }
}

/// 路由策略: what an operator says about the channels of the messages in its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingPolicy {
    /// Its id.
    pub id: RoutingPolicyId,
    /// Only messages of this application.
    pub application_id: Option<ApplicationId>,
    /// Only messages of this template.
    pub template_id: Option<TemplateId>,
    /// Only messages of this class.
    pub class: Option<MessageClass>,
    /// What decides between channels; `None` leaves it to more general policies.
    pub strategy: Option<Strategy>,
    /// Only these may carry it, in this order; empty leaves it to more general policies.
    pub pinned: Vec<ChannelId>,
    /// These may not carry it.
    pub excluded: Vec<ChannelId>,
    /// Weights in place of the channels' own; 1 to [`Channel::MAX_WEIGHT`].
    pub weights: BTreeMap<ChannelId, u32>,
    /// For people.
    pub note: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A policy that contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRoutingPolicy {
    /// The order of pinned channels would be none.
    #[error("pinned: a channel is named twice")]
    PinnedTwice(ChannelId),
    /// It says both.
    #[error("a channel is both pinned and excluded")]
    PinnedAndExcluded(ChannelId),
    /// Nothing is excluded by a weight.
    #[error("weights: 1 to {}; to keep a channel out, exclude it", Channel::MAX_WEIGHT)]
    Weight(ChannelId),
}

impl InvalidRoutingPolicy {
    /// The channel that it is about.
    pub const fn channel_id(self) -> ChannelId {
        match self {
            Self::PinnedTwice(id) | Self::PinnedAndExcluded(id) | Self::Weight(id) => id,
        }
    }
}

impl RoutingPolicy {
    /// Which messages it is about. No two policies have the same.
    pub const fn scope(&self) -> PolicyScope {
        PolicyScope { application_id: self.application_id, template_id: self.template_id, class: self.class }
    }

    /// Whether it says anything about this channel.
    pub fn names(&self, channel: ChannelId) -> bool {
        self.pinned.contains(&channel) || self.excluded.contains(&channel) || self.weights.contains_key(&channel)
    }

    /// Whether it agrees with itself.
    ///
    /// # Errors
    /// Where it does not.
    pub fn check(&self) -> Result<(), InvalidRoutingPolicy> {
        let mut seen = BTreeSet::new();
        for channel in &self.pinned {
            if !seen.insert(channel) {
                return Err(InvalidRoutingPolicy::PinnedTwice(*channel));
            }
            if self.excluded.contains(channel) {
                return Err(InvalidRoutingPolicy::PinnedAndExcluded(*channel));
            }
        }
        match self.weights.iter().find(|(_, weight)| !(1..=Channel::MAX_WEIGHT).contains(*weight)) {
            Some((channel, _)) => Err(InvalidRoutingPolicy::Weight(*channel)),
            None => Ok(()),
        }
    }
}

/// Which messages a policy is about: what is `None` does not matter. Its text, `app_…/*/otp`, is the same for the same scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PolicyScope {
    /// Whose.
    pub application_id: Option<ApplicationId>,
    /// Of which template.
    pub template_id: Option<TemplateId>,
    /// Of which class.
    pub class: Option<MessageClass>,
}

impl PolicyScope {
    /// The scopes that such a message is in, from the general to the special.
    pub fn covering(
        application_id: Option<ApplicationId>,
        template_id: Option<TemplateId>,
        class: Option<MessageClass>,
    ) -> [Self; 8] {
        std::array::from_fn(|rank| Self {
            application_id: application_id.filter(|_| rank & 2 != 0),
            template_id: template_id.filter(|_| rank & 4 != 0),
            class: class.filter(|_| rank & 1 != 0),
        })
    }

    /// How special it is: none < class < application < template < application and template; at equal rank the one with a class.
    const fn rank(self) -> u8 {
        let (application, template) = (self.application_id.is_some() as u8, self.template_id.is_some() as u8);
        template * 4 + application * 2 + self.class.is_some() as u8
    }
}

impl fmt::Display for PolicyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_part(f, self.application_id)?;
        f.write_str("/")?;
        write_part(f, self.template_id)?;
        f.write_str("/")?;
        write_part(f, self.class)
    }
}

fn write_part(f: &mut fmt::Formatter<'_>, part: Option<impl fmt::Display>) -> fmt::Result {
    match part {
        Some(part) => part.fmt(f),
        None => f.write_str("*"),
    }
}

/// 生效策略: what all policies that are about a message say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectivePolicy {
    /// Where it comes from, the most general first.
    pub policies: Vec<RoutingPolicyId>,
    /// Of the most special policy that has one.
    pub strategy: Option<Strategy>,
    /// Of the most special policy that has some: only these, in this order.
    pub pinned: Vec<ChannelId>,
    /// Of all policies.
    pub excluded: BTreeSet<ChannelId>,
    /// By channel, of the most special policy that has one for it.
    pub weights: BTreeMap<ChannelId, u32>,
}

impl EffectivePolicy {
    /// Lays policies over each other. Those that are about the same message have different scopes, so their order is no matter.
    pub fn resolve<'a>(applicable: impl Iterator<Item = &'a RoutingPolicy>) -> Self {
        let mut policies: Vec<&RoutingPolicy> = applicable.collect();
        policies.sort_by_key(|policy| policy.scope().rank());
        policies.into_iter().fold(Self::default(), Self::overlaid)
    }

    /// Whether the channel may carry the message. What any policy excludes is out, also where another pins it.
    pub fn allows(&self, channel: ChannelId) -> bool {
        !self.excluded.contains(&channel) && (self.pinned.is_empty() || self.pinned.contains(&channel))
    }

    fn overlaid(mut self, special: &RoutingPolicy) -> Self {
        self.policies.push(special.id);
        self.strategy = special.strategy.or(self.strategy);
        if !special.pinned.is_empty() {
            self.pinned.clone_from(&special.pinned);
        }
        self.excluded.extend(&special.excluded);
        self.weights.extend(&special.weights);
        self
    }
}

#[cfg(test)]
mod tests;
