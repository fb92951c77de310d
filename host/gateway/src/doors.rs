//! How many calls of one account are worked on at once: a provider that pours out a day's receipts fills its own door, not the gateway.

use jixinda_domain::AccountId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls of one account at once. Each holds a body and an instance of a plugin.
const AT_ONCE: usize = 32;
/// How long a call waits to be let in; then the provider is asked to call again.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// One door for each account that called.
#[derive(Default)]
pub struct Doors(Mutex<HashMap<AccountId, Arc<Semaphore>>>);

impl Doors {
    /// Lets a call in; `None` where too many are inside for too long.
    pub async fn enter(&self, account: AccountId, patience: Duration) -> Option<OwnedSemaphorePermit> {
        let door = {
            let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            doors.entry(account).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))).clone()
        };
        tokio::time::timeout(patience, door.acquire_owned()).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::Timestamp;

    #[tokio::test]
    async fn a_storm_fills_its_own_door_only() {
        let doors = Doors::default();
        let account = |number| AccountId::new(Timestamp::default(), number);
        let mut inside = Vec::new();
        for _ in 0..AT_ONCE {
            inside.push(doors.enter(account(1), Duration::ZERO).await.expect("there is room"));
        }
        assert!(doors.enter(account(1), Duration::ZERO).await.is_none(), "the next one is asked to call again");
        assert!(doors.enter(account(2), Duration::ZERO).await.is_some(), "others are let in");
        inside.pop();
        assert!(doors.enter(account(1), Duration::ZERO).await.is_some(), "who leaves makes room");
    }
}
