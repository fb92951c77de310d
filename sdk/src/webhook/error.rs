//! [`WebhookError`]: why a request is not taken for the gateway's.

/// Why a webhook cannot be believed or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// A signing key is none: it is written `whsec_…`. Which one, counted from 1.
    #[error("signing key {0} is none: it is written whsec_…")]
    BadSecret(usize),
    /// There is no signing key.
    #[error("there is no signing key")]
    NoSecret,
    /// A header is missing or is no text.
    #[error("the header {0} is missing or malformed")]
    BadHeader(&'static str),
    /// It was sent too long ago, or the clocks differ: a copy that somebody sends again, perhaps.
    #[error("it was sent at another time than now")]
    Stale,
    /// No key made a signature of it.
    #[error("no signature fits")]
    BadSignature,
    /// It is signed, and still cannot be read.
    #[error("the event cannot be read")]
    Unreadable(#[source] serde_json::Error),
}

impl WebhookError {
    /// Whether it is not the gateway's, to be answered with 401. What is signed and cannot be read is: answer 4xx or 5xx and it comes
    /// again.
    pub fn is_forgery(&self) -> bool {
        matches!(self, Self::BadHeader(_) | Self::Stale | Self::BadSignature)
    }
}
