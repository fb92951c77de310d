//! Remembers the processes of the gateway that share this store.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{NodeId, Timestamp};

/// A process of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which; a new one at each start.
    pub id: NodeId,
    /// What people call it.
    pub name: String,
    /// Which parts of the gateway it runs.
    pub role: String,
    /// Of the program.
    pub version: String,
    /// What plugins serve there, as JSON.
    pub plugins: String,
    /// Counts up while it lives.
    pub beat: u64,
    /// Since when.
    pub started_at: Timestamp,
    /// The last beat, by its own clock: for people. Whether it lives is told by `beat` alone, so clocks need not agree.
    pub seen_at: Timestamp,
}

/// Processes that share this store.
#[async_trait]
pub trait NodeStore: Send + Sync {
    /// A sign of life: replaces what was known of this node.
    async fn beat(&self, node: &Node) -> Result<()>;

    /// All that have not been removed, oldest first.
    async fn nodes(&self) -> Result<Vec<Node>>;

    /// Forgets a node and gives up its leases.
    async fn remove_node(&self, id: NodeId) -> Result<()>;
}
