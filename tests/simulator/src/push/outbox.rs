//! What waits to be pushed for one account, soonest first.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::{PushBody, Receipt};
use crate::account::{Account, AccountState};
use crate::shards::lock;

/// The waiting pushes of one account.
#[derive(Default)]
pub(crate) struct Outbox {
    waiting: Mutex<BinaryHeap<Reverse<Waiting>>>,
    earlier: Notify,
}

/// One push, ready to go. A failed one keeps its body, as the real provider repeats it.
pub(crate) struct Parcel {
    pub(super) push: PushBody,
    /// Where to; `None` means wherever the account's callback is by then.
    pub(super) url: Option<Arc<str>>,
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
    pub(crate) fn add_inbound(&self, push: PushBody) {
        let parcel = Parcel { push, url: None, receipts: 0, inbound: 1, tries: 0 };
        self.add(Instant::now(), std::iter::once(Cargo::Parcel(parcel)));
    }

    /// Queues a failed push once more.
    pub(super) fn add_again(&self, parcel: Parcel, wait: Duration) {
        self.add(Instant::now() + wait, std::iter::once(Cargo::Parcel(parcel)));
    }

    /// Waits for the next push to become due; receipts that are due by then travel together, if they go the same way.
    pub(super) async fn next(&self, account: &AccountState) -> Parcel {
        loop {
            let due = match self.take(Instant::now(), account) {
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
    fn take(&self, now: Instant, account: &AccountState) -> Result<Parcel, Option<Instant>> {
        let mut waiting = lock(&self.waiting);
        let first = waiting.peek_mut().ok_or(None)?;
        if first.0.due > now {
            return Err(Some(first.0.due));
        }
        let first = match PeekMut::pop(first).0.cargo {
            Cargo::Parcel(parcel) => return Ok(parcel),
            Cargo::Receipt(receipt) => receipt,
        };
        let settings = account.settings();
        let most = settings.provider.wire().receipts_a_push(&settings);
        let mut receipts = vec![first];
        while receipts.len() < most {
            let Some(next) = waiting.peek_mut() else { break };
            let joins = match &next.0.cargo {
                Cargo::Receipt(receipt) => next.0.due <= now && receipt.call.callback == receipts[0].call.callback,
                Cargo::Parcel(_) => false,
            };
            if !joins {
                break;
            }
            if let Reverse(Waiting { cargo: Cargo::Receipt(receipt), .. }) = PeekMut::pop(next) {
                receipts.push(receipt);
            }
        }
        drop(waiting);
        Ok(Parcel::of_receipts(&receipts, &settings))
    }
}

impl Parcel {
    /// The receipts go to one address: that of the first.
    pub(super) fn of_receipts(receipts: &[Receipt], account: &Account) -> Self {
        let push = account.provider.wire().receipts(account, receipts);
        let url = receipts.first().and_then(|receipt| receipt.call.callback.clone());
        Self { push, url, receipts: receipts.len() as u64, inbound: 0, tries: 0 }
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
