//! Remembers routing policies (路由策略).

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{RoutingPolicy, RoutingPolicyId};

/// Routing policies.
#[async_trait]
pub trait RoutingPolicyStore: Send + Sync {
    /// All of them, oldest first.
    async fn routing_policies(&self) -> Result<Vec<RoutingPolicy>>;
    /// Adds one; a conflict where its scope has one.
    async fn insert_routing_policy(&self, policy: &RoutingPolicy) -> Result<()>;
    /// Changes what one says, never its scope; false where it does not exist.
    async fn update_routing_policy(&self, policy: &RoutingPolicy) -> Result<bool>;
    /// Removes one; false where it does not exist.
    async fn delete_routing_policy(&self, id: RoutingPolicyId) -> Result<bool>;
}
