//! [`Gate`]: lets the calls of one channel through at its [`Pace`].

use jixinda_domain::{Clock, MessageClass, Timestamp};
use jixinda_routing::pace::{Felt, Pace, Start};
use serde::Serialize;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// One for each channel; what it learnt outlives changes of the channel.
pub struct Gate {
    clock: Arc<dyn Clock>,
    pace: Mutex<Pace>,
    ended: Notify,
    /// Texts that wait in front of it, by class.
    waiting: [AtomicUsize; 3],
    /// The most that may wait while another channel is there.
    most_waiting: AtomicUsize,
    /// Spacing of the calls of the whole account, where its provider limits them.
    spacing: Mutex<Option<Arc<Spacing>>>,
}

/// The even spread of an account's calls.
pub struct Spacing {
    every: Duration,
    tolerance: Duration,
    /// When the next call is due, in milliseconds.
    next: AtomicU64,
}

/// How fast a channel goes.
#[derive(Debug, Serialize)]
pub struct PaceView {
    /// `None` for as fast as the provider takes them.
    pub texts_per_second_at_most: Option<f64>,
    /// Calls in flight.
    pub calls_at_most: u32,
    /// Of late.
    pub texts_per_second: f64,
    /// Texts that wait in front of it.
    pub waiting: usize,
}

/// A call's place; given back when it is dropped.
pub struct Slot {
    gate: Arc<Gate>,
    is_otp: bool,
    felt: Felt,
}

impl Gate {
    pub fn new(clock: Arc<dyn Clock>, rate: Option<u32>, calls: u32) -> Self {
        Self {
            clock,
            pace: Mutex::new(Pace::new(rate, calls)),
            ended: Notify::new(),
            waiting: Default::default(),
            most_waiting: AtomicUsize::new(usize::MAX),
            spacing: Mutex::default(),
        }
    }

    /// Takes over what the operator and the provider allow now.
    pub fn allow(&self, rate: Option<u32>, calls: u32, spacing: Option<Arc<Spacing>>) {
        self.pace().allow(rate, calls);
        *self.spacing.lock().unwrap_or_else(PoisonError::into_inner) = spacing;
        self.ended.notify_waiters();
    }

    /// The spacing of its account's calls.
    pub fn spacing(&self) -> Option<Arc<Spacing>> {
        self.spacing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until a call may begin.
    pub async fn enter(self: &Arc<Self>, is_otp: bool) -> Slot {
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            // Before the question, so that no end between the two goes unheard.
            ended.as_mut().enable();
            let start = self.pace().begin(is_otp, self.clock.now());
            match start {
                Start::Now => {
                    let slot = Slot { gate: self.clone(), is_otp, felt: Felt::default() };
                    let Some(wait) = self.spaced() else { return slot };
                    drop(slot);
                    tokio::time::sleep(wait).await;
                }
                Start::After(wait) => tokio::time::sleep(wait).await,
                Start::WhenOneEnds => ended.await,
            }
        }
    }

    /// How long the account's next call has to wait; takes the place where it need not.
    fn spaced(&self) -> Option<Duration> {
        self.spacing()?.take(self.clock.now())
    }

    /// Texts of one call at most, so that those after it do not wait for long.
    pub fn most(&self, batch: usize) -> usize {
        self.pace().most(batch)
    }

    /// Another channel's load, or a backlog, comes to this one.
    pub fn brace(&self) {
        let now = self.clock.now();
        self.pace().brace(now);
    }

    /// How many texts of each class wait in front of it now.
    pub fn note_waiting(&self, waiting: [usize; 3], capacity: usize) {
        for (noted, waiting) in self.waiting.iter().zip(waiting) {
            noted.store(waiting, Ordering::Relaxed);
        }
        let soon = self.pace().soon().unwrap_or(usize::MAX);
        self.most_waiting.store(soon.min(capacity), Ordering::Relaxed);
    }

    /// Whether more waits than it can send soon, of this class and of those that go before it.
    pub fn is_full(&self, class: MessageClass) -> bool {
        let before = &self.waiting[..=class as usize];
        let waiting: usize = before.iter().map(|waiting| waiting.load(Ordering::Relaxed)).sum();
        waiting >= self.most_waiting.load(Ordering::Relaxed)
    }

    /// How fast it goes now, for people.
    pub fn figures(&self) -> PaceView {
        let now = self.clock.now();
        let mut pace = self.pace();
        pace.refresh(now);
        PaceView {
            texts_per_second_at_most: pace.rate(),
            calls_at_most: pace.calls(),
            texts_per_second: pace.average(),
            waiting: self.waiting.iter().map(|waiting| waiting.load(Ordering::Relaxed)).sum(),
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// The call carries so many texts.
    pub fn carries(&self, texts: usize) {
        let now = self.gate.clock.now();
        self.gate.pace().carries(self.is_otp, texts, now);
    }

    /// What the call told of the provider's load.
    pub fn felt(&mut self, felt: Felt) {
        self.felt = felt;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let now = self.gate.clock.now();
        self.gate.pace().end(self.is_otp, self.felt, now);
        self.gate.ended.notify_waiters();
    }
}

impl Spacing {
    pub fn new((every, tolerance): (Duration, Duration)) -> Self {
        Self { every, tolerance, next: AtomicU64::new(0) }
    }

    /// Whether it still says this.
    pub fn is(&self, spacing: (Duration, Duration)) -> bool {
        (self.every, self.tolerance) == spacing
    }

    fn take(&self, now: Timestamp) -> Option<Duration> {
        let now = u64::try_from(now.as_millis()).unwrap_or(0);
        let (every, tolerance) = (millis(self.every).max(1), millis(self.tolerance));
        let mut wait = None;
        // Contended only where several channels share an account.
        let _ = self.next.fetch_update(Ordering::AcqRel, Ordering::Acquire, |next| {
            // Further off than it can be: the clock was set back.
            let next = if next > now + tolerance + every { now } else { next };
            wait = next.checked_sub(now + tolerance).filter(|wait| *wait > 0).map(Duration::from_millis);
            wait.is_none().then(|| next.max(now) + every)
        });
        wait
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::clock::SystemClock;

    #[tokio::test]
    async fn a_slot_is_given_back() {
        let gate = Arc::new(Gate::new(Arc::new(SystemClock), None, 1));
        let slot = gate.enter(true).await;
        let next = tokio::spawn({
            let gate = gate.clone();
            async move { drop(gate.enter(true).await) }
        });
        tokio::task::yield_now().await;
        assert!(!next.is_finished());
        drop(slot);
        next.await.expect("it goes on");
    }

    #[test]
    fn calls_of_an_account_are_spread() {
        let spacing = Spacing::new((Duration::from_millis(300), Duration::from_millis(600)));
        let now = Timestamp::from_millis(1_000_000);
        let burst = (0..10).take_while(|_| spacing.take(now).is_none()).count();
        assert_eq!(burst, 3, "two ahead");
        assert_eq!(spacing.take(now), Some(Duration::from_millis(300)));
        assert_eq!(spacing.take(now + Duration::from_millis(300)), None);
        assert_eq!(spacing.take(Timestamp::from_millis(0)), None, "the clock was set back");
    }
}
