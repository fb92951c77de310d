//! The faults of a request, one struct each: which requests are struck, and what happens to them.

use serde::{Deserialize, Serialize};

/// An error in the provider's own shape.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorFault {
    /// The provider's code, such as `isv.BUSINESS_LIMIT_CONTROL`.
    pub code: String,
    /// The words beside it.
    #[serde(default = "default_message")]
    pub message: String,
    /// The HTTP status it comes with, where that is not the provider's usual one.
    #[serde(default)]
    pub http_status: Option<u16>,
    /// Only requests that carry one of these numbers.
    #[serde(default)]
    pub numbers: Option<Vec<String>>,
    /// The part of the requests that are struck.
    #[serde(default = "all")]
    pub share: f64,
    /// At most this many requests.
    #[serde(default)]
    pub times: Option<u64>,
}

/// An error that concerns single texts of a batch; the others are taken.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TextErrorFault {
    /// The provider's code for a number.
    pub code: String,
    /// Only texts to these numbers.
    #[serde(default)]
    pub numbers: Option<Vec<String>>,
    /// Only the texts at these places of their request, from 0.
    #[serde(default)]
    pub positions: Option<Vec<usize>>,
    /// The part of the texts that are struck.
    #[serde(default = "all")]
    pub share: f64,
    /// At most this many texts.
    #[serde(default)]
    pub times: Option<u64>,
}

/// An HTTP answer that the provider's service did not write.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HttpStatusFault {
    /// Such as 503.
    pub status: u16,
    /// Sent as it is.
    #[serde(default)]
    pub body: String,
    /// Whether the texts were taken all the same.
    #[serde(default)]
    pub taken: bool,
    /// The part of the requests that are struck.
    #[serde(default = "all")]
    pub share: f64,
    /// At most this many requests.
    #[serde(default)]
    pub times: Option<u64>,
}

/// A reset connection (RST).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ResetFault {
    /// At which moment.
    pub when: ResetWhen,
    /// The part of the requests that are struck.
    #[serde(default = "all")]
    pub share: f64,
    /// At most this many requests.
    #[serde(default)]
    pub times: Option<u64>,
}

/// The moment of a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetWhen {
    /// As soon as the request's head is there; nothing is taken.
    BeforeRead,
    /// The texts are taken and their receipts will follow, but there is no answer.
    AfterRead,
    /// Taken, and half of the answer's body is sent.
    HalfAnswer,
}

/// A request that is taken and never answered; it ends when the client gives up.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HangFault {
    /// The part of the requests that are struck.
    #[serde(default = "all")]
    pub share: f64,
    /// At most this many requests.
    #[serde(default)]
    pub times: Option<u64>,
}

/// A request that is served, and answered with something nobody can read.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MalformedFault {
    /// What comes instead of the answer.
    pub answer: Malformed,
    /// The part of the requests that are struck.
    #[serde(default = "all")]
    pub share: f64,
    /// At most this many requests.
    #[serde(default)]
    pub times: Option<u64>,
}

/// How an answer is spoilt; status and headers stay as they would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Malformed {
    /// Bytes that are no text.
    Rubbish,
    /// The answer behind 2 MiB of blanks.
    Huge,
    /// The first half of it, declared to be all.
    Half,
}

fn default_message() -> String {
    "a fault set by the test".to_owned()
}

fn all() -> f64 {
    1.0
}
