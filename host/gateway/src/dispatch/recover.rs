//! After a crash: a call whose intent was recorded and whose outcome was not may have been made. Its messages are uncertain.

use super::fate;
use crate::gateway::Gateway;
use futures_util::future::try_join_all;
use jixinda_domain::{AfterCall, Cause, Outcome};
use jixinda_store::{CallSettlement, OpenCall, Settlement};

const AT_A_TIME: u32 = 200;

/// Closes the calls of processes that are gone.
pub(super) async fn run(gateway: &Gateway) -> anyhow::Result<()> {
    let mut closed = 0;
    loop {
        let open = gateway.store.open_calls(gateway.node_id, AT_A_TIME).await?;
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
            "the last run ended in the middle of calls; their messages are looked up before anyone resends one"
        );
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
