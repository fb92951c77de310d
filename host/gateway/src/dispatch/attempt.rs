//! One provider call, stage by stage. Each stage is a type that only the stage before it can make, so none can be skipped: what is
//! sent was prepared, what was prepared has its intent on the disk.

use super::feed::without_call;
use super::lane::Ready;
use super::{Shared, settle, unclear};
use crate::directory::ChannelEntry;
use jixinda_domain::provider::{CallRef, OutgoingMessage};
use jixinda_domain::{CallId, Outcome, Timestamp};
use jixinda_routing::pace::Felt;
use jixinda_runtime::Plugin;
use jixinda_store::{CallIntent, Claim, StoreError};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// Pause after the store could not be written.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// Messages whose intent is on the disk: they are this call's alone.
pub(super) struct Begun {
    call: CallIntent,
    plugin: Arc<Plugin>,
    messages: Vec<Ready>,
}

/// Messages that were handed to the provider, one outcome each.
pub(super) struct Attempted {
    pub(super) call_id: CallId,
    pub(super) started_at: Timestamp,
    pub(super) messages: Vec<(Ready, Outcome)>,
}

/// Commits the intent of one call; `None` where there is nothing to send.
pub(super) async fn begin(shared: &Shared, entry: &ChannelEntry, messages: Vec<Ready>) -> Option<Begun> {
    let now = shared.gateway.clock.now();
    // What was allowed when a channel was picked may not be any more: a number was blocked, quiet time began, it became too late.
    let (allowed, stopped): (Vec<Ready>, Vec<Ready>) =
        messages.into_iter().partition(|ready| without_call(&shared.gateway, &ready.message, now).is_none());
    for ready in stopped {
        shared.push_again(&ready.message, now);
    }
    let allowed = within_limits(shared, entry, allowed, now);
    if !shared.gateway.nodes.is_current() {
        // Others may take this node for dead: what it claims now, they would clean up.
        give_back(shared, entry, allowed, now);
        return None;
    }
    if allowed.is_empty() {
        shared.gateway.routing.free_probe(entry.channel.id);
        return None;
    }
    let Some(plugin) = shared.gateway.runtime.plugin_for_send(&entry.account.account.provider, rand::random()) else {
        give_back(shared, entry, allowed, now);
        return None;
    };
    record(shared, entry, plugin, allowed, now).await
}

/// What the provider is sure to refuse, since others to the same number went meanwhile, goes back to be routed again.
fn within_limits(shared: &Shared, entry: &ChannelEntry, messages: Vec<Ready>, now: Timestamp) -> Vec<Ready> {
    let routing = &shared.gateway.routing;
    let (allowed, ruled_out): (Vec<Ready>, Vec<Ready>) =
        messages.into_iter().partition(|ready| routing.reserve(entry, &ready.message, now));
    for ready in ruled_out {
        shared.push_again(&ready.message, now);
    }
    allowed
}

/// Makes the call and settles it; answers what it told of the provider's load.
pub(super) async fn finish(shared: &Shared, entry: &ChannelEntry, begun: Begun) -> Felt {
    let attempted = call(shared, entry, begun).await;
    settle::run(shared, entry, attempted).await
}

/// Claims the messages and commits the intent to send them. What was not won is somebody else's by now.
async fn record(
    shared: &Shared,
    entry: &ChannelEntry,
    plugin: Arc<Plugin>,
    messages: Vec<Ready>,
    now: Timestamp,
) -> Option<Begun> {
    let gateway = &shared.gateway;
    let serial = match gateway.serials.take(1).await {
        Ok(serial) => serial,
        Err(error) => {
            tracing::warn!(%error, "a call has no serial number; its messages are tried again");
            give_back(shared, entry, messages, now);
            return None;
        }
    };
    let claims = messages.iter().map(|ready| Claim {
        message_id: ready.message.id,
        epoch: ready.message.epoch,
        recipient: ready.message.recipient.e164().to_owned(),
    });
    let intent = CallIntent {
        id: CallId::new(now, rand::random()),
        serial,
        node_id: gateway.nodes.id,
        account_id: entry.account.account.id,
        channel_id: entry.channel.id,
        started_at: now,
        claims: claims.collect(),
    };
    let won: HashSet<_> = match gateway.writer.begin_call(intent.clone()).await {
        Ok(won) => won.into_iter().collect(),
        Err(StoreError::Unclear(cause)) => {
            tracing::warn!(cause, call.id = %intent.id, "it is not clear whether a call was recorded; it is looked up");
            unclear::won(&shared.gateway, &intent).await.into_iter().collect()
        }
        Err(error) => {
            tracing::warn!(%error, "a call could not be recorded; its messages are tried again");
            tokio::time::sleep(STORE_PAUSE).await;
            give_back(shared, entry, messages, now);
            return None;
        }
    };
    let (won, lost): (Vec<Ready>, Vec<Ready>) = messages.into_iter().partition(|ready| won.contains(&ready.message.id));
    for ready in &lost {
        gateway.routing.take_back(entry, &ready.message, now);
        gateway.queue.forget(ready.message.class, [&ready.message.id]);
    }
    match won.first() {
        Some(first) => gateway.routing.begin(entry, first.message.class, now),
        None => gateway.routing.free_probe(entry.channel.id),
    }
    (!won.is_empty()).then_some(Begun { call: intent, plugin, messages: won })
}

async fn call(shared: &Shared, entry: &ChannelEntry, begun: Begun) -> Attempted {
    let gateway = &shared.gateway;
    let directory = gateway.directory().clone();
    let outgoing: Vec<OutgoingMessage> = begun
        .messages
        .iter()
        .map(|ready| {
            let sign_name = directory.sign_names.get(&ready.message.sign_name_id);
            outgoing(entry, ready, sign_name.map_or("", |sign_name| &sign_name.text), begun.call.started_at)
        })
        .collect();
    let call = CallRef { id: begun.call.id.to_string(), serial: begun.call.serial.to_string() };
    let outcomes = gateway.runtime.send(&begun.plugin, &entry.account.access, &call, &outgoing).await;
    Attempted {
        call_id: begun.call.id,
        started_at: begun.call.started_at,
        messages: begun.messages.into_iter().zip(outcomes).collect(),
    }
}

/// The message as this channel's provider wants it: its own codes, its own names and order of parameters.
fn outgoing(entry: &ChannelEntry, ready: &Ready, sign_name: &str, now: Timestamp) -> OutgoingMessage {
    let message = &ready.message;
    let template = entry.templates.get(&message.template_id);
    let renamed = template.map_or(&[][..], |binding| &binding.params);
    let params = if renamed.is_empty() {
        message.params.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    } else {
        let value = |name: &str| message.params.get(name).cloned().unwrap_or_default();
        renamed.iter().map(|param| (param.to.clone(), value(&param.from))).collect()
    };
    OutgoingMessage {
        id: message.id.to_string(),
        serial: message.serial.to_string(),
        recipient: message.recipient.e164().to_owned(),
        country_code: message.recipient.country_code().into(),
        category: message.class.as_str(),
        sign_name: sign_name.to_owned(),
        sign_code: entry.sign_names.get(&message.sign_name_id).and_then(|binding| binding.provider_code.clone()),
        text: message.text.clone(),
        template_code: template.and_then(|binding| binding.provider_code.clone()),
        params,
        attempt: u32::try_from(ready.tries).unwrap_or(u32::MAX).saturating_add(1),
        maybe_sent: message.maybe_sent,
        validity_seconds: u32::try_from(message.expires_at.since(now).as_secs()).ok(),
    }
}

/// Nothing happened to these: they are still `queued` in the store.
fn give_back(shared: &Shared, entry: &ChannelEntry, messages: Vec<Ready>, at: Timestamp) {
    shared.gateway.routing.free_probe(entry.channel.id);
    for ready in &messages {
        shared.gateway.routing.take_back(entry, &ready.message, at);
    }
    let soon = shared.gateway.clock.now() + STORE_PAUSE;
    for ready in messages {
        shared.push_again(&ready.message, soon);
    }
}
