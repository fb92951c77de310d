//! What is ready for a channel, of one class: by application, which share by weight, then by what must be equal within one provider
//! call.
//!
//! The room for messages is divided by the applications that have something here. Each thus has always some ready, however many ids
//! another has waiting, and the turns alone decide who goes how often.

use super::retry::Past;
use jixinda_domain::{ApplicationId, Message, MessageId, PhoneNumber};
use jixinda_routing::fair::Turns;
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
    /// It shows whether its channel is well: nobody else goes before it has.
    pub(super) probes: bool,
    pub(super) explanation: Option<Arc<str>>,
}

#[derive(Default)]
pub(super) struct Lane {
    /// Those that have something ready or waiting.
    backlogs: HashMap<ApplicationId, Backlog>,
    /// Those that have something ready.
    turns: Turns<ApplicationId>,
    ready: usize,
    /// Ids that found no room.
    waiting: usize,
    /// What became of ids that were let go of because there is room again.
    released: Released,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Released {
    #[default]
    Nothing,
    OnTheWay,
    /// They come back as messages now, and nothing else does.
    Arriving,
}

/// What one application has here.
#[derive(Default)]
struct Backlog {
    /// Messages by what must be equal within a call; keys take turns.
    groups: HashMap<u64, VecDeque<Ready>>,
    turns: VecDeque<u64>,
    ready: usize,
    /// Ids that found no room. The store has the rest of them.
    waiting: VecDeque<MessageId>,
}

impl Lane {
    pub(super) fn ready(&self) -> usize {
        self.ready
    }

    /// Messages that are ready, and ids that wait behind them.
    pub(super) fn held(&self) -> usize {
        self.ready + self.waiting
    }

    /// Takes a message, or only its id where its application has no room; answers whether it is ready. Nobody is put out for one who
    /// comes later: until the others are down to their part, `capacity` is exceeded, as a sum of its half, third, fourth part.
    pub(super) fn offer(&mut self, ready: Ready, same: &[String], capacity: usize) -> bool {
        let application = ready.message.application_id;
        self.backlogs.entry(application).or_default();
        let room = self.room(capacity);
        let Some(backlog) = self.backlogs.get_mut(&application) else { return false };
        // What comes after must not overtake what waits, or that would wait for ever.
        let in_turn = backlog.waiting.is_empty() || self.released == Released::Arriving;
        if !ready.probes && (!in_turn || backlog.ready >= room) {
            backlog.waiting.push_back(ready.message.id);
            self.waiting += 1;
            return false;
        }
        backlog.push(group_key(&ready, same), ready);
        self.ready += 1;
        self.turns.join(application);
        true
    }

    /// One call's messages: those of the application whose turn it is, of one group and in order; a number stands in a call only
    /// once. Where they do not fill it, others fill it up with the same group and are charged for it.
    pub(super) fn take(&mut self, most: usize, weight: impl Fn(&ApplicationId) -> u32) -> Vec<Ready> {
        let (mut batch, mut numbers) = (Vec::new(), HashSet::new());
        // A turn is worth a whole call at least: else one that sends text by text would slow down one that fills its calls.
        let call = u32::try_from(most).unwrap_or(u32::MAX).max(1);
        let Some((lead, _)) = self.turns.turn(|application| weight(application).saturating_mul(call)) else {
            return batch;
        };
        let Some(key) = self.backlogs.get_mut(&lead).and_then(Backlog::next_group) else { return batch };
        self.draw(lead, key, most, &mut numbers, &mut batch);
        if batch.len() < most && batch.first().is_some_and(|ready| !ready.alone) {
            let others: Vec<ApplicationId> = self.turns.keys().filter(|other| *other != lead).collect();
            for other in others {
                // One call on credit at most: a debt must not keep it from its turn for long.
                let credit = self.turns.deficit(&other) + i64::from(call);
                let room = (most - batch.len()).min(usize::try_from(credit).unwrap_or(0));
                self.draw(other, key, room, &mut numbers, &mut batch);
            }
        }
        batch
    }

    /// Ids that can be loaded because their application has room again. No more are let go of before these have arrived.
    pub(super) fn release(&mut self, capacity: usize) -> Vec<MessageId> {
        let mut ids = Vec::new();
        if self.released != Released::Nothing {
            return ids;
        }
        let room = self.room(capacity);
        for backlog in self.backlogs.values_mut().filter(|backlog| backlog.ready <= room / 2) {
            let count = backlog.waiting.len().min(room - backlog.ready);
            ids.extend(backlog.waiting.drain(..count));
        }
        if !ids.is_empty() {
            self.waiting -= ids.len();
            self.released = Released::OnTheWay;
            self.backlogs.retain(|_, backlog| !backlog.is_empty());
        }
        ids
    }

    /// What was released comes now, as messages.
    pub(super) fn arriving(&mut self) {
        self.released = Released::Arriving;
    }

    /// What was released has come, or never will.
    pub(super) fn arrived(&mut self) {
        self.released = Released::Nothing;
    }

    /// All of it: what is ready, and the ids that wait.
    pub(super) fn empty(&mut self) -> (Vec<Ready>, Vec<MessageId>) {
        let (mut ready, mut waiting) = (Vec::new(), Vec::new());
        for backlog in std::mem::take(self).backlogs.into_values() {
            ready.extend(backlog.groups.into_values().flatten());
            waiting.extend(backlog.waiting);
        }
        (ready, waiting)
    }

    /// How many messages of one application may be ready.
    fn room(&self, capacity: usize) -> usize {
        (capacity / self.backlogs.len().max(1)).max(1)
    }

    fn draw(
        &mut self,
        application: ApplicationId,
        key: u64,
        most: usize,
        numbers: &mut HashSet<PhoneNumber>,
        batch: &mut Vec<Ready>,
    ) {
        let Some(backlog) = self.backlogs.get_mut(&application) else { return };
        let count = backlog.draw(key, most, numbers, batch);
        self.ready -= count;
        self.turns.charge(&application, u32::try_from(count).unwrap_or(u32::MAX));
        if backlog.ready == 0 {
            self.turns.leave(&application);
        }
        if backlog.is_empty() {
            self.backlogs.remove(&application);
        }
    }
}

impl Backlog {
    fn is_empty(&self) -> bool {
        self.ready == 0 && self.waiting.is_empty()
    }

    fn push(&mut self, key: u64, ready: Ready) {
        let group = self.groups.entry(key).or_default();
        if group.is_empty() {
            self.turns.push_back(key);
        }
        group.push_back(ready);
        self.ready += 1;
    }

    /// The group whose turn it is; it goes behind the others.
    fn next_group(&mut self) -> Option<u64> {
        let key = *self.turns.front()?;
        self.turns.rotate_left(1);
        Some(key)
    }

    /// Moves the first messages of a group whose numbers are not in the call yet into it.
    fn draw(&mut self, key: u64, most: usize, numbers: &mut HashSet<PhoneNumber>, batch: &mut Vec<Ready>) -> usize {
        let Some(group) = self.groups.get_mut(&key) else { return 0 };
        let most = if group.front().is_some_and(|ready| ready.alone) { most.min(1) } else { most };
        let (mut count, mut set_aside) = (0, Vec::new());
        while count < most {
            let Some(ready) = group.pop_front() else { break };
            if numbers.insert(ready.message.recipient.clone()) {
                batch.push(ready);
                count += 1;
            } else {
                set_aside.push(ready);
            }
        }
        while let Some(ready) = set_aside.pop() {
            group.push_front(ready);
        }
        if group.is_empty() {
            self.groups.remove(&key);
            // From behind: most often it has just had its turn.
            if let Some(place) = self.turns.iter().rposition(|other| *other == key) {
                self.turns.remove(place);
            }
        }
        self.ready -= count;
        count
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

#[cfg(test)]
mod tests;
