//! What the simulator remembers of the texts it received, by number: every test text has a number of its own.
//!
//! `counts` is always kept; `details` only where memory allows. Totals by account are in `account::tally`.

mod counts;
mod details;
mod record;
mod summary;

use std::sync::Arc;

use crate::number;
use crate::wire::Text;

use counts::Counts;
use details::Details;
pub use record::ReceivedText;
pub(crate) use record::{CallRecord, Fate, TextRecord};
pub use summary::{NumberCount, Summary};

/// How much is kept of each text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Remember {
    /// Everything.
    #[default]
    Details,
    /// A few counters for each number, for a million numbers and more.
    Counts,
}

/// All received texts.
pub(crate) struct Memory {
    counts: Counts,
    details: Option<Details>,
}

impl Memory {
    pub(crate) fn new(with_details: bool) -> Self {
        Self { counts: Counts::new(), details: with_details.then(Details::new) }
    }

    /// Remembers the texts of one call; each text's fate is asked for once.
    pub(crate) fn record(&self, call: &Arc<CallRecord>, texts: Vec<Text>, mut fate: impl FnMut(usize, &Text) -> Fate) {
        for (position, text) in texts.into_iter().enumerate() {
            let fate = fate(position, &text);
            let Some(key) = number::key(&text.number) else { continue };
            if call.took(&text) {
                self.counts.add(key, call.provider, call.id);
            }
            if let Some(details) = &self.details {
                details.add(key, TextRecord { call: call.clone(), position, text, fate });
            }
        }
    }

    /// Everything known of a number, oldest first.
    pub(crate) fn texts(&self, number: &str) -> Vec<ReceivedText> {
        let Some(key) = number::key(number) else { return Vec::new() };
        match &self.details {
            Some(details) => details.of(key),
            None => {
                let last = self.counts.last_taken(key).into_iter();
                last.map(|(provider, call)| ReceivedText::derived(number, provider, call)).collect()
            }
        }
    }

    /// The texts of one call; nothing where only counts are kept, or the provider is never asked by call.
    pub(crate) fn texts_of_call(&self, call: u64) -> Vec<ReceivedText> {
        self.details.as_ref().map(|details| details.of_call(call)).unwrap_or_default()
    }

    /// Numbers that were taken at all.
    pub(crate) fn numbers(&self) -> u64 {
        self.counts.numbers()
    }

    /// How many numbers were taken more than once.
    pub(crate) fn doubled_count(&self) -> u64 {
        self.counts.doubled_count()
    }

    /// Which numbers were taken more than once, in order.
    pub(crate) fn doubled(&self) -> Vec<NumberCount> {
        self.counts.doubled()
    }

    /// Those of `numbers` that were never taken.
    pub(crate) fn missing<N: AsRef<str>>(&self, numbers: &[N]) -> Vec<String> {
        let is_missing = |number: &&N| number::key(number.as_ref()).is_none_or(|key| !self.counts.was_taken(key));
        numbers.iter().filter(is_missing).map(|number| number.as_ref().to_owned()).collect()
    }

    pub(crate) fn clear(&self) {
        self.counts.clear();
        self.details.iter().for_each(Details::clear);
    }
}
