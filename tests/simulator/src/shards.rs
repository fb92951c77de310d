//! State split over many small locks, so that concurrent requests seldom meet.
//!
//! What is kept in the shards belongs to their users: counts, details, nonces.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::dice::mix;

const SHARDS: u64 = 64;

/// `T` sixty-four times, each part behind its own lock.
#[derive(Debug)]
pub(crate) struct Shards<T> {
    parts: Box<[Mutex<T>]>,
}

impl<T: Default> Shards<T> {
    pub(crate) fn new() -> Self {
        Self { parts: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    /// The part that owns `key`.
    pub(crate) fn of(&self, key: u64) -> MutexGuard<'_, T> {
        lock(&self.parts[(mix(key) % SHARDS) as usize])
    }

    /// Every part in turn.
    pub(crate) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, T>> {
        self.parts.iter().map(lock)
    }

    pub(crate) fn clear(&self) {
        self.each().for_each(|mut part| *part = T::default());
    }
}

/// A panic in one test must not hide what the others recorded, so poisoning is ignored.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
