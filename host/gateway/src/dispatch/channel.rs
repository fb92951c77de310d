//! A channel at work: holds what is ready for it, gathers calls by the provider's limits, and paces them.
//!
//! `otp` goes first, never waits for others and never shares a call with another class; a fifth of the permits and of the rate is
//! its own.

use super::lane::{Lane, Ready};
use super::{Shared, attempt};
use crate::directory::{ChannelEntry, Directory};
use crate::routing::Gate;
use jixinda_domain::{ChannelId, MessageClass, MessageId};
use std::collections::HashMap;
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
        let gate = shared.gateway.routing.gate(&entry.channel);
        let capacity = shared.gateway.config.dispatch.ready_per_channel;
        let channel = Arc::new(Channel::new(entry.clone(), gate, capacity));
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
        self.free(channel, released);
    }

    /// Has ids loaded and routed, by class.
    fn free(&self, channel: &Arc<Channel>, released: [Vec<MessageId>; 3]) {
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
    gate: Arc<Gate>,
    retired: CancellationToken,
}

impl Channel {
    fn new(entry: Arc<ChannelEntry>, gate: Arc<Gate>, capacity: usize) -> Self {
        Self {
            lanes: Mutex::default(),
            otp_arrived: Notify::new(),
            bulk_arrived: Notify::new(),
            capacity,
            gate,
            retired: CancellationToken::new(),
            entry,
        }
    }

    /// Takes a message, or only its id where there is no room.
    pub(super) fn offer(&self, ready: Ready, same: &[String]) {
        let class = ready.message.class;
        let mut lanes = self.lock();
        let is_ready = lanes[class as usize].offer(ready, same, self.capacity);
        self.note_waiting(&lanes);
        drop(lanes);
        if is_ready {
            self.bell(class == MessageClass::Otp).notify_one();
        }
    }

    fn note_waiting(&self, lanes: &[Lane; 3]) {
        self.gate.note_waiting(lanes.each_ref().map(Lane::held), self.capacity);
    }

    /// The channel is suspended: what waits for it is routed again.
    fn turn_away(self: &Arc<Self>, shared: &Shared) {
        let (ready, waiting) = self.empty();
        let now = shared.gateway.clock.now();
        for ready in ready {
            shared.push_again(&ready.message, now);
        }
        shared.channels.free(self, waiting);
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
                self.note_waiting(&lanes);
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
        self.gate.note_waiting([0; 3], self.capacity);
        let waiting = [0, 1, 2].map(|class| {
            let (of_class, waiting) = lanes[class].empty();
            ready.extend(of_class);
            waiting
        });
        (ready, waiting)
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
        if shared.gateway.routing.is_suspended(channel.entry.channel.id) {
            channel.turn_away(shared);
            continue;
        }
        let most = batch_limit(shared, channel);
        if !is_otp && most > 1 && channel.ready(classes) < most && !linger.is_zero() {
            tokio::time::sleep(linger).await;
        }
        let Ok(turn) = turns.clone().acquire_owned().await else { return };
        let mut slot = tokio::select! {
            slot = channel.gate.enter(is_otp) => slot,
            () = stop.cancelled() => return,
            () = channel.retired.cancelled() => return,
        };
        let batch = channel.take(channel.gate.most(most), classes, &shared.gateway.directory());
        if batch.is_empty() {
            continue;
        }
        slot.carries(batch.len());
        shared.channels.release(channel);
        // As it is now: credentials and bindings may have changed since the channel began its work.
        let entry = shared.gateway.directory().channels.get(&channel.entry.channel.id).cloned();
        let (shared, entry) = (shared.clone(), entry.unwrap_or_else(|| channel.entry.clone()));
        let calls = shared.calls.clone();
        calls.spawn(async move {
            let begun = attempt::begin(&shared, &entry, batch).await;
            drop(turn);
            if let Some(begun) = begun {
                slot.felt(attempt::finish(&shared, &entry, begun).await);
            }
            drop(slot);
        });
    }
}

fn batch_limit(shared: &Shared, channel: &Channel) -> usize {
    let provider = &channel.entry.account.account.provider;
    shared.gateway.runtime.gathering(provider).map_or(1, |gathering| gathering.max_batch.max(1) as usize)
}
