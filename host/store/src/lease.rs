//! Remembers which node does what only one may do.
//!
//! A lease lasts as long as its holder lives or until it is given up; who takes it compares and sets the fence that it saw.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::NodeId;

/// The right of one node to do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// To do what.
    pub name: String,
    /// Whose; `None` where it was given up.
    pub holder: Option<NodeId>,
    /// Counts the holders. Higher is later.
    pub fence: u64,
}

/// Leases.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// All that were ever taken and not cleaned up.
    async fn leases(&self) -> Result<Vec<Lease>>;

    /// Takes a lease whose fence is still `seen` (0 for one that nobody ever had); answers the new fence, or `None` where another was
    /// faster.
    async fn take_lease(&self, name: &str, holder: NodeId, seen: u64) -> Result<Option<u64>>;

    /// Gives up leases, where they are still this node's.
    async fn give_up_leases(&self, holder: NodeId, names: &[String]) -> Result<()>;
}
