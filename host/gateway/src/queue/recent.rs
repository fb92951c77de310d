//! Messages that were accepted a moment ago, so that dispatch need not read back what this process has just written.
//!
//! Only a short cut: what is not here is read from the store, and a claim compares the row's (status, epoch) in any case.

use jixinda_domain::{Message, MessageId};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Messages kept; about a kilobyte each.
const CAPACITY: usize = 8192;

#[derive(Default)]
pub struct Recent(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    messages: HashMap<MessageId, Arc<Message>>,
    /// In the order of arrival; what was taken meanwhile is passed over.
    order: VecDeque<MessageId>,
}

impl Recent {
    /// Keeps messages whose rows are on the disk; the oldest give way.
    pub fn keep(&self, messages: Vec<Arc<Message>>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for message in messages {
            kept.order.push_back(message.id);
            kept.messages.insert(message.id, message);
        }
        while kept.order.len() > CAPACITY {
            if let Some(oldest) = kept.order.pop_front() {
                kept.messages.remove(&oldest);
            }
        }
    }

    /// Takes those of `ids` that are here; answers them and the ids of the rest.
    pub fn take(&self, ids: &[MessageId]) -> (Vec<Message>, Vec<MessageId>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut found, mut missing) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match kept.messages.remove(id) {
                Some(message) => found.push(Arc::unwrap_or_clone(message)),
                None => missing.push(*id),
            }
        }
        (found, missing)
    }
}
