//! The doors: the only place that knows axum, HTTP statuses and JSON bodies.

mod admin;
mod auth;
mod body;
mod callback;
mod client_address;
mod conversions;
mod health;
mod inbound;
mod messages;
mod problem;
mod router;

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) std::net::SocketAddr);

pub use router::serve;
