//! The simulator as tests hold it: start, script, ask.
//!
//! The control API offers the same over HTTP; both are thin over `world`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::Instant;

use crate::account::Account;
use crate::faults::Faults;
use crate::memory::{NumberCount, ReceivedText, Summary};
use crate::options::Options;
use crate::push::InboundText;
use crate::serve::{Doors, Listeners};
use crate::world::World;

/// How often `wait_until` looks.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Running providers. Dropping it ends all listeners, connections and pushes.
pub struct Simulator {
    world: Arc<World>,
    listeners: Arc<Listeners>,
    address: SocketAddr,
}

impl Simulator {
    /// Listens and serves on the current tokio runtime.
    pub async fn start(options: Options) -> Result<Self> {
        let world = Arc::new(World::new(&options)?);
        let listeners = Listeners::new(world.clone());
        let address = listeners.open(options.listen, Doors::All).await?;
        Ok(Self { world, listeners, address })
    }

    /// Where the main listener is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The main listener's URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes an account known, or changes a known one's settings.
    pub fn register(&self, account: Account) -> Result<()> {
        self.world.register(account)
    }

    /// Replaces an account's faults; `Faults::default()` heals it.
    pub fn set_faults(&self, key: &str, faults: Faults) -> Result<()> {
        self.world.set_faults(key, faults)
    }

    /// Totals since the start or the last reset.
    pub fn summary(&self) -> Summary {
        self.world.summary()
    }

    /// Everything known of a number, oldest first.
    pub fn texts(&self, number: &str) -> Vec<ReceivedText> {
        self.world.memory.texts(number)
    }

    /// The numbers that were taken more than once.
    pub fn doubled(&self) -> Vec<NumberCount> {
        self.world.memory.doubled()
    }

    /// Those of `numbers` that were never taken.
    pub fn missing<N: AsRef<str>>(&self, numbers: &[N]) -> Vec<String> {
        self.world.memory.missing(numbers)
    }

    /// Forgets texts, totals, nonces and waiting pushes; accounts and their faults stay.
    pub fn reset(&self) {
        self.world.reset();
    }

    /// A person answers: pushes an inbound text to the account's callback.
    pub fn push_inbound(&self, text: InboundText) -> Result<()> {
        self.world.push_inbound(text)
    }

    /// Opens one more port for providers' requests.
    pub async fn open_listener(&self) -> Result<SocketAddr> {
        self.listeners.open_another().await
    }

    /// Closes a port: new connections are refused, existing ones are dropped.
    pub async fn close_listener(&self, port: u16) -> Result<()> {
        self.listeners.close(port).await
    }

    /// Opens a closed port again.
    pub async fn reopen_listener(&self, port: u16) -> Result<SocketAddr> {
        self.listeners.reopen(port).await
    }

    /// Waits until `condition` holds; after `timeout` it fails and tells the last summary.
    pub async fn wait_until(&self, condition: impl Fn(&Summary) -> bool, timeout: Duration) -> Result<Summary> {
        let deadline = Instant::now() + timeout;
        loop {
            let summary = self.summary();
            if condition(&summary) {
                return Ok(summary);
            }
            if Instant::now() >= deadline {
                bail!("nothing of the kind within {timeout:?}: {summary:?}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.listeners.stop();
        self.world.accounts.stop();
    }
}
