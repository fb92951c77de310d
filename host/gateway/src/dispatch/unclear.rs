//! A claim whose commit was not heard: it took place or it did not, and nobody has called the provider yet. The store knows.

use crate::gateway::Gateway;
use jixinda_domain::{AfterCall, Cause, Deferral, Message, MessageId, MessageStatus, Outcome, Scope};
use jixinda_store::{CallIntent, CallSettlement, QueueItem, Result, Settlement};
use std::sync::Arc;
use std::time::Duration;

/// A commit that is under way when its connection breaks has ended by then, or the server has died with it.
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// By then surely.
const LAST_LOOK: Duration = Duration::from_secs(15);
/// Pause before a store that does not answer is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// The messages that the call has. Where it has none, it is looked for once more later: a claim without a call would hold its messages
/// for ever.
pub(super) async fn won(gateway: &Arc<Gateway>, intent: &CallIntent) -> Vec<MessageId> {
    tokio::time::sleep(FIRST_LOOK).await;
    let claimed = ask(gateway, intent).await;
    if claimed.is_empty() {
        let (gateway, intent) = (gateway.clone(), intent.clone());
        tokio::spawn(async move {
            tokio::time::sleep(LAST_LOOK).await;
            let claimed = ask(&gateway, &intent).await;
            if !claimed.is_empty() {
                undo(&gateway, &intent, claimed).await;
            }
        });
    }
    claimed.iter().map(|message| message.id).collect()
}

/// Asks until the store answers.
async fn ask(gateway: &Gateway, intent: &CallIntent) -> Vec<Message> {
    loop {
        match claimed(gateway, intent).await {
            Ok(claimed) => return claimed,
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn claimed(gateway: &Gateway, intent: &CallIntent) -> Result<Vec<Message>> {
    if gateway.store.call_names(&[intent.id]).await?.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<MessageId> = intent.claims.iter().map(|claim| claim.message_id).collect();
    let mut messages = gateway.store.messages(&ids).await?;
    messages.retain(|message| message.status == MessageStatus::Sending && message.call_id == Some(intent.id));
    Ok(messages)
}

/// The call was never made: its messages wait again.
async fn undo(gateway: &Gateway, intent: &CallIntent, claimed: Vec<Message>) {
    let now = gateway.clock.now();
    let cause = Cause::new("interrupted", "its claim was not heard of in time; nothing was sent");
    let settlements = claimed
        .iter()
        .map(|message| Settlement {
            message_id: message.id,
            epoch: message.epoch,
            no: message.attempts.saturating_add(1),
            channel_id: intent.channel_id,
            account_id: intent.account_id,
            outcome: Outcome::Deferred {
                reason: Deferral::Other,
                scope: Scope::Message,
                cause: cause.clone(),
                retry_after_ms: None,
            },
            after: AfterCall::Queued,
            verdict: None,
            due_at: now,
            ask_at: None,
            started_at: intent.started_at,
            duration_ms: 0,
            explanation: None,
        })
        .collect();
    let settlement = CallSettlement { call_id: intent.id, finished_at: now, settlements };
    while gateway.writer.settle(settlement.clone()).await.is_err() {
        tokio::time::sleep(PAUSE).await;
    }
    let items: Vec<QueueItem> = claimed
        .iter()
        .map(|message| QueueItem {
            id: message.id,
            application_id: message.application_id,
            class: message.class,
            due_at: now,
        })
        .collect();
    gateway.queue_up(&items);
}
