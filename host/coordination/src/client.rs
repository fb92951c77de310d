//! [`Redis`]: the handle that all share. It mends itself in the background and never makes a caller wait for that.

use crate::connect::link::Link;
use crate::connect::{PATIENCE, Place, within};
use crate::error::RedisError;
use crate::keeper;
use crate::keys::Keys;
use crate::url::RedisUrl;
use redis::{Cmd, FromRedisValue, Pipeline};
use std::fmt;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// A place in Redis: a server, a master behind sentinels or a cluster. Cheap to clone; with the last clone the
/// connections close.
#[derive(Clone)]
pub struct Redis {
    pub(crate) shared: Arc<Shared>,
    _keeper: Arc<Keeper>,
}

/// What the handle, the keeper and those that read have in common.
pub(crate) struct Shared {
    pub(crate) url: RedisUrl,
    pub(crate) keys: Keys,
    pub(crate) live: watch::Sender<Option<Live>>,
    pub(crate) up: watch::Sender<bool>,
    troubles: mpsc::Sender<Trouble>,
}

/// The connection of now.
#[derive(Clone)]
pub(crate) struct Live {
    /// Counts the connections, so that an old one's trouble is not the new one's.
    pub(crate) generation: u64,
    pub(crate) place: Arc<Place>,
    pub(crate) link: Link,
}

/// Somebody met an error.
pub(crate) struct Trouble {
    pub(crate) generation: u64,
    pub(crate) error: RedisError,
    /// Met on a connection of the caller's own: the shared one may be well and is looked at first.
    pub(crate) elsewhere: bool,
}

struct Keeper(JoinHandle<()>);

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Redis {
    /// Starts to look for Redis in the background and goes on as long as a clone lives. All keys and channels start with
    /// `prefix`. Needs a tokio runtime around it.
    pub fn connect(url: &RedisUrl, prefix: &str) -> Self {
        // Another crate may have chosen already; that choice is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (troubles, heard) = mpsc::channel(16);
        let shared = Arc::new(Shared {
            url: url.clone(),
            keys: Keys::new(prefix),
            live: watch::Sender::new(None),
            up: watch::Sender::new(false),
            troubles,
        });
        let keeper = tokio::spawn(keeper::keep(Arc::clone(&shared), heard));
        Self { shared, _keeper: Arc::new(Keeper(keeper)) }
    }

    /// Whether commands are taken now: in a cluster, by the nodes of every class's queue.
    pub fn is_up(&self) -> bool {
        *self.shared.up.borrow()
    }

    /// The same, to wait on.
    pub fn state(&self) -> watch::Receiver<bool> {
        self.shared.up.subscribe()
    }

    /// Sends one command and reads its answer, within a second.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let mut live = self.shared.live()?;
        let answer = within(PATIENCE, command.query_async(&mut live.link)).await;
        answer.inspect_err(|error| self.shared.report(live.generation, error, false))
    }

    /// Sends several commands, whose keys share a slot, at once.
    pub(crate) async fn ask_all<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, RedisError> {
        let mut live = self.shared.live()?;
        let answer = within(PATIENCE, commands.query_async(&mut live.link)).await;
        answer.inspect_err(|error| self.shared.report(live.generation, error, false))
    }
}

impl Shared {
    pub(crate) fn live(&self) -> Result<Live, RedisError> {
        self.live.borrow().clone().ok_or(RedisError::Away)
    }

    /// Ends when the connection of this generation is no longer the one of now.
    pub(crate) async fn gone(&self, generation: u64) {
        let mut live = self.live.subscribe();
        let other = |live: &Option<Live>| live.as_ref().is_none_or(|live| live.generation != generation);
        // The sender lives as long as `self`.
        let _ = live.wait_for(other).await;
    }

    /// Tells the keeper, where the error says something about the connection. What does not fit was told already.
    pub(crate) fn report(&self, generation: u64, error: &RedisError, elsewhere: bool) {
        if error.needs_new_look() {
            let _ = self.troubles.try_send(Trouble { generation, error: error.clone(), elsewhere });
        }
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("url", &self.shared.url).field("up", &self.is_up()).finish_non_exhaustive()
    }
}
