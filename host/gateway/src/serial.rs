//! Serial numbers for providers that carry back digits only. Reserved from the store in blocks, never given out twice.

use jixinda_store::{Result, Store};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Numbers reserved at a time; at most this many are lost at a restart, of 10^15.
const BLOCK: u32 = 100_000;

pub struct Serials {
    store: Arc<dyn Store>,
    left: Mutex<Range<u64>>,
    refill: tokio::sync::Mutex<()>,
}

impl Serials {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, left: Mutex::new(0..0), refill: tokio::sync::Mutex::new(()) }
    }

    /// The first of `count` consecutive numbers.
    pub async fn take(&self, count: u32) -> Result<u64> {
        if let Some(first) = self.try_take(count) {
            return Ok(first);
        }
        let _turn = self.refill.lock().await;
        if let Some(first) = self.try_take(count) {
            return Ok(first);
        }
        let block = BLOCK.max(count);
        let start = self.store.reserve_serials(block).await?;
        *self.lock() = start + u64::from(count)..start + u64::from(block);
        Ok(start)
    }

    fn try_take(&self, count: u32) -> Option<u64> {
        let mut left = self.lock();
        let first = left.start;
        let end = first + u64::from(count);
        (end <= left.end).then(|| {
            left.start = end;
            first
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Range<u64>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
