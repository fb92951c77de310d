//! [`Event`]: what changed about a channel, why, and the figures it was decided by.

use jixinda_domain::{ChannelId, MessageClass, Timestamp};
use serde::{Deserialize, Serialize};

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// It is new beside channels that are known, and begins with a few texts.
    Introduced,
    /// No text goes to it for a while.
    Suspended,
    /// It gets a few texts, to see whether it is well.
    Probing,
    /// The next step of probing.
    Advanced,
    /// It has its full share.
    Active,
    /// Load leaves it step by step: another one is clearly better, or it is slow or lying.
    Demoted,
    /// It drifts back to its share.
    Restored,
    /// It goes before another in the order of quality.
    Reordered,
}

impl EventKind {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Introduced => "introduced",
            Self::Suspended => "suspended",
            Self::Probing => "probing",
            Self::Advanced => "advanced",
            Self::Active => "active",
            Self::Demoted => "demoted",
            Self::Restored => "restored",
            Self::Reordered => "reordered",
        }
    }
}

/// A change of health or ranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The ranking's version since it.
    pub version: u64,
    /// Which channel.
    pub channel_id: ChannelId,
    /// For which class; `None` for all.
    pub class: Option<MessageClass>,
    /// For numbers of which destination; `None` for all.
    pub destination: Option<String>,
    /// What.
    pub kind: EventKind,
    /// Why, in one word.
    pub cause: String,
    /// Why, in a sentence with the figures.
    pub evidence: String,
}
