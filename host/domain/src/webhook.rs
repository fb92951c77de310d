//! Webhooks: where an application wants to be told of its messages ([`WebhookEndpoint`]), and each event on its way there
//! ([`WebhookDelivery`]). How a payload looks, and when it is tried again, is the gateway's to say.

use crate::attempt::Cause;
use crate::clock::Timestamp;
use crate::ids::{ApplicationId, InboundId, MessageId, WebhookEndpointId};
use crate::status::MessageStatus;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Webhook 地址: an address of an application that events are posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// Whose it is.
    pub application_id: ApplicationId,
    /// Where to.
    pub url: String,
    /// What it is told.
    pub events: Vec<EventKind>,
    /// Which statuses it is told of; empty for all of [`TOLD_STATUSES`].
    pub statuses: Vec<MessageStatus>,
    /// Whether events are recorded and delivered.
    pub active: bool,
    /// Why the gateway switched it off, where it did.
    pub off_reason: Option<String>,
    /// What events are signed with, sealed with the master key.
    pub sealed_key: Vec<u8>,
    /// The key before that one, while both sign.
    pub previous_key: Option<PreviousKey>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A signing key that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousKey {
    /// The key, sealed.
    pub sealed: Vec<u8>,
    /// Until when it signs too.
    pub valid_until: Timestamp,
}

/// The statuses that an application is told of. `scheduled`, `queued` and `sending` are the gateway's own affair.
pub const TOLD_STATUSES: [MessageStatus; 8] = [
    MessageStatus::Sent,
    MessageStatus::Uncertain,
    MessageStatus::Delivered,
    MessageStatus::Undelivered,
    MessageStatus::Expired,
    MessageStatus::Rejected,
    MessageStatus::Parked,
    MessageStatus::Cancelled,
];

/// The text names nothing of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word {found:?}: expected {expected}")]
pub struct UnknownWord {
    /// What was found.
    pub found: String,
    /// What it could have been.
    pub expected: &'static str,
}

/// What an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// A message has a new status.
    #[serde(rename = "message.updated")]
    MessageUpdated,
    /// A person wrote (上行).
    #[serde(rename = "message.inbound")]
    MessageInbound,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::MessageUpdated, Self::MessageInbound];

    /// Its word in the API, the store and the payload.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MessageUpdated => "message.updated",
            Self::MessageInbound => "message.inbound",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let unknown = || UnknownWord { found: text.to_owned(), expected: "message.updated or message.inbound" };
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(unknown)
    }
}

/// One event on its way to one endpoint. Endpoint and event id together name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// The same on every try, and for every endpoint that is told of it.
    pub event_id: String,
    /// To whom.
    pub endpoint_id: WebhookEndpointId,
    /// What happened.
    pub subject: EventSubject,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Where the delivery stands.
    pub state: DeliveryState,
    /// Tries that were made.
    pub tries: u32,
    /// Tries that failed since it began, or since it was replayed: the place in the retry schedule.
    pub step: u32,
    /// When it is tried next.
    pub due_at: Timestamp,
}

/// What happened, as it was at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventSubject {
    /// A message moved.
    Message {
        /// Which.
        id: MessageId,
        /// Where to.
        status: MessageStatus,
        /// Why.
        cause: Option<Cause>,
    },
    /// A text from a person.
    Inbound {
        /// Which.
        id: InboundId,
    },
}

impl EventSubject {
    /// The kind of its event.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Message { .. } => EventKind::MessageUpdated,
            Self::Inbound { .. } => EventKind::MessageInbound,
        }
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is tried when it is due.
    Waiting,
    /// The endpoint took it.
    Delivered,
    /// Every try failed: it waits for a replay.
    Parked,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Parked];

    /// Its word in the API and the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Parked => "parked",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let unknown = || UnknownWord { found: text.to_owned(), expected: "waiting, delivered or parked" };
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(unknown)
    }
}

/// One try to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookTry {
    /// From 1.
    pub no: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub duration_ms: u32,
    /// What the endpoint answered, where it did.
    pub http_status: Option<u16>,
    /// What went wrong, in words; `None` where the endpoint took it or the status says it all.
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for kind in EventKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).expect("a word"), kind.as_str());
        }
        for state in DeliveryState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("message.deleted".parse::<EventKind>().is_err() && "lost".parse::<DeliveryState>().is_err());
    }

    /// Claims and transitions make a new epoch, receipts do not: the ids of events rest on this.
    #[test]
    fn receipts_never_lead_back_to_a_status() {
        use crate::receipt::ReceiptStatus as R;
        let receipts = [R::Enroute, R::Delivered, R::Undelivered, R::Expired, R::Rejected, R::Unknown];
        let next = |from: MessageStatus| {
            receipts
                .into_iter()
                .flat_map(move |receipt| [true, false].map(|earlier| from.after_receipt(receipt, earlier)))
        };
        for start in MessageStatus::ALL {
            let mut reached: Vec<MessageStatus> = next(start).flatten().collect();
            for _ in MessageStatus::ALL {
                reached.extend(reached.clone().into_iter().flat_map(next).flatten());
                reached.sort_by_key(|status| status.as_str());
                reached.dedup();
            }
            assert!(!reached.contains(&start), "{start} comes after {start}");
        }
    }

    #[test]
    fn an_application_is_told_of_all_but_the_gateways_own_steps() {
        let untold: Vec<MessageStatus> =
            MessageStatus::ALL.into_iter().filter(|status| !TOLD_STATUSES.contains(status)).collect();
        assert_eq!(untold, [MessageStatus::Scheduled, MessageStatus::Queued, MessageStatus::Sending]);
    }
}
