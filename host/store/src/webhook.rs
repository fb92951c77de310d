//! Remembers webhook endpoints (webhook 地址), the events on their way to them, and every try.

use crate::{Result, StoredInbound};
use async_trait::async_trait;
use jixinda_domain::{
    ApplicationId, DeliveryState, Message, MessageId, Timestamp, WebhookDelivery, WebhookEndpoint, WebhookEndpointId,
    WebhookTry,
};
use std::fmt;
use std::str::FromStr;

/// A delivery that is due, with what its payload is rendered from.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// The delivery.
    pub delivery: WebhookDelivery,
    /// The message it tells of, where it tells of one that is still kept.
    pub message: Option<Message>,
    /// The text from a person, likewise.
    pub inbound: Option<StoredInbound>,
}

/// What one try leads to.
#[derive(Clone, Debug)]
pub struct WebhookOutcome {
    /// To whom.
    pub endpoint_id: WebhookEndpointId,
    /// Which event.
    pub event_id: String,
    /// The try itself.
    pub attempt: WebhookTry,
    /// Where the delivery stands now.
    pub state: DeliveryState,
    /// Its place in the retry schedule.
    pub step: u32,
    /// When it is tried next.
    pub due_at: Timestamp,
}

/// Which deliveries a list shows. Everything given must hold.
#[derive(Clone, Debug, Default)]
pub struct WebhookFilter {
    /// Of one application's endpoints.
    pub application_id: Option<ApplicationId>,
    /// Of one endpoint.
    pub endpoint_id: Option<WebhookEndpointId>,
    /// Where they stand.
    pub state: Option<DeliveryState>,
    /// That tell of this message.
    pub message_id: Option<MessageId>,
    /// Older than this one.
    pub before: Option<DeliveryCursor>,
}

/// A place in the list of deliveries, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryCursor {
    occurred_at: Timestamp,
    event_id: String,
    endpoint_id: WebhookEndpointId,
}

/// The text is not a cursor that a list gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the next_cursor of an earlier answer")]
pub struct InvalidCursor;

impl DeliveryCursor {
    /// The place of a delivery.
    pub fn of(delivery: &WebhookDelivery) -> Self {
        Self {
            occurred_at: delivery.occurred_at,
            event_id: delivery.event_id.clone(),
            endpoint_id: delivery.endpoint_id,
        }
    }

    /// What the list is sorted by, as the store keeps it.
    pub(crate) fn parts(&self) -> (i64, &str, String) {
        (self.occurred_at.as_millis(), &self.event_id, self.endpoint_id.to_string())
    }
}

impl fmt::Display for DeliveryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.occurred_at.as_millis(), self.event_id, self.endpoint_id)
    }
}

impl FromStr for DeliveryCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidCursor> {
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().ok_or(InvalidCursor);
        let (millis, event_id, endpoint) = (next()?, next()?, next()?);
        Ok(Self {
            occurred_at: Timestamp::from_millis(millis.parse().map_err(|_| InvalidCursor)?),
            event_id: event_id.to_owned(),
            endpoint_id: endpoint.parse().map_err(|_| InvalidCursor)?,
        })
    }
}

/// Which deliveries of an endpoint are to wait again. Everything given must hold.
#[derive(Clone, Debug)]
pub struct WebhookReplay {
    /// Whose.
    pub endpoint_id: WebhookEndpointId,
    /// This event only.
    pub event_id: Option<String>,
    /// Those that stand so; waiting ones become due at once.
    pub state: Option<DeliveryState>,
    /// Of what happened at or after this moment.
    pub since: Option<Timestamp>,
    /// When they are tried.
    pub now: Timestamp,
}

/// Webhook endpoints.
#[async_trait]
pub trait WebhookEndpointStore: Send + Sync {
    /// All endpoints of all applications, oldest first.
    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>>;
    /// Adds one.
    async fn insert_webhook_endpoint(&self, endpoint: &WebhookEndpoint) -> Result<()>;
    /// Changes one; false where it does not exist.
    async fn update_webhook_endpoint(&self, endpoint: &WebhookEndpoint) -> Result<bool>;
    /// Switches one off and says why; false where it is not on.
    async fn switch_off_webhook_endpoint(&self, id: WebhookEndpointId, why: &str, now: Timestamp) -> Result<bool>;
    /// Deletes one with its deliveries; false where it does not exist.
    async fn delete_webhook_endpoint(&self, id: WebhookEndpointId) -> Result<bool>;
    /// Active endpoints for which something is due.
    async fn due_webhook_endpoints(&self, now: Timestamp) -> Result<Vec<WebhookEndpointId>>;
}

/// Events on their way to endpoints.
#[async_trait]
pub trait WebhookDeliveryStore: Send + Sync {
    /// What is due for one endpoint, the longest overdue first.
    async fn due_webhook_deliveries(
        &self,
        endpoint: WebhookEndpointId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueDelivery>>;
    /// Newest first.
    async fn list_webhook_deliveries(&self, filter: &WebhookFilter, limit: u32) -> Result<Vec<WebhookDelivery>>;
    /// One delivery.
    async fn webhook_delivery(&self, endpoint: WebhookEndpointId, event: &str) -> Result<Option<WebhookDelivery>>;
    /// Its tries, in order.
    async fn webhook_tries(&self, endpoint: WebhookEndpointId, event: &str) -> Result<Vec<WebhookTry>>;
    /// Lets deliveries wait again, from the start of the schedule; answers how many.
    async fn replay_webhooks(&self, replay: &WebhookReplay) -> Result<u64>;
}
