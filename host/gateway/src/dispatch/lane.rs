//! What is ready for a channel, by class: messages by what must be equal within one provider call.

use super::retry::Past;
use jixinda_domain::{Message, MessageId};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// A message that a channel was picked for.
pub(super) struct Ready {
    pub(super) message: Message,
    /// Attempts before this one.
    pub(super) tries: usize,
    /// What those that still count were like.
    pub(super) past: Past,
    /// It spoilt a batch before, or made a plugin fail: it travels alone.
    pub(super) alone: bool,
    pub(super) explanation: Option<Arc<str>>,
}

#[derive(Default)]
pub(super) struct Lane {
    /// Messages by what must be equal within a call; keys take turns.
    pub(super) groups: HashMap<u64, VecDeque<Ready>>,
    pub(super) turns: VecDeque<u64>,
    pub(super) ready: usize,
    /// Ids that found no room. The store has the rest of them.
    pub(super) waiting: VecDeque<MessageId>,
}

impl Lane {
    pub(super) fn push(&mut self, key: u64, ready: Ready) {
        let group = self.groups.entry(key).or_default();
        if group.is_empty() {
            self.turns.push_back(key);
        }
        group.push_back(ready);
        self.ready += 1;
    }

    /// One group's messages in order; a number stands in a call only once.
    pub(super) fn take(&mut self, most: usize) -> Vec<Ready> {
        let Some(key) = self.turns.pop_front() else { return Vec::new() };
        let Some(mut group) = self.groups.remove(&key) else { return Vec::new() };
        let most = if group.front().is_some_and(|ready| ready.alone) { 1 } else { most };
        let (mut batch, mut numbers, mut set_aside) = (Vec::new(), HashSet::new(), VecDeque::new());
        while batch.len() < most {
            let Some(ready) = group.pop_front() else { break };
            if numbers.insert(ready.message.recipient.clone()) {
                batch.push(ready);
            } else {
                set_aside.push_back(ready);
            }
        }
        set_aside.append(&mut group);
        if !set_aside.is_empty() {
            self.groups.insert(key, set_aside);
            self.turns.push_back(key);
        }
        self.ready -= batch.len();
        batch
    }
}

/// A key for what must be equal within one call, by the provider's `limits.same`. A message that travels alone, or a field that this
/// version does not know, makes a key of its own.
pub(super) fn group_key(ready: &Ready, same: &[String]) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let (message, mut hasher) = (&ready.message, DefaultHasher::new());
    for field in same {
        match field.as_str() {
            "category" => {} // a lane holds one class
            "template-code" => message.template_id.hash(&mut hasher),
            "sign-name" | "sign-code" => message.sign_name_id.hash(&mut hasher),
            "text" => message.text.hash(&mut hasher),
            "params" => message.params.hash(&mut hasher),
            "country-code" => message.recipient.country_code().hash(&mut hasher),
            _ => message.id.hash(&mut hasher),
        }
    }
    if ready.alone {
        message.id.hash(&mut hasher);
    }
    hasher.finish()
}
