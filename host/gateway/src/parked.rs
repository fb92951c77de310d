//! Parked messages (人工处理): what no channel could carry, or nobody knows the fate of, until a person decides.
//!
//! A person sends them off again, on a channel of their choice if they like, or closes them with a note. Each message stands alone:
//! one that may not do what was asked is passed over with the reason, and the rest goes on.

use crate::gateway::Gateway;
use jixinda_domain::{Actor, Cause, ChannelId, Message, MessageId, MessageStatus, Timestamp};
use jixinda_store::{Changes, MessageFilter, QueueItem, Transition};
use std::time::Duration;

/// Messages decided about in one transaction.
const AT_A_TIME: usize = 500;

/// Which parked messages are meant.
pub enum Which {
    /// These.
    Ids(Vec<MessageId>),
    /// All that match, at most so many.
    Matching { filter: Box<MessageFilter>, at_most: usize },
}

/// How they are sent off again.
#[derive(Clone, Copy)]
pub struct Retry {
    /// Through this channel only; any where it is `None`.
    pub channel: Option<ChannelId>,
    /// Those too that may have been sent already.
    pub accept_doubles: bool,
    /// How long they are worth sending from now on; their class's own time where it is `None`.
    pub expires_in: Option<Duration>,
}

/// How they are closed.
#[derive(Clone, Debug)]
pub struct Close {
    /// `cancelled`, `delivered` or `undelivered`: what the person found out.
    pub to: MessageStatus,
    pub note: String,
}

/// What became of them.
#[derive(Debug, Default)]
pub struct Decided {
    pub done: Vec<MessageId>,
    pub skipped: Vec<(MessageId, String)>,
}

/// Queues parked messages again.
pub async fn retry(gateway: &Gateway, which: Which, retry: Retry) -> jixinda_store::Result<Decided> {
    decide(gateway, which, |message, now| {
        if message.maybe_sent && !retry.accept_doubles {
            return Err("it may have been sent already: set accept_doubles to send it all the same".to_owned());
        }
        if let Some(channel) = retry.channel {
            carries(gateway, message, channel)?;
        }
        let lasts = retry.expires_in.unwrap_or_else(|| message.class.default_expiry());
        let words = match retry.channel.and_then(|id| gateway.directory().channels.get(&id).cloned()) {
            Some(entry) => format!("a person sent it off again, through channel {}", entry.channel.name),
            None => "a person sent it off again".to_owned(),
        };
        let changes = Changes {
            pinned_channel_id: retry.channel,
            expires_at: Some(now + lasts),
            fresh_start: true,
            ..Changes::default()
        };
        Ok((MessageStatus::Queued, Cause::new("retried", words), changes))
    })
    .await
}

/// Ends parked messages by a person's word.
pub async fn close(gateway: &Gateway, which: Which, close: &Close) -> jixinda_store::Result<Decided> {
    decide(gateway, which, |_, _| Ok((close.to, Cause::new("closed", close.note.clone()), Changes::default()))).await
}

type Decision = Result<(MessageStatus, Cause, Changes), String>;

async fn decide(
    gateway: &Gateway,
    which: Which,
    decision: impl Fn(&Message, Timestamp) -> Decision,
) -> jixinda_store::Result<Decided> {
    let mut decided = Decided::default();
    match which {
        Which::Ids(ids) => {
            for ids in ids.chunks(AT_A_TIME) {
                let messages = gateway.store.messages(ids).await?;
                let unknown = ids.iter().filter(|id| messages.iter().all(|message| message.id != **id));
                decided.skipped.extend(unknown.map(|id| (*id, "there is no such message".to_owned())));
                apply(gateway, messages, &decision, &mut decided).await?;
            }
        }
        Which::Matching { mut filter, at_most } => {
            filter.status = Some(MessageStatus::Parked);
            let mut left = at_most;
            while left > 0 {
                let page = u32::try_from(left.min(AT_A_TIME)).unwrap_or(u32::MAX);
                let messages = gateway.store.list_messages(&filter, page).await?;
                let Some(last) = messages.last() else { break };
                filter.before = Some(last.id);
                left -= messages.len();
                apply(gateway, messages, &decision, &mut decided).await?;
            }
        }
    }
    Ok(decided)
}

async fn apply(
    gateway: &Gateway,
    messages: Vec<Message>,
    decision: &impl Fn(&Message, Timestamp) -> Decision,
    decided: &mut Decided,
) -> jixinda_store::Result<()> {
    let now = gateway.clock.now();
    let mut steps: Vec<(Message, Transition)> = Vec::new();
    for message in messages {
        match step(&message, decision, now) {
            Ok(transition) => steps.push((message, transition)),
            Err(reason) => decided.skipped.push((message.id, reason)),
        }
    }
    let moved = gateway.writer.transition(steps.iter().map(|(_, step)| step.clone()).collect()).await?;
    let mut again = Vec::new();
    for ((message, transition), moved) in steps.into_iter().zip(moved) {
        if !moved {
            decided.skipped.push((message.id, "it moved on meanwhile".to_owned()));
            continue;
        }
        decided.done.push(message.id);
        if transition.step.to() == MessageStatus::Queued {
            let (application_id, class) = (message.application_id, message.class);
            again.push(QueueItem { id: message.id, application_id, class, due_at: now });
        }
    }
    gateway.queue_up(&again);
    Ok(())
}

fn step(
    message: &Message,
    decision: &impl Fn(&Message, Timestamp) -> Decision,
    now: Timestamp,
) -> Result<Transition, String> {
    if message.status != MessageStatus::Parked {
        return Err(format!("it is {}, not parked", message.status));
    }
    let (to, cause, changes) = decision(message, now)?;
    Ok(Transition {
        message_id: message.id,
        step: message.status.step(to).map_err(|illegal| illegal.to_string())?,
        epoch: message.epoch,
        due_at: now,
        cause: Some(cause),
        by: Actor::Operator,
        changes,
        now,
    })
}

/// A chosen channel must be bound to the message's template and sign name, and reach its number.
fn carries(gateway: &Gateway, message: &Message, channel: ChannelId) -> Result<(), String> {
    let directory = gateway.directory();
    let route = directory.route(message.template_id, message.sign_name_id);
    let Some(entry) = route.iter().find(|entry| entry.channel.id == channel) else {
        return Err("the channel is not bound to its template and sign name".to_owned());
    };
    if !entry.channel.reaches(message.recipient.country_code()) {
        return Err("the channel does not reach its number".to_owned());
    }
    Ok(())
}
