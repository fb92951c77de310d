//! Asking providers what became of texts: shared by what is uncertain and by what awaits its receipt.

use super::Shared;
use jixinda_domain::provider::{CallRef, Fate, SentMessage};
use jixinda_domain::{AccountId, CallId, DeliveryReceipt, Message, ReceiptId, Timestamp};
use jixinda_store::{CallName, NewReceipt, News};
use std::collections::{BTreeMap, HashMap};

/// Questions in one plugin call.
const ASKED_AT_ONCE: usize = 20;

/// Messages of one account, with what it said of them.
pub(super) struct Asked {
    pub account: AccountId,
    pub messages: Vec<Message>,
    pub said: Said,
}

/// What an account said.
pub(super) enum Said {
    /// Of each message, in their order.
    Fates(Vec<Fate>),
    /// It could not be reached, or its plugin is gone.
    Silent,
    /// Its provider cannot be asked.
    Mute,
}

/// When the call of each message began.
pub(super) type Calls = HashMap<CallId, CallName>;

/// Reads the names of the calls that carried these messages.
pub(super) async fn calls_of(shared: &Shared, messages: &[Message]) -> jixinda_store::Result<Calls> {
    let ids: Vec<CallId> = messages.iter().filter_map(|message| message.call_id).collect();
    Ok(shared.gateway.store.call_names(&ids).await?.into_iter().map(|call| (call.id, call)).collect())
}

/// Asks after all of them, account by account.
pub(super) async fn ask(shared: &Shared, messages: Vec<Message>, calls: &Calls) -> Vec<Asked> {
    let mut by_account: BTreeMap<AccountId, Vec<Message>> = BTreeMap::new();
    for message in messages {
        if let Some(account) = message.account_id {
            by_account.entry(account).or_default().push(message);
        }
    }
    let mut answers = Vec::new();
    for (account, messages) in by_account {
        for messages in messages.chunks(ASKED_AT_ONCE) {
            let said = ask_account(shared, account, messages, calls).await;
            answers.push(Asked { account, messages: messages.to_vec(), said });
        }
    }
    answers
}

async fn ask_account(shared: &Shared, account: AccountId, messages: &[Message], calls: &Calls) -> Said {
    let gateway = &shared.gateway;
    let directory = gateway.directory().clone();
    let Some(entry) = directory.accounts.get(&account) else { return Said::Mute };
    let Some(plugin) = gateway.runtime.plugin(&entry.account.provider) else { return Said::Silent };
    if !plugin.has_lookup() {
        return Said::Mute;
    }
    let questions: Vec<SentMessage> = messages.iter().map(|message| question(message, calls)).collect();
    match gateway.runtime.lookup(&plugin, &entry.access, &questions).await {
        Ok(fates) => Said::Fates(fates),
        Err(error) => {
            tracing::warn!(%error, account.id = %account, "a provider could not say what became of texts");
            Said::Silent
        }
    }
}

fn question(message: &Message, calls: &Calls) -> SentMessage {
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
        at: asked_from(message, calls),
    }
}

/// When the call of a message began.
pub(super) fn asked_from(message: &Message, calls: &Calls) -> Timestamp {
    let call = message.call_id.and_then(|id| calls.get(&id));
    call.map_or(message.updated_at, |call| call.started_at)
}

/// A fate that is known is a receipt, whatever the provider named it by.
pub(super) fn receipt_of(account: AccountId, message: &Message, told: DeliveryReceipt, now: Timestamp) -> NewReceipt {
    NewReceipt {
        id: ReceiptId::new(now, rand::random()),
        account_id: account,
        receipt: DeliveryReceipt { message_id: Some(message.id.to_string()), ..told },
        received_at: now,
    }
}

/// Records receipts that were asked for.
pub(super) async fn hear(shared: &Shared, receipts: Vec<NewReceipt>) -> jixinda_store::Result<()> {
    if receipts.is_empty() {
        return Ok(());
    }
    shared.gateway.writer.hear(News { receipts, ..News::default() }).await.map(|_| ())
}
