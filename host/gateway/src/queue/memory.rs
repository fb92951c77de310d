//! The queue in memory: ids by class and application, which share by weight; a heap of those that are not due yet.

use super::lane::Lane;
use jixinda_domain::{Application, ApplicationId, MessageClass, MessageId, Timestamp};
use jixinda_routing::fair::Fair;
use jixinda_store::QueueItem;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Longer than a commit takes, counted from the moment that made a message due.
const TRAIL: Duration = Duration::from_secs(10);
/// Below this a lane would be read from the store in drops.
const SMALLEST_SHARE: usize = 1000;

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
    /// Ids that are due, for each class.
    due: [Fair<ApplicationId, MessageId>; 3],
    weights: HashMap<ApplicationId, u32>,
    later: BinaryHeap<Reverse<(Timestamp, MessageId, MessageClass, ApplicationId)>>,
    /// Ids that wait here or are in somebody's hands, for each class: they are not taken from the store a second time.
    known: [HashMap<MessageId, ApplicationId>; 3],
    /// Applications with known ids, for each class.
    active: [usize; 3],
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

/// Who brought an id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Who made it due.
    Nudge,
    /// The refill.
    Store,
    /// Another node, which keeps nothing of it.
    Node,
}

/// What became of an id that was added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Added {
    Ready,
    /// For its time.
    Waits,
    Known,
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

    /// How much each application gets a turn, from now on.
    pub fn set_weights(&self, weights: impl IntoIterator<Item = (ApplicationId, u32)>) {
        let weights = weights.into_iter().collect();
        self.lock().weights = weights;
    }

    /// Adds messages; those that are not due wait for their time. Beyond the window they are left to the store: answers whether some
    /// were.
    pub fn push(&self, items: &[QueueItem], now: Timestamp) -> bool {
        let mut missed = false;
        self.add(items, now, Source::Nudge, |_, added| missed |= added == Added::Missed);
        if missed {
            self.room.notify_one();
        }
        missed
    }

    /// Adds what other nodes queued. `refused` hears of each that this node does not hold now: it was known already, or there is no room,
    /// and then the answer is true.
    pub fn take_in(&self, items: &[QueueItem], now: Timestamp, mut refused: impl FnMut(&QueueItem)) -> bool {
        let mut missed = false;
        self.add(items, now, Source::Node, |item, added| {
            missed |= added == Added::Missed;
            if matches!(added, Added::Missed | Added::Known) {
                refused(item);
            }
        });
        missed
    }

    fn add(&self, items: &[QueueItem], now: Timestamp, source: Source, mut told: impl FnMut(&QueueItem, Added)) {
        let mut touched = [false; 3];
        let mut state = self.lock();
        for item in items {
            let added = state.add(item, now, self.window, source);
            touched[item.class as usize] |= added == Added::Ready;
            told(item, added);
        }
        drop(state);
        self.announce(touched);
    }

    /// Whether ids of a class would find room.
    pub fn has_room(&self, class: MessageClass) -> bool {
        self.lock().known[class as usize].len() < self.window
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
            touched[class as usize] |= state.add(item, now, usize::MAX, Source::Store) == Added::Ready;
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
        let mut room = false;
        for id in ids {
            room |= state.let_go(class, id);
        }
        drop(state);
        if room {
            self.room.notify_one();
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
            state.due[class as usize].push(application, id);
            touched[class as usize] = true;
        };
        drop(state);
        self.announce(touched);
        next
    }

    /// Makes everything that waits for its time due now: what it waited for may have come early. Who takes it looks whether it is due by
    /// the store as well.
    pub fn wake(&self) {
        let mut touched = [false; 3];
        let mut state = self.lock();
        for Reverse((_, id, class, application)) in std::mem::take(&mut state.later) {
            state.due[class as usize].push(application, id);
            touched[class as usize] = true;
        }
        drop(state);
        self.announce(touched);
    }

    /// Lets go of everything that waits for its time: the store is to be asked again when that is.
    pub fn forget_later(&self) {
        let mut state = self.lock();
        for Reverse((_, id, class, _)) in std::mem::take(&mut state.later) {
            state.let_go(class, &id);
        }
        drop(state);
        self.doubt();
    }

    /// The lanes that the store may have more for.
    pub fn wants(&self, applications: &[ApplicationId]) -> Vec<Want> {
        let mut state = self.lock();
        let mut wants = Vec::new();
        for class in MessageClass::ALL {
            for application in applications {
                let share = state.share(class, *application, self.window);
                let lane = state.lanes.entry((class, *application)).or_default();
                let free = share.saturating_sub(lane.held);
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
    fn add(&mut self, item: &QueueItem, now: Timestamp, window: usize, source: Source) -> Added {
        let (class, application) = (item.class as usize, item.application_id);
        let share = self.share(item.class, application, window);
        let lane = self.lanes.entry((item.class, application)).or_default();
        let left_to_store = match source {
            Source::Store => false,
            Source::Nudge => lane.held >= share || !lane.complete,
            Source::Node => lane.held >= share,
        };
        if left_to_store {
            lane.complete = false;
            lane.missed = true;
            return Added::Missed;
        }
        if self.known[class].contains_key(&item.id) {
            return Added::Known;
        }
        self.known[class].insert(item.id, application);
        lane.held += 1;
        self.active[class] += usize::from(lane.held == 1);
        if item.due_at > now {
            self.later.push(Reverse((item.due_at, item.id, item.class, application)));
            return Added::Waits;
        }
        self.due[class].push(application, item.id);
        Added::Ready
    }

    /// Answers whether the store has more to take its place.
    fn let_go(&mut self, class: MessageClass, id: &MessageId) -> bool {
        let Some(application) = self.known[class as usize].remove(id) else { return false };
        let Some(lane) = self.lanes.get_mut(&(class, application)) else { return false };
        lane.held -= 1;
        self.active[class as usize] -= usize::from(lane.held == 0);
        !lane.complete
    }

    /// How many ids of an application may be known: the window, divided by those that have some. What a slow channel holds of a
    /// campaign must not keep others out, so one that comes later finds its part free; the window is exceeded until the others are
    /// down to theirs, by n applications at most 1/2 + 1/3 + … + 1/n times.
    fn share(&self, class: MessageClass, application: ApplicationId, window: usize) -> usize {
        let has_some = self.lanes.get(&(class, application)).is_some_and(|lane| lane.held > 0);
        let sharing = self.active[class as usize] + usize::from(!has_some);
        (window / sharing).max(SMALLEST_SHARE).min(window)
    }

    fn take(&mut self, class: MessageClass, most: usize) -> Vec<MessageId> {
        let weights = &self.weights;
        let weight = |application: &ApplicationId| weights.get(application).copied();
        self.due[class as usize].take(most, |application| weight(application).unwrap_or(Application::DEFAULT_WEIGHT))
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
    async fn applications_share_by_weight_and_a_change_is_in_force_at_once() {
        let (big, small) = (application(1), application(2));
        let queue = MemoryQueue::new(10_000);
        ready(&queue, &[big, small]);
        let many = |owner, from: u128| (from..from + 2000).map(|number| item(owner, number, 0)).collect::<Vec<_>>();
        queue.push(&many(big, 0), Timestamp::default());
        queue.push(&many(small, 5000), Timestamp::default());
        for (weight, most) in [(3, 300), (1, 200), (9, 900)] {
            queue.set_weights([(big, weight), (small, 1)]);
            let taken = queue.pop(MessageClass::Notice, most).await;
            let of_small = taken.iter().filter(|id| **id >= item(small, 5000, 0).id).count();
            assert!(of_small.abs_diff(most / (weight as usize + 1)) <= 1, "{of_small} of {most} at {weight}:1");
        }
    }

    #[tokio::test]
    async fn a_campaign_in_somebodys_hands_leaves_room_for_others() {
        let (campaign, small) = (application(1), application(2));
        let queue = MemoryQueue::new(10_000);
        ready(&queue, &[campaign, small]);
        let many: Vec<QueueItem> = (0..100_000).map(|number| item(campaign, number, 0)).collect();
        queue.push(&many, Timestamp::default());
        // A slow channel holds all of them.
        while queue.depth()[1] > 0 && queue.pop(MessageClass::Notice, 256).await.len() == 256 {}
        assert_eq!(queue.depth()[1], 10_000);
        let few: Vec<QueueItem> = (200_000..200_010).map(|number| item(small, number, 0)).collect();
        queue.push(&few, Timestamp::default());
        assert_eq!(queue.pop(MessageClass::Notice, 256).await, few.iter().map(|item| item.id).collect::<Vec<_>>());
        // Now two share, and the campaign is above its part: it is not read on before it is down to half of that.
        let wanted = |queue: &MemoryQueue| {
            let wants = queue.wants(&[campaign, small]);
            wants.into_iter().find(|want| want.class == MessageClass::Notice && want.application == campaign)
        };
        assert!(wanted(&queue).is_none());
        queue.forget(MessageClass::Notice, many[..8000].iter().map(|item| &item.id));
        assert_eq!(wanted(&queue).expect("a want").room, 3000);
        queue.forget(MessageClass::Notice, few.iter().map(|item| &item.id));
        assert_eq!(wanted(&queue).expect("a want").room, 8000, "alone again");
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
    async fn who_waits_can_be_woken() {
        let owner = application(1);
        let queue = MemoryQueue::new(10);
        ready(&queue, &[owner]);
        queue.push(&[item(owner, 1, 500), item(owner, 2, 900)], Timestamp::default());
        queue.wake();
        assert_eq!(queue.pop(MessageClass::Notice, 5).await.len(), 2);
        assert_eq!(queue.ripen(Timestamp::from_millis(900)), None, "nothing waits any more");
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
