//! [`Error`]: everything that can go wrong with a call. Webhooks have an error of their own.

use crate::problem::{Problem, ProblemCode};
use std::sync::Arc;
use std::time::Duration;

/// The result of a call.
pub type Result<T> = std::result::Result<T, Error>;

/// What lies behind an error. Shared, because one failed request may concern many texts.
pub(crate) type Source = Arc<dyn std::error::Error + Send + Sync>;

/// Why a call did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The gateway refused. Nothing was stored.
    #[error("the gateway refused: {0}")]
    Problem(Problem),
    /// The connection could not be made, or broke.
    #[error("no answer came from the gateway")]
    Transport(#[source] Source),
    /// No answer came in time.
    #[error("no answer came in time from the gateway")]
    Timeout(#[source] Source),
    /// An answer came that cannot be read. What was asked for was done.
    #[error("the gateway's answer cannot be read")]
    Decode(#[source] Source),
    /// The client cannot be set up so.
    #[error("{0}")]
    Configuration(String),
    /// The call cannot be made so; nothing was sent.
    #[error("{0}")]
    InvalidArgument(String),
}

impl Error {
    /// The problem, where the gateway refused.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// The code of the problem, where the gateway refused.
    ///
    /// ```
    /// # fn wait() {}
    /// # fn example(error: jixinda_sdk::Error) {
    /// use jixinda_sdk::ProblemCode;
    ///
    /// if error.code() == Some(&ProblemCode::FrequencyLimited) {
    ///     wait();
    /// }
    /// # }
    /// ```
    pub fn code(&self) -> Option<&ProblemCode> {
        self.problem().map(|problem| &problem.code)
    }

    /// When the gateway wants to be asked again, where it says so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.problem().and_then(|problem| problem.retry_after)
    }

    /// Whether the same call may succeed later. The client has tried again already, as often as it was told.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Problem(problem) => problem.is_passing(),
            Self::Transport(_) | Self::Timeout(_) => true,
            Self::Decode(_) | Self::Configuration(_) | Self::InvalidArgument(_) => false,
        }
    }

    /// Whether nobody knows what became of the call: it may have been carried out although no answer came. To send a text once and not
    /// twice, repeat the call with the same idempotency key.
    pub fn is_uncertain(&self) -> bool {
        match self {
            Self::Transport(_) | Self::Timeout(_) | Self::Decode(_) => true,
            // "Still on its way" says 503 too, and so does a proxy that lost the gateway.
            Self::Problem(problem) => matches!(problem.status, 500 | 502 | 503 | 504),
            Self::Configuration(_) | Self::InvalidArgument(_) => false,
        }
    }

    pub(crate) fn unreadable(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Decode(why.into().into())
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn gone(why: &str) -> Self {
        Self::Transport(Box::<dyn std::error::Error + Send + Sync>::from(why).into())
    }

    pub(crate) fn no_answer(error: reqwest::Error) -> Self {
        // The address of a list names a number.
        let error = error.without_url();
        if error.is_timeout() { Self::Timeout(Arc::new(error)) } else { Self::Transport(Arc::new(error)) }
    }
}
