//! What waits in an account until somebody asks for it: the receipts (回执) of accounts that are polled, and inbound texts (上行).
//!
//! What is pushed instead waits in `push::outbox`.

use std::sync::{Arc, Mutex};

use crate::clock::now_ms;
use crate::push::{InboundText, Part, Receipt};
use crate::shards::lock;
use crate::wire::Poll;

/// The mailbox of one account.
#[derive(Default)]
pub(crate) struct Mailbox {
    receipts: Mutex<Vec<Waiting>>,
    inbound: Mutex<Vec<Arrived>>,
}

struct Waiting {
    due_ms: i64,
    receipt: Receipt,
}

/// An inbound text, or a part of one, at the provider.
#[derive(Clone, Debug)]
pub(crate) struct ArrivedText {
    /// Unique over all calls and texts.
    pub(crate) id: u64,
    pub(crate) at_ms: i64,
    pub(crate) text: Arc<InboundText>,
    /// This part's piece of the content.
    pub(crate) content: Arc<str>,
    pub(crate) part: Part,
}

struct Arrived {
    text: ArrivedText,
    is_new: bool,
}

impl Mailbox {
    /// Keeps receipts until they are due, and from then on until they are polled.
    pub(crate) fn add_receipts(&self, receipts: Vec<Receipt>, due_ms: i64) {
        lock(&self.receipts).extend(receipts.into_iter().map(|receipt| Waiting { due_ms, receipt }));
    }

    /// Keeps an inbound text; one that is not new was pushed, and answers only those who ask for everything.
    pub(crate) fn add_inbound(&self, text: ArrivedText, is_new: bool) {
        lock(&self.inbound).push(Arrived { text, is_new });
    }

    /// Hands out receipts that are due, in the order they were written. Nobody gets them a second time.
    pub(crate) fn take_receipts(&self, poll: &Poll<Receipt>) -> Vec<Receipt> {
        let (now, mut left) = (now_ms(), poll.limit);
        let is_taken = |waiting: &mut Waiting| {
            let is_taken = left > 0 && waiting.due_ms <= now && (poll.only)(&waiting.receipt);
            left -= usize::from(is_taken);
            is_taken
        };
        lock(&self.receipts).extract_if(.., is_taken).map(|waiting| waiting.receipt).collect()
    }

    /// Hands out inbound texts in the order they came.
    pub(crate) fn take_inbound(&self, poll: &Poll<ArrivedText>) -> Vec<ArrivedText> {
        let mut arrived = lock(&self.inbound);
        let wanted = arrived.iter_mut().filter(|arrived| (arrived.is_new || !poll.once) && (poll.only)(&arrived.text));
        let told = wanted.take(poll.limit).map(|arrived| {
            arrived.is_new &= !poll.once;
            arrived.text.clone()
        });
        told.collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.receipts).clear();
        lock(&self.inbound).clear();
    }
}
