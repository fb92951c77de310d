//! A channel at work: holds what is ready for it, gathers calls by the provider's limits, and paces them.
//!
//! `otp` goes first, never waits for others and never shares a call with another class; a fifth of the permits and of the rate is
//! its own.

use super::lane::{Lane, Ready};
use super::{Shared, attempt};
use crate::directory::{ChannelEntry, Directory};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jixinda_domain::{ChannelId, MessageClass, MessageId};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// `otp` texts in one call: enough to share the cost of an instance, few enough to fail together.
const OTP_BATCH: usize = 32;
/// Intents on their way to the disk: some in the transaction that runs, some waiting for the next. What arrives meanwhile goes
/// together with those after, and loses no time by it.
const OTP_INTENTS: usize = 4;
const BULK_INTENTS: usize = 16;

/// All channels at work.
pub(super) struct Channels {
    at_work: Mutex<HashMap<ChannelId, Arc<Channel>>>,
    freed_tx: [mpsc::UnboundedSender<Freed>; 3],
    freed_rx: [tokio::sync::Mutex<mpsc::UnboundedReceiver<Freed>>; 3],
}

/// Ids that a channel has room for again.
type Freed = (Arc<Channel>, Vec<MessageId>);

impl Default for Channels {
    fn default() -> Self {
        let (otp, notice, marketing) =
            (mpsc::unbounded_channel(), mpsc::unbounded_channel(), mpsc::unbounded_channel());
        Self {
            at_work: Mutex::default(),
            freed_tx: [otp.0, notice.0, marketing.0],
            freed_rx: [otp.1.into(), notice.1.into(), marketing.1.into()],
        }
    }
}

impl Channels {
    /// The channel at work for this entry; one that was changed or is new starts here.
    pub(super) fn get(
        &self,
        shared: &Arc<Shared>,
        entry: &Arc<ChannelEntry>,
        loops: &TaskTracker,
        stop: &CancellationToken,
    ) -> Arc<Channel> {
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = at_work.get(&entry.channel.id)
            && channel.entry.channel == entry.channel
        {
            return channel.clone();
        }
        let channel = Arc::new(Channel::new(entry.clone(), shared.gateway.config.dispatch.ready_per_channel));
        if let Some(old) = at_work.insert(entry.channel.id, channel.clone()) {
            old.retired.cancel();
        }
        loops.spawn(work(shared.clone(), channel.clone(), stop.clone()));
        channel
    }

    /// Ids that a channel has room for again: what is offered to it from now on is they, until they have [`arrived`](Self::arrived).
    pub(super) async fn freed(&self, class: MessageClass) -> Freed {
        match self.freed_rx[class as usize].lock().await.recv().await {
            Some((channel, ids)) => {
                channel.lock()[class as usize].arriving();
                (channel, ids)
            }
            None => std::future::pending().await,
        }
    }

    /// They were offered, or are gone.
    pub(super) fn arrived(&self, channel: &Arc<Channel>, class: MessageClass) {
        channel.lock()[class as usize].arrived();
        self.release(channel);
    }

    fn release(&self, channel: &Arc<Channel>) {
        let released = channel.lock().each_mut().map(|lane| lane.release(channel.capacity));
        for (freed_tx, ids) in self.freed_tx.iter().zip(released) {
            if !ids.is_empty() {
                // The receiver lives as long as the sender.
                let _ = freed_tx.send((channel.clone(), ids));
            }
        }
    }
}

pub(super) struct Channel {
    pub(super) entry: Arc<ChannelEntry>,
    lanes: Mutex<[Lane; 3]>,
    otp_arrived: Notify,
    bulk_arrived: Notify,
    capacity: usize,
    /// Permits for any class, and those that only `otp` may not exceed the rest with.
    all: Arc<Semaphore>,
    bulk: Arc<Semaphore>,
    rate: Option<Rate>,
    retired: CancellationToken,
}

struct Rate {
    all: DefaultDirectRateLimiter,
    bulk: DefaultDirectRateLimiter,
}

impl Channel {
    fn new(entry: Arc<ChannelEntry>, capacity: usize) -> Self {
        let permits = entry.channel.max_concurrency.max(1) as usize;
        Self {
            lanes: Mutex::default(),
            otp_arrived: Notify::new(),
            bulk_arrived: Notify::new(),
            capacity,
            all: Arc::new(Semaphore::new(permits)),
            bulk: Arc::new(Semaphore::new(without_reserve(permits))),
            rate: entry.channel.rate_per_second.and_then(Rate::new),
            retired: CancellationToken::new(),
            entry,
        }
    }

    /// Takes a message, or only its id where there is no room.
    pub(super) fn offer(&self, ready: Ready, same: &[String]) {
        let class = ready.message.class;
        let mut lanes = self.lock();
        let is_ready = lanes[class as usize].offer(ready, same, self.capacity);
        drop(lanes);
        if is_ready {
            self.bell(class == MessageClass::Otp).notify_one();
        }
    }

    fn bell(&self, otp: bool) -> &Notify {
        if otp { &self.otp_arrived } else { &self.bulk_arrived }
    }

    fn lock(&self) -> MutexGuard<'_, [Lane; 3]> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next call's messages: the most urgent class that may go now.
    fn take(&self, most: usize, classes: &[MessageClass], directory: &Directory) -> Vec<Ready> {
        let mut lanes = self.lock();
        for class in classes {
            let most = if *class == MessageClass::Otp { most.min(OTP_BATCH) } else { most };
            let batch = lanes[*class as usize].take(most, |application| directory.weight(application));
            if !batch.is_empty() {
                return batch;
            }
        }
        Vec::new()
    }

    fn ready(&self, classes: &[MessageClass]) -> usize {
        let lanes = self.lock();
        classes.iter().map(|class| lanes[*class as usize].ready()).sum()
    }

    fn empty(&self) -> (Vec<Ready>, [Vec<MessageId>; 3]) {
        let (mut lanes, mut ready) = (self.lock(), Vec::new());
        let waiting = [0, 1, 2].map(|class| {
            let (of_class, waiting) = lanes[class].empty();
            ready.extend(of_class);
            waiting
        });
        (ready, waiting)
    }
}

/// Four fifths, but never nothing.
fn without_reserve(all: usize) -> usize {
    (all - all.div_ceil(5)).max(1)
}

impl Rate {
    fn new(per_second: u32) -> Option<Self> {
        let all = NonZeroU32::new(per_second)?;
        let bulk = NonZeroU32::new(u32::try_from(without_reserve(per_second as usize)).unwrap_or(per_second))?;
        // A tenth of a second may go at once; the rest is spread evenly.
        let limiter = |rate: NonZeroU32| {
            let burst = NonZeroU32::new(rate.get().div_ceil(10)).unwrap_or(NonZeroU32::MIN);
            RateLimiter::direct(Quota::per_second(rate).allow_burst(burst))
        };
        Some(Self { all: limiter(all), bulk: limiter(bulk) })
    }

    async fn wait(&self, class: MessageClass, count: usize) {
        for _ in 0..count {
            if class != MessageClass::Otp {
                self.bulk.until_ready().await;
            }
            self.all.until_ready().await;
        }
    }
}

const OTP: &[MessageClass] = &[MessageClass::Otp];
const BULK: &[MessageClass] = &[MessageClass::Notice, MessageClass::Marketing];

/// One loop for `otp`, one for the rest: neither waits for the other's permits.
async fn work(shared: Arc<Shared>, channel: Arc<Channel>, stop: CancellationToken) {
    tokio::join!(gather(&shared, &channel, OTP, &stop), gather(&shared, &channel, BULK, &stop));
    let (ready, waiting) = channel.empty();
    for ready in ready {
        let now = shared.gateway.clock.now();
        shared.push_again(&ready.message, now);
    }
    for (class, ids) in MessageClass::ALL.into_iter().zip(waiting) {
        shared.gateway.queue.forget(class, &ids);
    }
    shared.gateway.queue.doubt();
}

async fn gather(shared: &Arc<Shared>, channel: &Arc<Channel>, classes: &[MessageClass], stop: &CancellationToken) {
    let linger = Duration::from_millis(shared.gateway.config.dispatch.linger_ms);
    let is_otp = classes == OTP;
    let turns = Arc::new(Semaphore::new(if is_otp { OTP_INTENTS } else { BULK_INTENTS }));
    loop {
        while channel.ready(classes) == 0 {
            tokio::select! {
                () = channel.bell(is_otp).notified() => {}
                () = stop.cancelled() => return,
                () = channel.retired.cancelled() => return,
            }
        }
        let most = batch_limit(shared, channel);
        if !is_otp && most > 1 && channel.ready(classes) < most && !linger.is_zero() {
            tokio::time::sleep(linger).await;
        }
        let Ok(turn) = turns.clone().acquire_owned().await else { return };
        let permits = tokio::select! {
            permits = permits(channel, is_otp) => permits,
            () = stop.cancelled() => return,
            () = channel.retired.cancelled() => return,
        };
        let batch = channel.take(most, classes, &shared.gateway.directory());
        let Some(first) = batch.first() else { continue };
        if let Some(rate) = &channel.rate {
            rate.wait(first.message.class, batch.len()).await;
        }
        shared.channels.release(channel);
        let (shared, entry) = (shared.clone(), channel.entry.clone());
        let calls = shared.calls.clone();
        calls.spawn(async move {
            let begun = attempt::begin(&shared, &entry, batch).await;
            drop(turn);
            if let Some(begun) = begun {
                attempt::finish(&shared, &entry, begun).await;
            }
            drop(permits);
        });
    }
}

type Permits = (Option<tokio::sync::OwnedSemaphorePermit>, Option<tokio::sync::OwnedSemaphorePermit>);

async fn permits(channel: &Channel, is_otp: bool) -> Permits {
    // Closed never: the semaphores live as long as the channel.
    let bulk = if is_otp { None } else { channel.bulk.clone().acquire_owned().await.ok() };
    (bulk, channel.all.clone().acquire_owned().await.ok())
}

fn batch_limit(shared: &Shared, channel: &Channel) -> usize {
    let provider = &channel.entry.account.account.provider;
    shared.gateway.runtime.gathering(provider).map_or(1, |gathering| gathering.max_batch.max(1) as usize)
}
