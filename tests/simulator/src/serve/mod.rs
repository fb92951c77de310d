//! Sockets: listening, serving, breaking connections on purpose.
//!
//! What is served is in `exchange` (providers' doors) and `control`.

mod body;
mod connection;
mod listeners;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

pub(crate) use body::AnswerBody;
pub(crate) use connection::Dropped;
pub(crate) use listeners::Listeners;

/// What a listener lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doors {
    /// Providers' requests and the control API.
    All,
    /// Providers' requests only, so that closing one never locks a test out.
    Providers,
}

/// An answer with a JSON body.
pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
    response
}
