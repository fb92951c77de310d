//! Remembers what routing learnt and decided: standings by version, events, and what is known of each channel.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{ChannelId, MessageId, RoutingEventId, Timestamp};

/// A channel's standing from one version of the ranking on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredStanding {
    /// Which channel.
    pub channel_id: ChannelId,
    /// From which version on.
    pub version: u64,
    /// Since when.
    pub changed_at: Timestamp,
    /// JSON: state, share, place and rating for each class.
    pub standing: String,
}

/// A change of health, ranking or plugin, with its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingEvent {
    /// Its id.
    pub id: RoutingEventId,
    /// The ranking's version since it.
    pub version: u64,
    /// A channel's id, or a provider's for what concerns its plugin.
    pub subject: String,
    /// For which class; `None` for all.
    pub class: Option<String>,
    /// For numbers of which destination; `None` for all.
    pub destination: Option<String>,
    /// What.
    pub kind: String,
    /// Why, in one word.
    pub cause: String,
    /// Why, in a sentence with the figures.
    pub evidence: String,
    /// When.
    pub occurred_at: Timestamp,
}

/// What is known of one channel, to be taken up after a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRoutingState {
    /// Which channel.
    pub channel_id: ChannelId,
    /// JSON.
    pub state: String,
    /// When.
    pub saved_at: Timestamp,
}

/// What is written together.
#[derive(Clone, Debug, Default)]
pub struct RoutingRecord {
    /// Standings that changed.
    pub standings: Vec<StoredStanding>,
    /// What happened.
    pub events: Vec<RoutingEvent>,
    /// What is known, where it is time to keep that.
    pub states: Vec<StoredRoutingState>,
}

/// A text that a provider took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// Which.
    pub message_id: MessageId,
    /// Through which channel.
    pub channel_id: ChannelId,
    /// When.
    pub at: Timestamp,
}

/// What routing learnt and decided.
#[async_trait]
pub trait RoutingStore: Send + Sync {
    /// Writes all of it, or nothing.
    async fn record_routing(&self, record: &RoutingRecord) -> Result<()>;
    /// The highest version that any standing has; 0 where there is none.
    async fn last_ranking_version(&self) -> Result<u64>;
    /// The standings of these channels in a version of the ranking. A channel that was not known then has none.
    async fn standings_at(&self, version: u64, channels: &[ChannelId]) -> Result<Vec<StoredStanding>>;
    /// The standings of one channel, latest first, below a version.
    async fn standings_of(&self, channel: ChannelId, below: Option<u64>, limit: u32) -> Result<Vec<StoredStanding>>;
    /// What happened, latest first, before an event; of one channel or provider where it is named.
    async fn routing_events(
        &self,
        subject: Option<&str>,
        before: Option<RoutingEventId>,
        limit: u32,
    ) -> Result<Vec<RoutingEvent>>;
    /// Texts that providers took through these channels, of messages after one, in the order of their ids.
    async fn handed_over(&self, channels: &[ChannelId], after: MessageId, limit: u32) -> Result<Vec<HandedOver>>;
    /// What was known of each channel.
    async fn routing_states(&self) -> Result<Vec<StoredRoutingState>>;
}
