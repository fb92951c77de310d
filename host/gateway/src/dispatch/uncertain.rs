//! Asks providers what became of uncertain texts, before anyone resends one.
//!
//! "Known" is a receipt. "Absent", after the settling time that made the text due, means that it was certainly not sent, and it is
//! queued again. Anything else is asked again later; a receipt that comes meanwhile settles it too.

use super::Shared;
use super::ask::{Asked, ask, calls_of, hear, receipt_of};
use jixinda_domain::provider::Fate;
use jixinda_domain::{Cause, Message, MessageStatus, Timestamp};
use jixinda_store::{QueueItem, Transition};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_millis(250);
const AT_A_TIME: u32 = 200;

pub(super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = look(&shared).await {
            tracing::warn!(%error, "uncertain messages could not be looked up; they will be later");
        }
    }
}

async fn look(shared: &Arc<Shared>) -> jixinda_store::Result<()> {
    let gateway = &shared.gateway;
    let due = gateway.store.uncertain_due(gateway.clock.now(), AT_A_TIME).await?;
    if due.is_empty() {
        return Ok(());
    }
    let calls = calls_of(shared, &due).await?;
    for asked in ask(shared, due, &calls).await {
        apply(shared, asked).await?;
    }
    Ok(())
}

async fn apply(shared: &Shared, asked: Asked) -> jixinda_store::Result<()> {
    let Some(fates) = asked.fates else { return postpone(shared, &asked.messages).await };
    let now = shared.gateway.clock.now();
    let (mut receipts, mut absent, mut unsettled) = (Vec::new(), Vec::new(), Vec::new());
    for (message, fate) in asked.messages.into_iter().zip(fates) {
        match fate {
            Fate::Known(told) => receipts.push(receipt_of(asked.account, &message, *told, now)),
            Fate::Absent => absent.push(message),
            Fate::Unsettled(_) => unsettled.push(message),
        }
    }
    hear(shared, receipts).await?;
    resend(shared, &absent).await?;
    postpone(shared, &unsettled).await
}

/// The provider never had these: queueing them again doubles nothing.
async fn resend(shared: &Shared, absent: &[Message]) -> jixinda_store::Result<()> {
    let gateway = &shared.gateway;
    let now = gateway.clock.now();
    let cause = Cause::new("absent", "the provider says that it never had it");
    let moved = moved(shared, absent, MessageStatus::Queued, now, Some(cause)).await?;
    let items: Vec<QueueItem> = absent
        .iter()
        .zip(moved)
        .filter(|(_, moved)| *moved)
        .map(|(message, _)| QueueItem {
            id: message.id,
            application_id: message.application_id,
            class: message.class,
            due_at: now,
        })
        .collect();
    gateway.queue.push(&items, now);
    Ok(())
}

async fn postpone(shared: &Shared, messages: &[Message]) -> jixinda_store::Result<()> {
    let later = shared.gateway.clock.now() + Duration::from_millis(shared.gateway.config.dispatch.lookup_every_ms);
    moved(shared, messages, MessageStatus::Uncertain, later, None).await.map(|_| ())
}

async fn moved(
    shared: &Shared,
    messages: &[Message],
    to: MessageStatus,
    due_at: Timestamp,
    cause: Option<Cause>,
) -> jixinda_store::Result<Vec<bool>> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let now = shared.gateway.clock.now();
    let transitions = messages.iter().map(|message| Transition {
        message_id: message.id,
        from: message.status,
        epoch: message.epoch,
        to,
        due_at,
        cause: cause.clone(),
        now,
    });
    shared.gateway.writer.transition(transitions.collect()).await
}
