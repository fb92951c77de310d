//! Takes ids from the queue, loads their messages, and hands each to the channel that routing picks. One feeder a class, so that
//! a campaign never stands in front of an `otp`.

use super::Shared;
use super::lane::Ready;
use super::retry::{FAULTS_BEFORE_ALONE, Past, nowhere};
use crate::directory::{ChannelEntry, Directory};
use crate::gateway::Gateway;
use crate::quiet_hours::QuietHours;
use crate::routing::{Choice, choose};
use jixinda_domain::{Actor, Cause, Message, MessageClass, MessageId, MessageStatus, Timestamp};
use jixinda_routing::{Exclusion, Reason, Selection, Tried};
use jixinda_store::{Changes, QueueItem, Transition, Tries};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Messages loaded at a time.
const AT_A_TIME: usize = 256;
/// Pause after the store could not be read.
const STORE_PAUSE: Duration = Duration::from_millis(500);

pub(super) fn start(shared: &Arc<Shared>, loops: &TaskTracker, stop: &CancellationToken) {
    for class in MessageClass::ALL {
        loops.spawn(feed(shared.clone(), class, loops.clone(), stop.clone()));
    }
}

async fn feed(shared: Arc<Shared>, class: MessageClass, loops: TaskTracker, stop: CancellationToken) {
    loop {
        let (freed_by, ids) = tokio::select! {
            ids = shared.gateway.queue.pop(class, AT_A_TIME) => (None, ids),
            (channel, ids) = shared.channels.freed(class) => (Some(channel), ids),
            () = stop.cancelled() => return,
        };
        if let Err(error) = route(&shared, class, &ids, &loops, &stop).await {
            tracing::warn!(%error, "waiting messages could not be read; they are tried again");
            shared.put_back(class, ids);
            tokio::time::sleep(STORE_PAUSE).await;
        }
        if let Some(channel) = freed_by {
            shared.channels.arrived(&channel, class);
        }
    }
}

async fn route(
    shared: &Arc<Shared>,
    class: MessageClass,
    ids: &[MessageId],
    loops: &TaskTracker,
    stop: &CancellationToken,
) -> jixinda_store::Result<()> {
    let gateway = &shared.gateway;
    let (mut messages, unknown) = gateway.recent.take(ids);
    if !unknown.is_empty() {
        messages.extend(gateway.store.messages(&unknown).await?);
    }
    let retried: Vec<MessageId> =
        messages.iter().filter(|message| message.attempts > 0).map(|message| message.id).collect();
    let mut tries: HashMap<MessageId, Vec<Tries>> = HashMap::new();
    if !retried.is_empty() {
        for tried in gateway.store.tries(&retried).await? {
            tries.entry(tried.message_id).or_default().push(tried);
        }
    }
    let found: std::collections::HashSet<MessageId> = messages.iter().map(|message| message.id).collect();
    gateway.queue.forget(class, ids.iter().filter(|id| !found.contains(id)));
    let now = gateway.clock.now();
    let directory = gateway.directory();
    let mut ended = Vec::new();
    for message in messages {
        if message.status != MessageStatus::Queued {
            gateway.queue.forget(class, [&message.id]);
            continue;
        }
        // It was woken, for what others waited for.
        if message.due_at > now {
            shared.push_again(&message, message.due_at);
            continue;
        }
        if let Some((status, due_at, cause)) = without_call(gateway, &message, now) {
            ended.push(Ending { message, status, due_at, cause });
            continue;
        }
        let mut tried = tries.remove(&message.id).unwrap_or_default();
        let made = tried.len();
        tried.retain(|tried| tried.no > message.tries_from);
        match place(shared, &directory, &message, &tried, now) {
            Placed::On(entry, selection) => {
                let past = Past::of(&tried);
                let alone = past.faults >= FAULTS_BEFORE_ALONE || tried.last().is_some_and(|last| last.spoilt_batch);
                let probes = selection.reason == Some(Reason::Probe);
                let explanation = serde_json::to_string(&selection).ok().map(Arc::from);
                let channel = shared.channels.get(shared, &entry, loops, stop);
                let gathering = gateway.runtime.gathering(&entry.account.account.provider);
                let same = gathering.as_ref().map_or(&[][..], |gathering| &gathering.same);
                channel.offer(Ready { message, tries: made, past, alone, probes, explanation }, same);
            }
            // Whatever it waits for, it waits no longer than it is worth.
            Placed::Later(due_at) => shared.push_again(&message, due_at.min(message.expires_at)),
            Placed::Nowhere(cause) => {
                ended.push(Ending { message, status: nowhere(class).into(), due_at: now, cause });
            }
        }
    }
    shared.end(ended, now).await
}

/// Where a message goes before any channel is asked, and why.
pub(super) fn without_call(
    gateway: &Gateway,
    message: &Message,
    now: Timestamp,
) -> Option<(MessageStatus, Timestamp, Cause)> {
    if message.expires_at <= now && message.maybe_sent {
        // "Not sent" would be a guess: an earlier try may have been taken. Its receipt may still come and heals it.
        let cause =
            Cause::new("uncertain", "an earlier try may have reached the person, and for another it is too late");
        let status = if message.class.tolerates_doubles() { MessageStatus::Expired } else { MessageStatus::Parked };
        return Some((status, now, cause));
    }
    if message.expires_at <= now {
        return Some((MessageStatus::Expired, now, Cause::new("expired", "it was not sent in time")));
    }
    if message.test {
        let cause = Cause::new("test", "it came with a test key: nobody was reached");
        return Some((MessageStatus::Delivered, now, cause));
    }
    let (application, sign_name) = (message.application_id, message.sign_name_id);
    if let Some(blocked) = gateway.blocklist.blocks(&message.recipient, message.class, application, sign_name) {
        return Some((MessageStatus::Rejected, now, Cause::new("blocked_number", blocked.words())));
    }
    let quiet_end = gateway.quiet_hours.end(message.class, message.recipient.country_code(), now)?;
    if quiet_end >= message.expires_at {
        let cause =
            Cause::new("expired", format!("it is quiet time where it goes until {quiet_end}, and that is too late"));
        return Some((MessageStatus::Expired, now, cause));
    }
    Some((MessageStatus::Scheduled, quiet_end, QuietHours::cause(quiet_end)))
}

/// A message that ends, or waits, without a call.
struct Ending {
    message: Message,
    status: MessageStatus,
    due_at: Timestamp,
    cause: Cause,
}

enum Placed {
    On(Arc<ChannelEntry>, Selection),
    Later(Timestamp),
    Nowhere(Cause),
}

fn place(shared: &Shared, directory: &Directory, message: &Message, tries: &[Tries], now: Timestamp) -> Placed {
    let tried: Vec<Tried> =
        tries.iter().map(|tried| Tried { channel: tried.channel_id, rejected: tried.rejected }).collect();
    let Choice { selection, picked } = choose(&shared.gateway, directory, message, &tried, now, rand::random());
    if let Some(entry) = picked {
        return Placed::On(entry, selection);
    }
    match selection.look_again {
        Some(due_at) => Placed::Later(due_at),
        None if selection.candidates.is_empty() => {
            Placed::Nowhere(Cause::new("no_channel", "no channel is bound to its template and sign name"))
        }
        None => {
            let last = tries.iter().rev().find(|tried| tried.rejected);
            let cause = last.map(|tried| {
                Cause::new(
                    tried.cause_code.as_deref().unwrap_or("rejected"),
                    tried.cause_detail.as_deref().unwrap_or(""),
                )
            });
            Placed::Nowhere(cause.unwrap_or_else(|| Cause::new("no_channel", unable(&selection))))
        }
    }
}

/// Why none of the candidates can carry it, as far as an application may know.
fn unable(selection: &Selection) -> &'static str {
    let has = |exclusion| selection.candidates.iter().any(|candidate| candidate.excluded == Some(exclusion));
    if has(Exclusion::Policy) {
        "a routing policy keeps out the channels that could carry it"
    } else if has(Exclusion::Destination) {
        "no bound channel reaches that country or carrier"
    } else {
        "no bound channel can carry it"
    }
}

impl Shared {
    /// Queues a message again that is still `queued` in the store.
    pub(super) fn push_again(&self, message: &Message, due_at: Timestamp) {
        let gateway = &self.gateway;
        gateway.queue.forget(message.class, [&message.id]);
        let item = QueueItem { id: message.id, application_id: message.application_id, class: message.class, due_at };
        gateway.queue.keep(&[item], gateway.clock.now());
    }

    /// Lets the refill find these again.
    fn put_back(&self, class: MessageClass, ids: Vec<MessageId>) {
        self.gateway.queue.forget(class, &ids);
        self.gateway.queue.doubt();
    }

    /// Moves messages to where they end without a call.
    async fn end(&self, endings: Vec<Ending>, now: Timestamp) -> jixinda_store::Result<()> {
        let mut steps = Vec::with_capacity(endings.len());
        for Ending { message, status, due_at, cause } in &endings {
            match message.status.step(*status) {
                Ok(step) => steps.push(Transition {
                    message_id: message.id,
                    step,
                    epoch: message.epoch,
                    due_at: *due_at,
                    cause: Some(cause.clone()),
                    by: Actor::Gateway,
                    changes: Changes::default(),
                    now,
                }),
                Err(illegal) => tracing::error!(%illegal, message.id = %message.id, "a message was left where it is"),
            }
        }
        if !steps.is_empty() {
            self.gateway.writer.transition(steps).await?;
        }
        for ending in &endings {
            self.gateway.queue.forget(ending.message.class, [&ending.message.id]);
        }
        Ok(())
    }
}
