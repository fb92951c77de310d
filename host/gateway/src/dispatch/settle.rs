//! Settles a call: decides where each message stands now, records it, and queues again what is to be tried again.

use super::attempt::Attempted;
use super::retry::{Backoff, Situation, decide};
use super::{Shared, awaited, fate};
use crate::directory::ChannelEntry;
use jixinda_domain::{AfterCall, Cause, Destination, Outcome, Rejection, Timestamp};
use jixinda_routing::evidence::Kind;
use jixinda_routing::pace::Felt;
use jixinda_store::{CallSettlement, QueueItem, Settlement, SignNameBindingRefusal, TemplateBindingRefusal};
use std::time::Duration;

/// Pause between tries to write a settlement. It is kept until it is written: the provider has the messages.
const STORE_PAUSE: Duration = Duration::from_millis(250);

/// Answers what the call told of the provider's load.
pub(super) async fn run(shared: &Shared, entry: &ChannelEntry, attempted: Attempted) -> Felt {
    let gateway = &shared.gateway;
    let now = gateway.clock.now();
    let plugin = gateway.runtime.plugin(&entry.account.account.provider);
    let asks_for_receipts = plugin.is_some_and(|plugin| plugin.has_receipts_by_lookup());
    let settings = &gateway.config.dispatch;
    let outcomes = || attempted.messages.iter().map(|(ready, outcome)| (&ready.message, outcome));
    gateway.routing.pauses.note(entry.account.account.id, outcomes(), now);
    let tally = gateway.routing.end(entry, outcomes(), attempted.started_at, now);
    let mut settlements = Vec::with_capacity(attempted.messages.len());
    for (ready, outcome) in &attempted.messages {
        let class = ready.message.class;
        let verdict = decide(&Situation {
            message: &ready.message,
            outcome,
            past: ready.past.and(outcome),
            others: match outcome {
                // Nobody else is asked.
                Outcome::Accepted { .. } | Outcome::Uncertain { .. } => 0,
                _ => others(shared, entry, ready),
            },
            now,
            backoff: backoff(shared),
            budget: *settings.max_tries.of(class) as usize,
            look_at: fate::first_look(settings, class, attempted.started_at, now),
            receipt_overdue: Duration::from_millis(settings.receipt_overdue_ms),
            random: rand::random(),
        });
        settlements.push(Settlement {
            message_id: ready.message.id,
            epoch: ready.message.epoch + 1,
            no: u16::try_from(ready.tries + 1).unwrap_or(u16::MAX),
            channel_id: entry.channel.id,
            account_id: entry.account.account.id,
            outcome: outcome.clone(),
            after: verdict.after,
            verdict: verdict.cause,
            due_at: verdict.due_at,
            ask_at: asks_for_receipts
                .then(|| awaited::next_look(&settings.receipt_lookups_ms, attempted.started_at, now))
                .flatten()
                .filter(|_| verdict.after == AfterCall::Sent),
            started_at: attempted.started_at,
            duration_ms: u32::try_from(now.since(attempted.started_at).as_millis()).unwrap_or(u32::MAX),
            explanation: ready.explanation.clone(),
        });
    }
    // Before the messages move on: whoever sees them refused sees why, and their next try knows the binding.
    remember_refusals(shared, entry, &attempted).await;
    let queued: Vec<(AfterCall, Timestamp)> =
        settlements.iter().map(|settled| (settled.after, settled.due_at)).collect();
    let settlement = CallSettlement { call_id: attempted.call_id, finished_at: now, settlements };
    while let Err(error) = gateway.writer.settle(settlement.clone()).await {
        tracing::warn!(%error, call.id = %attempted.call_id, "outcomes could not be written; trying again");
        tokio::time::sleep(STORE_PAUSE).await;
    }
    queue_again(shared, &attempted, &queued);
    Felt {
        throttled: tally.of(Kind::Throttled) > 0.0,
        congested: tally.of(Kind::Busy) + tally.of(Kind::Uncertain) > 0.0,
    }
}

fn queue_again(shared: &Shared, attempted: &Attempted, settled: &[(AfterCall, Timestamp)]) {
    let queue = &shared.gateway.queue;
    if let Some((first, _)) = attempted.messages.first() {
        queue.forget(first.message.class, attempted.messages.iter().map(|(ready, _)| &ready.message.id));
    }
    let again: Vec<QueueItem> = attempted
        .messages
        .iter()
        .zip(settled)
        .filter(|(_, (after, _))| *after == AfterCall::Queued)
        .map(|((ready, _), (_, due_at))| QueueItem {
            id: ready.message.id,
            application_id: ready.message.application_id,
            class: ready.message.class,
            due_at: *due_at,
        })
        .collect();
    queue.keep(&again, shared.gateway.clock.now());
}

/// Other bound channels that may still take it.
fn others(shared: &Shared, entry: &ChannelEntry, ready: &super::lane::Ready) -> usize {
    let directory = shared.gateway.directory();
    let message = &ready.message;
    let route = directory.route(message.template_id, message.sign_name_id);
    // Once each has had its turn, a deferred message backs off instead of going round at full speed.
    let untried = route.len().saturating_sub(ready.past.tries + 1);
    let policy = directory.policy(message.application_id, message.template_id, message.class);
    let allows = |channel| policy.as_ref().is_none_or(|policy| policy.allows(channel));
    let destination = Destination::of(&message.recipient);
    route
        .iter()
        .filter(|other| other.channel.id != entry.channel.id && other.is_on() && allows(other.channel.id))
        .filter(|_| message.pinned_channel_id.is_none())
        .filter(|other| other.channel.reaches_destination(destination))
        .count()
        .min(untried)
}

fn backoff(shared: &Shared) -> Backoff {
    let settings = &shared.gateway.config.dispatch;
    Backoff { first: Duration::from_millis(settings.retry_ms), longest: Duration::from_millis(settings.max_retry_ms) }
}

/// A provider that refuses a template or a sign name will refuse it again: the binding remembers, until a person changes it.
async fn remember_refusals(shared: &Shared, entry: &ChannelEntry, attempted: &Attempted) {
    let refused = attempted.messages.iter().find_map(|(ready, outcome)| match outcome {
        Outcome::Rejected { reason, elsewhere: true, cause } => match reason {
            Rejection::BadTemplate | Rejection::BadSignName => Some((&ready.message, *reason, cause.clone())),
            _ => None,
        },
        _ => None,
    });
    let Some((message, reason, cause)) = refused else { return };
    let store = &shared.gateway.store;
    let remembered = if reason == Rejection::BadTemplate {
        let refusal = TemplateBindingRefusal {
            channel_id: entry.channel.id,
            template_id: message.template_id,
            cause: cause.clone(),
        };
        store.refuse_template_binding(&refusal).await
    } else {
        let refusal = SignNameBindingRefusal {
            channel_id: entry.channel.id,
            sign_name_id: message.sign_name_id,
            cause: cause.clone(),
        };
        store.refuse_sign_name_binding(&refusal).await
    };
    warn(entry, reason, &cause);
    let reloaded = match remembered {
        Ok(()) => shared.gateway.reload_directory().await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = reloaded {
        tracing::warn!(%error, "a refused binding could not be remembered");
    }
}

fn warn(entry: &ChannelEntry, reason: Rejection, cause: &Cause) {
    tracing::warn!(
        channel.id = %entry.channel.id,
        reason = reason.as_str(),
        code = %cause.code,
        "the provider refused a binding; it is not used until it is saved again"
    );
}
