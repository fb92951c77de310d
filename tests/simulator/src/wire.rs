//! What the core asks of a provider's module, and the words both use.
//!
//! To add a provider: write a folder like `aliyun/`, implement [`Wire`], and give it an entry in [`Provider`]. Accounts, memory,
//! faults and pushes then work for it unchanged.

use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::account::AccountState;
use crate::memory::ReceivedText;
use crate::push::{InboundText, Receipt};
use crate::world::World;

/// A provider (供应商) that the simulator can play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// 阿里云短信服务.
    #[default]
    Aliyun,
}

impl Provider {
    /// The module that speaks this provider's formats.
    pub(crate) fn wire(self) -> &'static dyn Wire {
        match self {
            Self::Aliyun => &crate::aliyun::Aliyun,
        }
    }

    /// Whose door a path is. Aliyun's operations all live at `/`.
    pub(crate) fn at_path(path: &str) -> Option<Self> {
        (path == "/").then_some(Self::Aliyun)
    }
}

/// A provider's formats: reading requests, writing answers and pushes. It keeps no state of its own.
pub(crate) trait Wire: Send + Sync {
    /// What the head alone tells, for faults that strike before the body is read.
    fn peek(&self, head: &Parts) -> Option<Peek>;
    /// Checks who is asking and what for.
    fn read(&self, request: &RawRequest, world: &World) -> Reading;
    /// The provider's own id of a text that it took.
    fn provider_id(&self, call: u64, position: usize) -> String;
    /// The answer to a send whose texts were all taken.
    fn accepted(&self, call: u64, world: &World) -> Answer;
    /// An error in the provider's shape.
    fn refused(&self, refusal: &Refusal, world: &World) -> Answer;
    /// The answer to a lookup; `texts` is everything known of its number.
    fn found(&self, lookup: &Lookup, texts: Vec<ReceivedText>, world: &World) -> Answer;
    /// The body of a push of receipts.
    fn receipts(&self, receipts: &[Receipt]) -> Bytes;
    /// The body of a push of inbound texts.
    fn inbound(&self, texts: &[InboundText], world: &World) -> Bytes;
    /// Whether a callback's answer counts as received.
    fn acknowledged(&self, status: StatusCode, body: &[u8]) -> bool;
}

/// A request as it came, body complete.
pub(crate) struct RawRequest {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
}

/// The account and kind of a request, before it is checked.
pub(crate) struct Peek {
    pub(crate) key: String,
    pub(crate) is_lookup: bool,
}

/// What a request turned out to be.
pub(crate) struct Reading {
    /// Whose it is, once its request MAC is proven.
    pub(crate) account: Option<Arc<AccountState>>,
    pub(crate) call: Result<Call, Refusal>,
}

/// A request that makes sense.
pub(crate) enum Call {
    Send(Submission),
    Lookup(Lookup),
}

/// A send of one or more texts.
pub(crate) struct Submission {
    pub(crate) template: String,
    pub(crate) out_id: Option<String>,
    pub(crate) texts: Vec<Text>,
}

/// One text to one number. What a call's texts share, they share in memory too.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) number: String,
    pub(crate) sign_name: Arc<str>,
    /// A JSON object.
    pub(crate) params: Arc<str>,
    pub(crate) extend_code: Option<Arc<str>>,
}

/// A question about the texts to one number on one day.
pub(crate) struct Lookup {
    pub(crate) number: String,
    /// From this time (UTC milliseconds) for 24 hours.
    pub(crate) day_from_ms: i64,
    pub(crate) biz_id: Option<String>,
    pub(crate) page_size: usize,
    /// From 1.
    pub(crate) page: usize,
}

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }
}

/// A status and a JSON body.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}
