//! Idempotency keys whose requests are on their way to the store.
//!
//! A caller may give up and repeat a request before its first try is stored. Were the repetition then judged by itself, it could be
//! refused, because its send time has passed by now, and the first try be stored a moment later all the same.

use jixinda_domain::ApplicationId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Key = (ApplicationId, String);

/// Keys on their way, each with how many requests carry it.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Mutex<HashMap<Key, u32>>>);

/// One request on its way; its key is let go when this is dropped.
pub struct Flight {
    keys: InFlight,
    key: Key,
}

impl InFlight {
    /// Notes a request that goes to the store now.
    pub fn depart(&self, application: ApplicationId, key: &str) -> Flight {
        let key = (application, key.to_owned());
        *self.lock().entry(key.clone()).or_default() += 1;
        Flight { keys: self.clone(), key }
    }

    /// Whether a request with this key is on its way.
    pub fn has(&self, application: ApplicationId, key: &str) -> bool {
        let keys = self.lock();
        !keys.is_empty() && keys.contains_key(&(application, key.to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut keys = self.keys.lock();
        if let Some(requests) = keys.get_mut(&self.key) {
            *requests -= 1;
            if *requests == 0 {
                keys.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::Timestamp;

    #[test]
    fn a_key_is_on_its_way_until_the_last_of_its_requests_has_arrived() {
        let (keys, application) = (InFlight::default(), ApplicationId::new(Timestamp::default(), 1));
        let (first, second) = (keys.depart(application, "a"), keys.depart(application, "a"));
        assert!(keys.has(application, "a") && !keys.has(application, "b"));
        drop(first);
        assert!(keys.has(application, "a"));
        drop(second);
        assert!(!keys.has(application, "a"));
    }
}
