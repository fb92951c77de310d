//! Where a plugin's requests go: out into the world, or to a stand-in that an author's tools script.

use crate::egress::{Egress, Request, Response, SendError};
use crate::grants::HostGrant;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// A stand-in for providers: answers requests that have passed the same checks as real ones.
pub trait Upstream: Send + Sync {
    /// Answers one request. `grants` are the account's, `left` is what remains of the call's time.
    fn send(
        &self,
        request: Request,
        grants: Arc<[HostGrant]>,
        left: Duration,
    ) -> BoxFuture<'static, Result<Response, SendError>>;
}

/// The way out of a call.
#[derive(Clone)]
pub(crate) enum WayOut {
    /// The gateway's HTTP client.
    Internet(Egress),
    /// An author's stand-in.
    StandIn(Arc<dyn Upstream>),
}

impl WayOut {
    pub(crate) async fn send(
        &self,
        request: Request,
        grants: Arc<[HostGrant]>,
        left: Duration,
    ) -> Result<Response, SendError> {
        match self {
            Self::Internet(egress) => egress.send(request, &grants, left).await,
            Self::StandIn(upstream) => upstream.send(request, grants, left).await,
        }
    }
}
