//! After a crash: a call whose intent was recorded and whose outcome was not may have been made. Its messages are uncertain.

use super::fate;
use crate::gateway::Gateway;
use futures_util::future::try_join_all;
use jixinda_domain::{AfterCall, Cause, NodeId, Outcome};
use jixinda_store::{CallSettlement, OpenCall, Settlement};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const AT_A_TIME: u32 = 200;
/// Pause before a failed try is repeated.
const PAUSE: Duration = Duration::from_millis(500);
/// Who cleans up after nodes that died.
const DUTY: &str = "recovery";

/// On a store that is not shared, whoever was there before is gone.
pub(super) async fn at_start(gateway: &Gateway) -> anyhow::Result<()> {
    if gateway.store.is_shared() {
        return Ok(());
    }
    let nodes = gateway.store.nodes().await?;
    clean_up(gateway, nodes.into_iter().map(|node| node.id).filter(|id| *id != gateway.nodes.id).collect()).await
}

/// Cleans up after each node that dies.
pub(super) async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    let mut views = gateway.nodes.views();
    loop {
        let dead = gateway.nodes.view().dead.clone();
        if !dead.is_empty()
            && gateway.nodes.holds(DUTY).is_some()
            && let Err(error) = clean_up(&gateway, dead).await
        {
            tracing::warn!(%error, "the calls of a node that died could not be closed; trying again");
        }
        tokio::select! {
            _ = views.changed() => {}
            () = tokio::time::sleep(PAUSE) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Closes the calls of nodes that are gone, then forgets the nodes.
async fn clean_up(gateway: &Gateway, dead: Vec<NodeId>) -> anyhow::Result<()> {
    let mut closed = 0;
    while !dead.is_empty() {
        let open = gateway.store.open_calls(&dead, AT_A_TIME).await?;
        if open.is_empty() {
            break;
        }
        closed += open.len();
        // Together, so that they share their commits: a start has no time to lose.
        try_join_all(open.into_iter().map(|call| close(gateway, call))).await?;
    }
    if closed > 0 {
        tracing::warn!(
            calls = closed,
            "a process ended in the middle of calls; their messages are looked up before anyone resends one"
        );
    }
    for node in dead {
        gateway.store.remove_node(node).await?;
    }
    Ok(())
}

async fn close(gateway: &Gateway, call: OpenCall) -> anyhow::Result<()> {
    let now = gateway.clock.now();
    let cause = Cause::new("interrupted", "the gateway stopped before it heard the outcome");
    let messages = gateway.store.messages(&call.message_ids).await?;
    let settlements = messages
        .iter()
        .filter(|message| message.call_id == Some(call.id))
        .map(|message| Settlement {
            message_id: message.id,
            epoch: message.epoch,
            no: message.attempts.saturating_add(1),
            channel_id: call.channel_id,
            account_id: call.account_id,
            outcome: Outcome::Uncertain { upstream_id: None, cause: cause.clone() },
            after: AfterCall::Uncertain,
            verdict: None,
            due_at: fate::first_look(&gateway.config.dispatch, message.class, call.started_at, now),
            ask_at: None,
            started_at: call.started_at,
            duration_ms: u32::try_from(now.since(call.started_at).as_millis()).unwrap_or(u32::MAX),
            explanation: None,
        })
        .collect();
    gateway.writer.settle(CallSettlement { call_id: call.id, finished_at: now, settlements }).await?;
    Ok(())
}
