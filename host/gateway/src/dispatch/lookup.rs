//! Asks providers what became of uncertain texts, before anyone resends one.
//!
//! "Known" is a receipt. "Absent", after the settling time that made the text due, means that it was certainly not sent, and it is
//! queued again. Anything else is asked again later; a receipt that comes meanwhile settles it too.

use super::Shared;
use jixinda_domain::provider::{CallRef, Fate, SentMessage};
use jixinda_domain::{AccountId, CallId, Cause, DeliveryReceipt, Message, MessageStatus, ReceiptId};
use jixinda_store::{CallName, NewReceipt, QueueItem, Transition};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_millis(250);
const AT_A_TIME: u32 = 200;
/// Questions in one plugin call.
const ASKED_AT_ONCE: usize = 20;

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
    let ids: Vec<CallId> = due.iter().filter_map(|message| message.call_id).collect();
    let calls: HashMap<CallId, CallName> =
        gateway.store.call_names(&ids).await?.into_iter().map(|call| (call.id, call)).collect();
    let mut by_account: BTreeMap<AccountId, Vec<Message>> = BTreeMap::new();
    for message in due {
        if let Some(account) = message.account_id {
            by_account.entry(account).or_default().push(message);
        }
    }
    for (account, messages) in by_account {
        for asked in messages.chunks(ASKED_AT_ONCE) {
            ask(shared, account, asked, &calls).await?;
        }
    }
    Ok(())
}

async fn ask(
    shared: &Shared,
    account: AccountId,
    messages: &[Message],
    calls: &HashMap<CallId, CallName>,
) -> jixinda_store::Result<()> {
    let gateway = &shared.gateway;
    let directory = gateway.directory().clone();
    let entry = directory.accounts.get(&account);
    let plugin =
        entry.and_then(|entry| gateway.runtime.plugin(&entry.account.provider)).filter(|plugin| plugin.has_lookup());
    let (Some(entry), Some(plugin)) = (entry, plugin) else {
        return postpone(shared, messages).await;
    };
    let questions: Vec<SentMessage> = messages.iter().map(|message| question(message, calls)).collect();
    match gateway.runtime.lookup(&plugin, &entry.access, &questions).await {
        Ok(fates) => apply(shared, account, messages, fates).await,
        Err(error) => {
            tracing::warn!(%error, account.id = %account, "a provider could not say what became of uncertain texts");
            postpone(shared, messages).await
        }
    }
}

fn question(message: &Message, calls: &HashMap<CallId, CallName>) -> SentMessage {
    let call = message.call_id.and_then(|id| calls.get(&id));
    SentMessage {
        id: message.id.to_string(),
        serial: message.serial.to_string(),
        call: CallRef {
            id: message.call_id.map(|id| id.to_string()).unwrap_or_default(),
            serial: call.map(|call| call.serial.to_string()).unwrap_or_default(),
        },
        upstream_id: message.upstream_id.clone(),
        recipient: message.recipient.e164().to_owned(),
        at: call.map_or(message.updated_at, |call| call.started_at),
    }
}

async fn apply(
    shared: &Shared,
    account: AccountId,
    messages: &[Message],
    fates: Vec<Fate>,
) -> jixinda_store::Result<()> {
    let gateway = &shared.gateway;
    let now = gateway.clock.now();
    let (mut receipts, mut absent, mut unsettled) = (Vec::new(), Vec::new(), Vec::new());
    for (message, fate) in messages.iter().zip(fates) {
        match fate {
            Fate::Known(receipt) => receipts.push(NewReceipt {
                id: ReceiptId::new(now, rand::random()),
                account_id: account,
                receipt: DeliveryReceipt { message_id: Some(message.id.to_string()), ..*receipt },
                received_at: now,
            }),
            Fate::Absent => absent.push(message.clone()),
            Fate::Unsettled(_) => unsettled.push(message.clone()),
        }
    }
    if !receipts.is_empty() {
        gateway.writer.apply_receipts(receipts).await?;
    }
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
    due_at: jixinda_domain::Timestamp,
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
