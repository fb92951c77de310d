//! Nodes: the processes of the gateway that share one store, and what they settle between them.
//!
//! Each beats in the store several times a second, and sees who else does. From that follow three things: which part of the waiting
//! messages is whose ([`Nodes::part`]), who holds a duty that only one may have ([`Nodes::holds`]), and whose open calls are to be
//! cleaned up. The store is the only judge, so it works without Redis; a node that cannot reach it stops before the others take it for
//! dead ([`Nodes::is_current`]).
//!
//! On a store that is not shared this node is alone, and nothing is written or asked.

mod beat;
mod membership;
mod news;

use crate::config::NodeConfig;
use crate::gateway::Gateway;
use crate::role::Role;
use arc_swap::ArcSwap;
use jixinda_domain::clock::Stopwatch;
use jixinda_domain::{NodeId, Timestamp};
use jixinda_store::{Node, Part};
use membership::Membership;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Duties that nobody asked for in this time are given up: longer than anyone pauses between two rounds.
const UNASKED: Duration = Duration::from_secs(180);

/// This node, and what it knows of the others.
pub struct Nodes {
    pub id: NodeId,
    name: String,
    role: Role,
    started_at: Timestamp,
    shared: bool,
    dead_after: Duration,
    uptime: Stopwatch,
    /// Milliseconds of uptime at which the last beat began that the store took.
    beaten_at: AtomicU64,
    view: ArcSwap<View>,
    views_tx: watch::Sender<u64>,
    /// Duties that this node is ready for, and when it was last asked whether it has them.
    wanted: Mutex<HashMap<String, Duration>>,
    members: Mutex<Membership>,
    /// How often messages were queued that no worker was told of.
    missed: AtomicU64,
}

/// The nodes as they were seen last.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Those that live, oldest first.
    pub alive: Vec<Node>,
    /// Those that do not, and have not been cleaned up after.
    pub dead: Vec<NodeId>,
    /// Of those that live, the ones that send texts.
    pub workers: Vec<NodeId>,
    /// Duties of this node, each with its fence.
    held: BTreeMap<String, u64>,
}

/// A plugin that serves on a node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct NodePlugin {
    pub provider: String,
    pub version: String,
    pub sha256: String,
}

/// Beats, and hears what other nodes change, until it is stopped.
pub async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    if !gateway.nodes.shared {
        return;
    }
    let work = async { tokio::join!(beat::run(&gateway), news::run(&gateway)) };
    tokio::select! {
        _ = work => {}
        () = stop.cancelled() => {}
    }
}

impl Nodes {
    pub fn new(config: &NodeConfig, role: Role, shared: bool, started_at: Timestamp) -> Self {
        let id = NodeId::new(started_at, rand::random());
        let dead_after = config.dead_after();
        Self {
            id,
            name: config.name(),
            role,
            started_at,
            shared,
            dead_after,
            uptime: Stopwatch::start(),
            beaten_at: AtomicU64::new(0),
            view: ArcSwap::default(),
            views_tx: watch::channel(0).0,
            wanted: Mutex::default(),
            members: Mutex::new(Membership::new(id, dead_after)),
            missed: AtomicU64::new(0),
        }
    }

    /// What people call this node.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What this node does.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The nodes as they were seen last. Empty where this one is alone.
    pub fn view(&self) -> arc_swap::Guard<Arc<View>> {
        self.view.load()
    }

    /// Changes when nodes come or go.
    pub fn views(&self) -> watch::Receiver<u64> {
        self.views_tx.subscribe()
    }

    /// Whether others take this node for alive. Where it could not beat for half the time that makes it dead, it is to begin nothing that
    /// another might do as well.
    pub fn is_current(&self) -> bool {
        let silent =
            self.uptime.elapsed().saturating_sub(Duration::from_millis(self.beaten_at.load(Ordering::Acquire)));
        !self.shared || silent < self.dead_after / 2
    }

    /// Which part of what all workers share is this node's.
    pub fn part(&self) -> Part {
        let view = self.view.load();
        match view.workers.iter().position(|worker| *worker == self.id) {
            Some(index) => {
                Part { index: u32::try_from(index).unwrap_or(0), count: u32::try_from(view.workers.len()).unwrap_or(1) }
            }
            None => Part::WHOLE,
        }
    }

    /// Whether this node holds a duty, and the fence of its lease. To ask is to be ready for it: it may be this node's at the next beat.
    pub fn holds(&self, duty: &str) -> Option<u64> {
        if !self.shared {
            return Some(0);
        }
        let asked_at = self.uptime.elapsed();
        let mut wanted = self.wanted();
        if let Some(last) = wanted.get_mut(duty) {
            *last = asked_at;
        } else {
            wanted.insert(duty.to_owned(), asked_at);
        }
        drop(wanted);
        self.view.load().held.get(duty).copied().filter(|_| self.is_current())
    }

    /// Messages were queued and the workers could not be told: they hear of it with the next beat.
    pub fn note_missed(&self) {
        if self.shared {
            self.missed.fetch_add(1, Ordering::Release);
        }
    }

    fn wanted(&self) -> MutexGuard<'_, HashMap<String, Duration>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
