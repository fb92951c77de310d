//! [`DeliveryReceipt`] (回执): what a provider tells of a message after it was accepted.

use crate::attempt::{Amount, Cause};
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// 回执: what happened to a message after a provider took it. At least one of the ids says which message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReceipt {
    /// The provider's id.
    pub upstream_id: Option<String>,
    /// Our message id, where the provider carries it back.
    pub message_id: Option<String>,
    /// Our digits-only message id.
    pub serial: Option<String>,
    /// Our id of the provider call.
    pub batch_id: Option<String>,
    /// Our digits-only id of the provider call.
    pub batch_serial: Option<String>,
    /// The number, E.164.
    pub recipient: Option<String>,
    /// Which piece of a long text it speaks of.
    pub part: Option<Part>,
    /// What happened.
    pub status: ReceiptStatus,
    /// The provider's own words.
    pub cause: Option<Cause>,
    /// When, as the provider says.
    pub at: Option<Timestamp>,
    /// Billed parts, as the provider says.
    pub segments: Option<u32>,
    /// What it cost, as the provider says.
    pub price: Option<Amount>,
}

/// One piece of a long text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From 1.
    pub number: u32,
    /// How many there are.
    pub total: u32,
}

/// What happened to a message after it was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptStatus {
    /// On its way.
    Enroute,
    /// On the person's phone.
    Delivered,
    /// Given up.
    Undelivered,
    /// Its validity ran out.
    Expired,
    /// Refused after it had been taken.
    Rejected,
    /// A word that the plugin does not know.
    Unknown,
}

impl ReceiptStatus {
    /// Its word in the API and the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enroute => "enroute",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}
