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

use crate::wire::Answer;

/// What a listener lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doors {
    /// Providers' requests and the control API.
    All,
    /// Providers' requests only, so that closing one never locks a test out.
    Providers,
}

/// A provider's answer.
pub(crate) fn answer(answer: Answer) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(answer.body));
    *response.status_mut() = answer.status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    response
}

/// An answer with a JSON body.
pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<AnswerBody> {
    answer(Answer::json(status, body))
}
