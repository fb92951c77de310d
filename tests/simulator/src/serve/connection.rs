//! One connection: requests in, answers out, or a reset when a handler asks for it.

use std::fmt;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Doors, Listeners};
use crate::control;
use crate::exchange::exchange;
use crate::world::World;

/// The connection is to be reset instead of answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is reset on purpose")
    }
}

impl std::error::Error for Dropped {}

/// Serves a connection until either side ends it.
pub(super) async fn serve(stream: TcpStream, doors: Doors, world: Arc<World>, listeners: Arc<Listeners>) {
    // An answer is one small write; nothing is gained by waiting for more.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let (world, listeners) = (world.clone(), listeners.clone());
        async move {
            if doors == Doors::All && request.uri().path().starts_with("/control") {
                return Ok(control::serve(&world, &listeners, request).await);
            }
            exchange(&world, request).await
        }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let Err(error) = (&mut connection).await else { return };
    if error.is_user() {
        // Zero linger turns the close into a reset (RST); hyper gives the socket back without having closed it.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}
