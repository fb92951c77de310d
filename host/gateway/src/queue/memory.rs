//! The queue in memory: a lane for each class and application, taken in turns; a heap of those that are not due yet.

use super::lane::{Lane, QUANTUM};
use jixinda_domain::{ApplicationId, MessageClass, MessageId, Timestamp};
use jixinda_store::QueueItem;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Longer than a commit takes, counted from the moment that made a message due.
const TRAIL: Duration = Duration::from_secs(10);

pub struct MemoryQueue {
    state: Mutex<State>,
    /// One for each class.
    arrived: [Notify; 3],
    room: Notify,
    window: usize,
}

#[derive(Default)]
struct State {
    lanes: HashMap<(MessageClass, ApplicationId), Lane>,
    /// Applications with waiting ids, in turn, for each class.
    turns: [VecDeque<ApplicationId>; 3],
    later: BinaryHeap<Reverse<(Timestamp, MessageId, MessageClass, ApplicationId)>>,
    /// Ids that wait here or are in somebody's hands, for each class: they are not taken from the store a second time.
    known: [HashSet<MessageId>; 3],
}

/// A lane that the store may have more for.
pub struct Want {
    pub class: MessageClass,
    pub application: ApplicationId,
    /// The place of the status index to read on from.
    pub cursor: Option<(Timestamp, MessageId)>,
    /// How much fits.
    pub room: u32,
}

/// What became of an id that was added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Added {
    Ready,
    /// For its time, or it was known already.
    Waits,
    /// Left to the store.
    Missed,
}

impl MemoryQueue {
    pub fn new(window: usize) -> Self {
        Self {
            state: Mutex::default(),
            arrived: [Notify::new(), Notify::new(), Notify::new()],
            room: Notify::new(),
            window,
        }
    }

    /// Adds messages; those that are not due wait for their time. Beyond the window they are left to the store.
    pub fn push(&self, items: &[QueueItem], now: Timestamp) {
        let mut touched = [false; 3];
        let mut missed = false;
        let mut state = self.lock();
        for item in items {
            match state.add(item, now, self.window, false) {
                Added::Ready => touched[item.class as usize] = true,
                Added::Missed => missed = true,
                Added::Waits => {}
            }
        }
        drop(state);
        self.announce(touched);
        if missed {
            self.room.notify_one();
        }
    }

    /// Adds what the refill read from the store for one lane. `last` tells that the store has no more for it.
    pub fn fill(
        &self,
        class: MessageClass,
        application: ApplicationId,
        items: &[QueueItem],
        last: bool,
        now: Timestamp,
    ) {
        let mut touched = [false; 3];
        let mut state = self.lock();
        for item in items {
            touched[class as usize] |= state.add(item, now, usize::MAX, true) == Added::Ready;
        }
        let lane = state.lanes.entry((class, application)).or_default();
        // What came while the store was read may be missing from what it answered.
        lane.complete = last && !lane.missed;
        if let Some(item) = items.last() {
            // At the end the place trails: a row can be committed behind one that was due later, and ids of one millisecond are
            // in no order. What is known already is passed over.
            lane.cursor = Some(if last {
                (item.due_at - TRAIL, MessageId::new(Timestamp::default(), 0))
            } else {
                (item.due_at, item.id)
            });
        }
        drop(state);
        self.announce(touched);
    }

    /// Up to `most` ids of a class, application by application. Waits until there is one.
    pub async fn pop(&self, class: MessageClass, most: usize) -> Vec<MessageId> {
        loop {
            let arrived = self.arrived[class as usize].notified();
            let ids = self.lock().take(class, most);
            if !ids.is_empty() {
                self.room.notify_one();
                return ids;
            }
            arrived.await;
        }
    }

    /// Lets go of ids that were popped: they are claimed, finished, or to be pushed again.
    pub fn forget<'a>(&self, class: MessageClass, ids: impl IntoIterator<Item = &'a MessageId>) {
        let mut state = self.lock();
        for id in ids {
            state.known[class as usize].remove(id);
        }
    }

    /// Moves what has become due into its lane; answers when the next is due.
    pub fn ripen(&self, now: Timestamp) -> Option<Timestamp> {
        let mut touched = [false; 3];
        let mut state = self.lock();
        let next = loop {
            match state.later.peek() {
                Some(Reverse((due, ..))) if *due <= now => {}
                Some(Reverse((due, ..))) => break Some(*due),
                None => break None,
            }
            let Some(Reverse((_, id, class, application))) = state.later.pop() else { break None };
            state.append(class, application, id);
            touched[class as usize] = true;
        };
        drop(state);
        self.announce(touched);
        next
    }

    /// Lets go of everything that waits for its time: the store is to be asked again when that is.
    pub fn forget_later(&self) {
        let mut state = self.lock();
        for Reverse((_, id, class, _)) in std::mem::take(&mut state.later) {
            state.known[class as usize].remove(&id);
        }
        drop(state);
        self.doubt();
    }

    /// The lanes that the store may have more for.
    pub fn wants(&self, applications: &[ApplicationId]) -> Vec<Want> {
        let mut state = self.lock();
        let share = (self.window / applications.len().max(1)).max(1000).min(self.window);
        let mut wants = Vec::new();
        for class in MessageClass::ALL {
            let room = self.window.saturating_sub(state.known[class as usize].len());
            for application in applications {
                let lane = state.lanes.entry((class, *application)).or_default();
                let free = share.saturating_sub(lane.ids.len()).min(room);
                if !lane.complete && free >= share / 2 {
                    lane.missed = false;
                    let room = u32::try_from(free).unwrap_or(u32::MAX);
                    wants.push(Want { class, application: *application, cursor: lane.cursor, room });
                }
            }
        }
        wants
    }

    /// Forgets what is known of the store: every lane is read from its beginning again. Heals lost nudges.
    pub fn doubt(&self) {
        for lane in self.lock().lanes.values_mut() {
            lane.complete = false;
            lane.cursor = None;
        }
        self.room.notify_one();
    }

    /// Waits until somebody took something, or something was left to the store.
    pub async fn taken(&self) {
        self.room.notified().await;
    }

    /// Ids that wait or are in hand, for each class.
    #[cfg(test)]
    fn depth(&self) -> [usize; 3] {
        let state = self.lock();
        [0, 1, 2].map(|class| state.known[class].len())
    }

    fn announce(&self, touched: [bool; 3]) {
        for (notify, touched) in self.arrived.iter().zip(touched) {
            if touched {
                notify.notify_one();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, item: &QueueItem, now: Timestamp, window: usize, from_store: bool) -> Added {
        let known = &mut self.known[item.class as usize];
        let lane = self.lanes.entry((item.class, item.application_id)).or_default();
        if !from_store && (known.len() >= window || !lane.complete) {
            lane.complete = false;
            lane.missed = true;
            return Added::Missed;
        }
        if !known.insert(item.id) {
            return Added::Waits;
        }
        if item.due_at > now {
            self.later.push(Reverse((item.due_at, item.id, item.class, item.application_id)));
            return Added::Waits;
        }
        self.append(item.class, item.application_id, item.id);
        Added::Ready
    }

    fn append(&mut self, class: MessageClass, application: ApplicationId, id: MessageId) {
        let lane = self.lanes.entry((class, application)).or_default();
        if lane.ids.is_empty() {
            self.turns[class as usize].push_back(application);
        }
        lane.ids.push_back(id);
    }

    fn take(&mut self, class: MessageClass, most: usize) -> Vec<MessageId> {
        let mut taken = Vec::new();
        while taken.len() < most {
            let Some(application) = self.turns[class as usize].pop_front() else { break };
            let Some(lane) = self.lanes.get_mut(&(class, application)) else { continue };
            let count = QUANTUM.min(most - taken.len()).min(lane.ids.len());
            taken.extend(lane.ids.drain(..count));
            if !lane.ids.is_empty() {
                self.turns[class as usize].push_back(application);
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(number: u128) -> ApplicationId {
        ApplicationId::new(Timestamp::default(), number)
    }

    fn item(application_id: ApplicationId, number: u128, due: i64) -> QueueItem {
        let id = MessageId::new(Timestamp::from_millis(1), number);
        QueueItem { id, application_id, class: MessageClass::Notice, due_at: Timestamp::from_millis(due) }
    }

    fn ready(queue: &MemoryQueue, applications: &[ApplicationId]) {
        for application in applications {
            queue.fill(MessageClass::Notice, *application, &[], true, Timestamp::default());
        }
    }

    #[tokio::test]
    async fn applications_take_turns() {
        let (big, small) = (application(1), application(2));
        let queue = MemoryQueue::new(10_000);
        ready(&queue, &[big, small]);
        let many: Vec<QueueItem> = (0..1000).map(|number| item(big, number, 0)).collect();
        queue.push(&many, Timestamp::default());
        queue.push(&[item(small, 5000, 0)], Timestamp::default());
        let taken = queue.pop(MessageClass::Notice, 64).await;
        assert!(taken.contains(&item(small, 5000, 0).id), "the small application has its turn after one quantum");
    }

    #[tokio::test]
    async fn what_does_not_fit_is_left_to_the_store() {
        let owner = application(1);
        let queue = MemoryQueue::new(10);
        ready(&queue, &[owner]);
        let many: Vec<QueueItem> = (0..25).map(|number| item(owner, number, 0)).collect();
        queue.push(&many, Timestamp::default());
        assert_eq!(queue.depth()[1], 10);
        // While the store has more, a new message must not overtake it.
        queue.forget(MessageClass::Notice, &queue.pop(MessageClass::Notice, 10).await);
        queue.push(&[item(owner, 99, 0)], Timestamp::default());
        assert_eq!(queue.depth()[1], 0);
        assert_eq!(
            queue.wants(&[owner]).len(),
            1 + 2,
            "this lane, and those of the other classes that were never read"
        );
    }

    #[tokio::test]
    async fn a_row_that_is_committed_behind_the_cursor_is_read() {
        let owner = application(1);
        let queue = MemoryQueue::new(1000);
        let want =
            |wants: Vec<Want>| wants.into_iter().find(|want| want.class == MessageClass::Notice).expect("a want");
        want(queue.wants(&[owner]));
        // While the store is read, an older message is committed; its nudge is left to the store.
        let now = Timestamp::from_millis(20_000);
        let late = item(owner, 1, 19_000);
        queue.push(&[late], now);
        queue.fill(MessageClass::Notice, owner, &[item(owner, 2, 19_500)], true, now);
        let cursor = want(queue.wants(&[owner])).cursor.expect("something was read");
        assert!(cursor < (late.due_at, late.id), "the next read finds it");
        queue.fill(MessageClass::Notice, owner, &[late, item(owner, 2, 19_500)], true, now);
        assert_eq!(queue.pop(MessageClass::Notice, 9).await.len(), 2);
    }

    #[tokio::test]
    async fn a_message_waits_for_its_time_and_comes_once() {
        let owner = application(1);
        let queue = MemoryQueue::new(10);
        ready(&queue, &[owner]);
        queue.push(&[item(owner, 1, 500)], Timestamp::default());
        queue.push(&[item(owner, 1, 0)], Timestamp::default());
        assert_eq!(queue.ripen(Timestamp::from_millis(499)), Some(Timestamp::from_millis(500)));
        assert_eq!(queue.ripen(Timestamp::from_millis(500)), None);
        assert_eq!(queue.pop(MessageClass::Notice, 5).await.len(), 1);
    }
}
