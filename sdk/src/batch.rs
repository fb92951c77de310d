//! [`Batch`]: many texts in one call, and [`BatchResults`]: what became of each. How they are sent is in `client::batches`.

use crate::error::Error;
use crate::new_message::NewMessage;
use crate::problem::ProblemCode;

/// 批量: texts that are sent together, each standing alone.
///
/// ```
/// use jixinda_sdk::{Batch, NewMessage};
///
/// let numbers = ["13800000001", "13800000002"];
/// let batch = Batch::new()
///     .defaults(NewMessage::default().template("shipped").sign_name("jixinda"))
///     .messages(numbers.map(|number| NewMessage::to(number).param("order", "A-1")));
/// assert_eq!(batch.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    pub(crate) messages: Vec<NewMessage>,
    pub(crate) defaults: NewMessage,
}

impl Batch {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// What fills whatever an entry leaves out.
    #[must_use]
    pub fn defaults(self, defaults: NewMessage) -> Self {
        Self { defaults, ..self }
    }

    /// One more text.
    #[must_use]
    pub fn message(mut self, message: NewMessage) -> Self {
        self.messages.push(message);
        self
    }

    /// More texts.
    #[must_use]
    pub fn messages(mut self, messages: impl IntoIterator<Item = NewMessage>) -> Self {
        self.messages.extend(messages);
        self
    }

    /// How many texts it has.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

/// What became of a batch: one result for each text, in the order in which they were given.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchResults {
    /// The gateway's ids of it, `bat_…`: one for each request that it took.
    pub batch_ids: Vec<String>,
    /// One for each text.
    pub entries: Vec<BatchEntry>,
}

impl BatchResults {
    /// How many were accepted.
    pub fn accepted(&self) -> usize {
        self.entries.iter().filter(|entry| entry.result.is_ok()).count()
    }

    /// Those that were not accepted.
    pub fn failed(&self) -> impl Iterator<Item = (usize, &EntryError)> {
        self.entries.iter().filter_map(|entry| Some((entry.index, entry.result.as_ref().err()?)))
    }
}

/// What became of one text of a batch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchEntry {
    /// Its place in the batch, counted from 0.
    pub index: usize,
    /// The accepted text, or why it was not.
    pub result: Result<AcceptedEntry, EntryError>,
}

/// A text of a batch that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcceptedEntry {
    /// The message's id, `msg_…`.
    pub id: String,
    /// 条: how many segments are billed.
    pub segments: u16,
}

/// Why a text of a batch was not accepted.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The gateway refused this text, and no other for its sake.
    #[error("the gateway refused: {code}: {detail}")]
    #[non_exhaustive]
    Refused {
        /// What was the matter.
        code: ProblemCode,
        /// The matter in words.
        detail: String,
    },
    /// The request with it failed. Whether it was accepted says [`Error::is_uncertain`].
    #[error("the request with it failed")]
    Failed(#[source] Error),
    /// It was not sent, because an earlier request failed in a way that this one would have failed too.
    #[error("it was not sent, because an earlier request failed")]
    NotSent(#[source] Error),
}
