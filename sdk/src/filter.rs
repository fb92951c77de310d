//! [`MessageFilter`]: which messages a list has, and [`Page`]: one answer of many.

use crate::status::MessageStatus;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Which messages are listed; all of yours where nothing is said.
///
/// ```
/// use jixinda_sdk::{MessageFilter, MessageStatus};
///
/// let filter = MessageFilter::new().status(MessageStatus::Undelivered).reference("order 17");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MessageFilter {
    pairs: Vec<(&'static str, String)>,
}

impl MessageFilter {
    /// All messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those with your own word for it.
    #[must_use]
    pub fn reference(self, reference: impl Into<String>) -> Self {
        self.with("reference", reference.into())
    }

    /// Those of a batch, `bat_…`.
    #[must_use]
    pub fn batch_id(self, id: impl Into<String>) -> Self {
        self.with("batch_id", id.into())
    }

    /// Those to a number.
    #[must_use]
    pub fn to(self, number: impl Into<String>) -> Self {
        self.with("to", number.into())
    }

    /// Those that stand so.
    #[must_use]
    pub fn status(self, status: MessageStatus) -> Self {
        self.with("status", status.to_string())
    }

    /// Those accepted at that time or later.
    #[must_use]
    pub fn from(self, time: OffsetDateTime) -> Self {
        self.with("from", moment(time))
    }

    /// Those accepted before that time.
    #[must_use]
    pub fn until(self, time: OffsetDateTime) -> Self {
        self.with("until", moment(time))
    }

    /// How many an answer holds, 1 to 200; 50 where nothing is said. A stream asks for as many answers as it takes.
    #[must_use]
    pub fn page_size(self, size: u8) -> Self {
        self.with("limit", size.to_string())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.pairs.iter().map(|(name, value)| (*name, value.as_str()))
    }

    fn with(mut self, name: &'static str, value: String) -> Self {
        self.pairs.retain(|(said, _)| *said != name);
        self.pairs.push((name, value));
        self
    }
}

impl std::fmt::Debug for MessageFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.pairs() {
            let masked = if name == "to" { crate::phone::mask(value) } else { value.to_owned() };
            map.entry(&name, &masked);
        }
        map.finish()
    }
}

fn moment(time: OffsetDateTime) -> String {
    // Of years that RFC 3339 cannot write the gateway gets words that it refuses by name.
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

/// 分页: one answer of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What it holds.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next_cursor: Option<String>,
}
