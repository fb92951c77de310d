//! Beats: each says that this node lives, sees who else does, and takes the duties that fall to it.

use super::membership::preferred;
use super::{NodePlugin, Nodes, UNASKED, View};
use crate::gateway::Gateway;
use crate::role::Role;
use jixinda_domain::NodeId;
use jixinda_store::{Lease, Node, Result, Revised};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Beats until it is stopped. The first beat must have been made: see [`Nodes::join`].
pub(super) async fn run(gateway: &Gateway) {
    let nodes = &gateway.nodes;
    let mut beats = tokio::time::interval(Duration::from_millis(gateway.config.node.beat_ms));
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut number, mut told, mut failing) = (1, 0, false);
    loop {
        beats.tick().await;
        number += 1;
        // A connection that hangs must not hold up the next try until others take this node for dead.
        let beaten = tokio::time::timeout(nodes.dead_after / 2, beat(gateway, number, &mut told)).await;
        let error = match beaten {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("it does not answer".to_owned()),
        };
        match &error {
            None if failing => tracing::info!("the store answers again"),
            Some(error) if !failing => {
                tracing::warn!(error, "this node cannot tell the others that it lives; it begins no calls meanwhile");
            }
            _ => {}
        }
        failing = error.is_some();
    }
}

/// `told` is how many misses the others know of.
async fn beat(gateway: &Gateway, number: u64, told: &mut u64) -> Result<()> {
    let nodes = &gateway.nodes;
    let began = nodes.uptime.elapsed();
    gateway.store.beat(&nodes.myself(gateway, number)).await?;
    nodes.beaten_at.store(u64::try_from(began.as_millis()).unwrap_or(u64::MAX), Ordering::Release);
    let missed = nodes.missed.load(Ordering::Acquire);
    if missed != *told {
        gateway.store.revise(Revised::Queue).await?;
        *told = missed;
    }
    look(gateway).await
}

/// Sees who lives, and takes and gives up duties.
async fn look(gateway: &Gateway) -> Result<()> {
    let (nodes, store) = (&gateway.nodes, &gateway.store);
    let all = store.nodes().await?;
    let dead =
        nodes.members.lock().unwrap_or_else(std::sync::PoisonError::into_inner).look(&all, nodes.uptime.elapsed());
    let (dead, alive): (Vec<Node>, Vec<Node>) = all.into_iter().partition(|node| dead.contains(&node.id));
    let workers: Vec<NodeId> = alive.iter().filter(|node| Role::word_sends(&node.role)).map(|node| node.id).collect();
    let dead: Vec<NodeId> = dead.into_iter().map(|node| node.id).collect();
    let held = if nodes.role.sends() { tend(gateway, &alive, &workers).await? } else { BTreeMap::new() };
    let before = nodes.view.load_full();
    let changed = before.workers != workers || before.dead != dead;
    nodes.view.store(Arc::new(View { alive, dead, workers, held }));
    if changed {
        nodes.views_tx.send_modify(|version| *version += 1);
    }
    Ok(())
}

/// Takes what falls to this node and is free, gives up what falls to another or is no longer asked for; answers what is held.
async fn tend(gateway: &Gateway, alive: &[Node], workers: &[NodeId]) -> Result<BTreeMap<String, u64>> {
    let (nodes, store) = (&gateway.nodes, &gateway.store);
    let leases: BTreeMap<String, Lease> =
        store.leases().await?.into_iter().map(|lease| (lease.name.clone(), lease)).collect();
    let wanted: BTreeSet<String> = {
        let now = nodes.uptime.elapsed();
        let mut wanted = nodes.wanted();
        wanted.retain(|_, asked_at| now.saturating_sub(*asked_at) < UNASKED);
        wanted.keys().cloned().collect()
    };
    let is_mine = |name: &str| wanted.contains(name) && preferred(name, workers) == Some(nodes.id);
    let lives = |holder: Option<NodeId>| holder.is_some_and(|id| alive.iter().any(|node| node.id == id));
    let of_mine = leases.values().filter(|lease| lease.holder == Some(nodes.id));
    let (kept, given_up): (Vec<&Lease>, Vec<&Lease>) = of_mine.partition(|lease| is_mine(&lease.name));
    let mut held: BTreeMap<String, u64> = kept.into_iter().map(|lease| (lease.name.clone(), lease.fence)).collect();
    if !given_up.is_empty() {
        let names: Vec<String> = given_up.into_iter().map(|lease| lease.name.clone()).collect();
        // Whoever does it sees that first: the duty is over when the view says so, and another may have it after that.
        nodes.drop_held(&names);
        store.give_up_leases(nodes.id, &names).await?;
    }
    for name in wanted.iter().filter(|name| is_mine(name)) {
        let lease = leases.get(name);
        if held.contains_key(name) {
            continue;
        }
        if lease.is_some_and(|lease| lives(lease.holder) && lease.holder != Some(nodes.id)) {
            continue;
        }
        let seen = lease.map_or(0, |lease| lease.fence);
        if let Some(fence) = store.take_lease(name, nodes.id, seen).await? {
            held.insert(name.clone(), fence);
        }
    }
    Ok(held)
}

impl Nodes {
    /// The first beat: from now on others count on this node, and clean up after it should it die.
    pub async fn join(&self, gateway: &Gateway) -> Result<()> {
        gateway.store.beat(&self.myself(gateway, 1)).await?;
        if self.shared {
            look(gateway).await?;
        }
        Ok(())
    }

    /// A node that has nothing left to clean up leaves: its duties are free at once.
    pub async fn leave(&self, gateway: &Gateway) -> Result<()> {
        gateway.store.remove_node(self.id).await
    }

    /// This node as the others see it.
    pub fn myself(&self, gateway: &Gateway, beat: u64) -> Node {
        Node {
            id: self.id,
            name: self.name.clone(),
            role: self.role.as_str().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            plugins: plugins(gateway),
            beat,
            started_at: self.started_at,
            seen_at: gateway.clock.now(),
        }
    }

    fn drop_held(&self, names: &[String]) {
        let mut view = View::clone(&self.view.load());
        view.held.retain(|name, _| !names.contains(name));
        self.view.store(Arc::new(view));
    }
}

/// What serves here, as far as others compare it.
fn plugins(gateway: &Gateway) -> String {
    let serving = gateway.runtime.plugins();
    let plugins: Vec<NodePlugin> = serving
        .into_iter()
        .map(|plugin| NodePlugin { provider: plugin.provider, version: plugin.version, sha256: plugin.sha256 })
        .collect();
    serde_json::to_string(&plugins).unwrap_or_default()
}
