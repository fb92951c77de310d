//! A request before and after its provider has read it.

use std::sync::Arc;

use bytes::Bytes;
use hyper::http::request::Parts;

use super::{Call, Refusal};
use crate::account::AccountState;

/// A request as it came, body complete.
pub(crate) struct RawRequest {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
}

impl RawRequest {
    pub(crate) fn path(&self) -> &str {
        self.head.uri.path()
    }

    /// A header's value; one that is not ASCII is none that a provider defines.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the body is declared to be of this type, whatever its parameters.
    pub(crate) fn is_of_type(&self, essence: &str) -> bool {
        let declared = self.header("content-type").and_then(|value| value.split(';').next());
        declared.is_some_and(|declared| declared.trim().eq_ignore_ascii_case(essence))
    }
}

/// The account and kind of a request, before it is checked.
pub(crate) struct Peek {
    pub(crate) key: String,
    pub(crate) is_send: bool,
}

/// What a request turned out to be.
pub(crate) struct Reading {
    /// Whose it is, once that is proven.
    pub(crate) account: Option<Arc<AccountState>>,
    pub(crate) call: Result<Call, Refusal>,
}

impl Reading {
    /// Of a caller who did not prove to be anyone.
    pub(crate) fn stranger(refusal: Refusal) -> Self {
        Self { account: None, call: Err(refusal) }
    }

    pub(crate) fn of(account: Arc<AccountState>, call: Result<Call, Refusal>) -> Self {
        Self { account: Some(account), call }
    }
}
