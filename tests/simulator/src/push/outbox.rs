//! What waits to be pushed for one account, soonest first.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::Receipt;
use crate::shards::lock;
use crate::wire::Provider;

/// The most receipts in one push.
const RECEIPTS_A_PUSH: usize = 100;

/// The waiting pushes of one account.
#[derive(Default)]
pub(crate) struct Outbox {
    waiting: Mutex<BinaryHeap<Reverse<Waiting>>>,
    earlier: Notify,
}

/// One push, ready to go. A failed one keeps its body, as the real provider repeats it.
pub(crate) struct Parcel {
    pub(super) body: Bytes,
    pub(super) receipts: u64,
    pub(super) inbound: u64,
    pub(super) tries: u32,
}

struct Waiting {
    due: Instant,
    cargo: Cargo,
}

enum Cargo {
    Receipt(Receipt),
    Parcel(Parcel),
}

impl Outbox {
    /// Queues receipts that become due together.
    pub(crate) fn add_receipts(&self, receipts: Vec<Receipt>, delay: Duration) {
        let due = Instant::now() + delay;
        self.add(due, receipts.into_iter().map(Cargo::Receipt));
    }

    /// Queues an inbound push, due now.
    pub(crate) fn add_inbound(&self, body: Bytes) {
        let parcel = Parcel { body, receipts: 0, inbound: 1, tries: 0 };
        self.add(Instant::now(), std::iter::once(Cargo::Parcel(parcel)));
    }

    /// Queues a failed push once more.
    pub(super) fn add_again(&self, parcel: Parcel, wait: Duration) {
        self.add(Instant::now() + wait, std::iter::once(Cargo::Parcel(parcel)));
    }

    /// Waits for the next push to become due; receipts that are due by then travel together.
    pub(super) async fn next(&self, provider: Provider) -> Parcel {
        loop {
            let due = match self.take(Instant::now(), provider) {
                Ok(parcel) => return parcel,
                Err(due) => due,
            };
            tokio::select! {
                () = self.earlier.notified() => {}
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
        }
    }

    pub(crate) fn clear(&self) {
        lock(&self.waiting).clear();
    }

    fn add(&self, due: Instant, cargo: impl Iterator<Item = Cargo>) {
        let is_earlier = {
            let mut waiting = lock(&self.waiting);
            let is_earlier = waiting.peek().is_none_or(|Reverse(first)| due < first.due);
            waiting.extend(cargo.map(|cargo| Reverse(Waiting { due, cargo })));
            is_earlier
        };
        // Only a new first one shortens the pusher's wait.
        if is_earlier {
            self.earlier.notify_one();
        }
    }

    /// What is due now, or else when something will be.
    fn take(&self, now: Instant, provider: Provider) -> Result<Parcel, Option<Instant>> {
        let mut receipts = Vec::new();
        {
            let mut waiting = lock(&self.waiting);
            while receipts.len() < RECEIPTS_A_PUSH {
                let first_is_receipt = match waiting.peek() {
                    Some(Reverse(first)) if first.due <= now => matches!(first.cargo, Cargo::Receipt(_)),
                    Some(Reverse(first)) if receipts.is_empty() => return Err(Some(first.due)),
                    None if receipts.is_empty() => return Err(None),
                    _ => break,
                };
                if !first_is_receipt && !receipts.is_empty() {
                    break;
                }
                match waiting.pop() {
                    Some(Reverse(Waiting { cargo: Cargo::Parcel(parcel), .. })) => return Ok(parcel),
                    Some(Reverse(Waiting { cargo: Cargo::Receipt(receipt), .. })) => receipts.push(receipt),
                    None => break,
                }
            }
        }
        Ok(Parcel::of_receipts(&receipts, provider))
    }
}

impl Parcel {
    pub(super) fn of_receipts(receipts: &[Receipt], provider: Provider) -> Self {
        let body = provider.wire().receipts(receipts);
        Self { body, receipts: receipts.len() as u64, inbound: 0, tries: 0 }
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.due.cmp(&other.due)
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.due == other.due
    }
}

impl Eq for Waiting {}
