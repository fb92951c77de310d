//! All paths on one page, and the server that listens for them.

use super::problem::Problem;
use super::{admin, callback, conversions, health, inbound, messages};
use crate::gateway::Gateway;
use crate::role::Role;
use axum::Router;
use axum::extract::State;
use axum::routing::{any, get, post};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

fn router(gateway: Arc<Gateway>) -> Router {
    let limit = tower::limit::GlobalConcurrencyLimitLayer::new(gateway.config.server.max_requests);
    let role = gateway.nodes.role();
    let applications = Router::new()
        .route("/v1/messages", post(messages::create::create).get(messages::list::list))
        .route("/v1/messages/batch", post(messages::batch::batch))
        .route("/v1/messages/{id}", get(messages::get::get))
        .route("/v1/messages/{id}/cancel", post(messages::cancel::cancel))
        .route("/v1/conversions", post(conversions::create))
        .route("/v1/inbound", get(inbound::list))
        .layer(limit);
    let providers = Router::new()
        .route("/callbacks/{account}/{token}", any(callback::receive))
        .route("/callbacks/{account}/{token}/{*path}", any(callback::receive_below));
    let mut router = Router::new().route("/healthz", get(health::healthz)).route("/readyz", get(health::readyz));
    if role.accepts() {
        router = router.merge(applications);
    }
    if role.sends() {
        router = router.merge(providers);
    }
    if role.administers() {
        router = router.nest("/admin/v1", admin::router());
    }
    router.fallback(not_found).method_not_allowed_fallback(method_not_allowed).with_state(gateway)
}

async fn not_found(State(gateway): State<Arc<Gateway>>) -> Problem {
    match gateway.nodes.role() {
        Role::All => Problem::not_found("path"),
        // Most likely a load balancer that sends it to the wrong node.
        role => Problem::not_found(&format!("path on a node of role {}", role.as_str())),
    }
}

async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed()
}

/// Answers requests until `stop`, then finishes those that are under way.
pub async fn serve(gateway: Arc<Gateway>, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    let service = router(gateway).into_make_service_with_connect_info::<super::Peer>();
    axum::serve(NoDelay(listener), service).with_graceful_shutdown(async move { stop.cancelled().await }).await
}

/// Answers are small and wait for nothing: they are not held back to fill a packet.
struct NoDelay(TcpListener);

impl axum::serve::Listener for NoDelay {
    type Io = tokio::net::TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.0).await;
        // A connection that cannot be told so is slower, not broken.
        let _ = stream.set_nodelay(true);
        (stream, address)
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl axum::extract::connect_info::Connected<axum::serve::IncomingStream<'_, NoDelay>> for super::Peer {
    fn connect_info(stream: axum::serve::IncomingStream<'_, NoDelay>) -> Self {
        Self(*stream.remote_addr())
    }
}
