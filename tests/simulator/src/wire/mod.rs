//! What the core asks of a provider's module, and the words both use.
//!
//! To add a provider: write a folder like `aliyun/`, implement [`Wire`], and give it an entry in `provider`. Accounts, memory,
//! faults, pushes and polls then work for it unchanged.

mod answer;
mod call;
mod provider;
mod request;

use anyhow::{Result, ensure};
use hyper::StatusCode;
use hyper::header::HeaderName;
use hyper::http::request::Parts;

use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::push::{PushBody, Receipt};
use crate::world::World;

pub(crate) use answer::{Answer, Refusal};
pub(crate) use call::{Asked, Call, Lookup, Poll, ReceiptsTo, Sent, Submission, Text};
pub use provider::Provider;
pub(crate) use request::{Peek, RawRequest, Reading};

/// A provider's formats: reading requests, writing answers and pushes. It keeps no state of its own.
pub(crate) trait Wire: Send + Sync {
    /// Whether a request with this head is for this provider. No two providers claim the same.
    fn owns(&self, head: &Parts) -> bool;
    /// What needs no code to tell.
    fn nature(&self) -> &'static Nature;
    /// Refuses an account that the provider could not have.
    fn check(&self, account: &Account) -> Result<()> {
        let options = account.options.as_object();
        let has_options = !account.options.is_null() && options.is_none_or(|options| !options.is_empty());
        ensure!(!has_options, "account {} has options, but this provider knows none", account.key);
        Ok(())
    }

    /// What the head alone tells, for faults that strike before the body is read.
    fn peek(&self, _head: &Parts) -> Option<Peek> {
        None
    }
    /// Checks who is asking and what for.
    fn read(&self, request: &RawRequest, world: &World) -> Reading;
    /// The provider's own id of a text that it took.
    fn provider_id(&self, call: u64, position: usize) -> String;
    /// The answer to a send that was taken, in whole or in part.
    fn accepted(&self, request: &RawRequest, sent: &Sent<'_>, world: &World) -> Answer;
    /// An error in the provider's shape.
    fn refused(&self, request: &RawRequest, refusal: &Refusal, world: &World) -> Answer;
    /// The HTTP status that an error code comes with.
    fn status_of(&self, _code: &str) -> StatusCode {
        StatusCode::OK
    }

    // Pushes. A provider that makes none leaves these as they are.

    /// How many receipts one push carries at most.
    fn receipts_a_push(&self, _account: &Account) -> usize {
        1
    }
    /// The body of a push of receipts.
    fn receipts(&self, _account: &Account, _receipts: &[Receipt]) -> PushBody {
        PushBody::json("")
    }
    /// The body of a push of an inbound text.
    fn inbound(&self, _account: &Account, _text: &ArrivedText) -> PushBody {
        PushBody::json("")
    }
    /// Headers that prove where a push comes from; made anew for each try.
    fn push_headers(&self, _account: &Account, _url: &str, _push: &PushBody) -> Vec<(HeaderName, String)> {
        Vec::new()
    }
    /// Whether a callback's answer to `push` counts as received.
    fn acknowledged(&self, _push: &PushBody, _status: StatusCode, _body: &[u8]) -> bool {
        false
    }
}

/// How a provider works, as far as the core must know.
pub(crate) struct Nature {
    /// It calls back with receipts and inbound texts.
    pub(crate) pushes: bool,
    /// It can be asked for what is new.
    pub(crate) polls: bool,
    /// Receipts wait for a poll where `polls` holds; where not, only lookups tell of a text's fate.
    pub(crate) receipts_wait: bool,
    /// Each part of a long text has a receipt of its own.
    pub(crate) receipt_each_part: bool,
    /// The most characters of an inbound text before it arrives in parts.
    pub(crate) inbound_part: usize,
    /// An answer tells of single texts of a batch, if only by their count.
    pub(crate) tells_of_texts: bool,
    /// Lookups name a call's id instead of a number.
    pub(crate) asked_by_call: bool,
    /// The status of an undelivered text where a fault names none.
    pub(crate) failure: &'static str,
}
