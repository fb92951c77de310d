//! Remembers whose inbound texts (上行) are, where the last text to their sender does not say it.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{InboundRoute, InboundRouteId};

/// Rules for inbound texts.
#[async_trait]
pub trait InboundRouteStore: Send + Sync {
    /// All of them, oldest first.
    async fn inbound_routes(&self) -> Result<Vec<InboundRoute>>;
    /// Adds one.
    async fn insert_inbound_route(&self, route: &InboundRoute) -> Result<()>;
    /// Removes one; false where it does not exist.
    async fn delete_inbound_route(&self, id: InboundRouteId) -> Result<bool>;
}
