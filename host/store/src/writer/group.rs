//! [`Group`]: the jobs of one transaction, from the queue to the answers.

use super::{Job, Reply};
use crate::{
    Acceptance, Accepted, AwaitedReceipt, CallIntent, CallSettlement, ConversionVerdict, FeedPosition, NewReceipt,
    OptOut, Postponement, QueueItem, ReceiptEffect, Result, Store, StoreError, StoredInbound, Transition,
    WebhookOutcome,
};
use jixinda_domain::{MessageId, Timestamp};
use std::time::Duration;

/// Rows after which a transaction takes no further job, so that a big batch does not hold up an `otp` for long.
const GROUP_ROWS: usize = 4096;

/// Pauses before a transaction that the engine undid is tried again: two nodes wanted the same rows, or the server is being replaced.
const RETRIES: [Duration; 6] = [
    Duration::from_millis(2),
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(600),
    Duration::from_millis(1200),
];

/// How long a transaction over a network may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The jobs of one transaction, by kind. Replies stand beside their jobs, in the same order.
#[derive(Default)]
pub(super) struct Group {
    accept: Vec<Acceptance>,
    accept_replies: Vec<Reply<Accepted>>,
    begin: Vec<CallIntent>,
    begin_replies: Vec<Reply<Vec<MessageId>>>,
    settle: Vec<CallSettlement>,
    settle_replies: Vec<Reply<()>>,
    receipts: Vec<NewReceipt>,
    inbound: Vec<StoredInbound>,
    positions: Vec<FeedPosition>,
    news_replies: Vec<Reply<Vec<OptOut>>>,
    awaited: Vec<AwaitedReceipt>,
    awaited_replies: Vec<Reply<()>>,
    postponements: Vec<Postponement>,
    postponement_replies: Vec<Reply<()>>,
    call_in: Option<Timestamp>,
    transitions: Vec<Transition>,
    transition_replies: Vec<(usize, Reply<Vec<bool>>)>,
    conversions: Vec<MessageId>,
    conversion_replies: Vec<(usize, Reply<Vec<ConversionVerdict>>)>,
    webhooks: Vec<WebhookOutcome>,
    webhook_replies: Vec<Reply<()>>,
    release: Vec<(u32, Reply<Vec<QueueItem>>)>,
}

/// What a transaction answered.
struct Written {
    accept: Vec<Accepted>,
    begin: Vec<Vec<MessageId>>,
    effects: Vec<ReceiptEffect>,
    opt_outs: Vec<OptOut>,
    transitions: Vec<bool>,
    conversions: Vec<ConversionVerdict>,
    release: Vec<Vec<QueueItem>>,
}

impl Group {
    pub(super) fn gather(waiting: &mut Vec<Job>) -> Self {
        let mut group = Self::default();
        let mut rows = 0;
        let mut taken = 0;
        for job in waiting.iter() {
            if rows >= GROUP_ROWS {
                break;
            }
            rows += job.rows();
            taken += 1;
        }
        for job in waiting.drain(..taken) {
            group.push(job);
        }
        group
    }

    fn push(&mut self, job: Job) {
        match job {
            Job::Accept(acceptance, reply) => {
                self.accept.push(acceptance);
                self.accept_replies.push(reply);
            }
            Job::BeginCall(intent, reply) => {
                self.begin.push(intent);
                self.begin_replies.push(reply);
            }
            Job::Settle(settlement, reply) => {
                self.settle.push(settlement);
                self.settle_replies.push(reply);
            }
            Job::Hear(news, reply) => {
                self.receipts.extend(news.receipts);
                self.inbound.extend(news.inbound);
                self.positions.extend(news.position);
                self.news_replies.push(reply);
            }
            Job::AwaitReceipts(awaited, reply) => {
                self.awaited.extend(awaited);
                self.awaited_replies.push(reply);
            }
            Job::Transitions(transitions, reply) => {
                self.transition_replies.push((transitions.len(), reply));
                self.transitions.extend(transitions);
            }
            Job::Convert(messages, reply) => {
                self.conversion_replies.push((messages.len(), reply));
                self.conversions.extend(messages);
            }
            Job::Postpone(postponements, reply) => {
                self.postponements.extend(postponements);
                self.postponement_replies.push(reply);
            }
            Job::CallIn(furthest, reply) => {
                self.call_in = Some(self.call_in.map_or(furthest, |other| other.min(furthest)));
                self.postponement_replies.push(reply);
            }
            Job::Webhooks(outcomes, reply) => {
                self.webhooks.extend(outcomes);
                self.webhook_replies.push(reply);
            }
            Job::ReleaseScheduled(limit, reply) => self.release.push((limit, reply)),
        }
    }

    /// Whether a message may have moved, or a person written.
    pub(super) fn is_news(&self) -> bool {
        let moved = self.settle.len() + self.receipts.len() + self.transitions.len();
        moved + self.inbound.len() > 0
    }

    pub(super) async fn write(self, store: &dyn Store, now: Timestamp) -> Vec<ReceiptEffect> {
        let mut result = self.transact(store, now).await;
        for pause in RETRIES {
            let Err(StoreError::Interrupted(cause)) = &result else { break };
            tracing::debug!(cause, "a group of writes is tried again");
            tokio::time::sleep(pause).await;
            result = self.transact(store, now).await;
        }
        match &result {
            Ok(_) => {}
            Err(StoreError::Unclear(cause)) => {
                tracing::warn!(cause, "it is not known whether a group of writes was stored; whoever wrote finds out");
            }
            Err(error) => tracing::warn!(%error, "a group of writes failed; nothing of it was stored"),
        }
        let effects = result.as_mut().map(|written| std::mem::take(&mut written.effects)).unwrap_or_default();
        self.reply(result);
        effects
    }

    /// A database at the other end of a network may never answer: then it is not known how far this came.
    async fn transact(&self, store: &dyn Store, now: Timestamp) -> Result<Written> {
        if !store.is_shared() {
            return self.transact_for_long(store, now).await;
        }
        let answered = tokio::time::timeout(PATIENCE, self.transact_for_long(store, now)).await;
        answered.unwrap_or_else(|_| Err(StoreError::Unclear(format!("no answer within {} s", PATIENCE.as_secs()))))
    }

    async fn transact_for_long(&self, store: &dyn Store, now: Timestamp) -> Result<Written> {
        let mut tx = store.begin().await?;
        let accept = if self.accept.is_empty() { Vec::new() } else { tx.accept(&self.accept, now).await? };
        let begin = if self.begin.is_empty() { Vec::new() } else { tx.begin_calls(&self.begin).await? };
        let mut effects = if self.settle.is_empty() { Vec::new() } else { tx.settle(&self.settle).await? };
        if !self.receipts.is_empty() {
            effects.extend(tx.apply_receipts(&self.receipts).await?);
        }
        let opt_outs = if self.inbound.is_empty() { Vec::new() } else { tx.record_inbound(&self.inbound).await? };
        if !self.positions.is_empty() {
            tx.save_feed_positions(&self.positions).await?;
        }
        if !self.awaited.is_empty() {
            tx.save_awaited_receipts(&self.awaited).await?;
        }
        if !self.postponements.is_empty() {
            tx.postpone(&self.postponements).await?;
        }
        if let Some(furthest) = self.call_in {
            tx.call_in(furthest, now).await?;
        }
        let transitions =
            if self.transitions.is_empty() { Vec::new() } else { tx.transition(&self.transitions).await? };
        let conversions =
            if self.conversions.is_empty() { Vec::new() } else { tx.convert(&self.conversions, now).await? };
        if !self.webhooks.is_empty() {
            tx.record_webhooks(&self.webhooks).await?;
        }
        let mut release = Vec::new();
        for (limit, _) in &self.release {
            release.push(tx.release_scheduled(now, *limit).await?);
        }
        tx.commit().await?;
        Ok(Written { accept, begin, effects, opt_outs, transitions, conversions, release })
    }

    /// A caller that no longer listens has given up; its write stands all the same.
    fn reply(self, result: Result<Written>) {
        let written = match result {
            Ok(written) => written,
            Err(error) => return self.fail(&error),
        };
        for (reply, accepted) in self.accept_replies.into_iter().zip(written.accept) {
            let _ = reply.send(Ok(accepted));
        }
        for (reply, won) in self.begin_replies.into_iter().zip(written.begin) {
            let _ = reply.send(Ok(won));
        }
        for reply in self.news_replies {
            let _ = reply.send(Ok(written.opt_outs.clone()));
        }
        let plain = self.settle_replies.into_iter().chain(self.awaited_replies);
        for reply in plain.chain(self.postponement_replies).chain(self.webhook_replies) {
            let _ = reply.send(Ok(()));
        }
        let mut moved = written.transitions.into_iter();
        for (count, reply) in self.transition_replies {
            let _ = reply.send(Ok(moved.by_ref().take(count).collect()));
        }
        let mut converted = written.conversions.into_iter();
        for (count, reply) in self.conversion_replies {
            let _ = reply.send(Ok(converted.by_ref().take(count).collect()));
        }
        for ((_, reply), items) in self.release.into_iter().zip(written.release) {
            let _ = reply.send(Ok(items));
        }
    }

    fn fail(self, error: &StoreError) {
        for reply in self.accept_replies {
            let _ = reply.send(Err(error.clone()));
        }
        for reply in self.begin_replies {
            let _ = reply.send(Err(error.clone()));
        }
        for reply in self.news_replies {
            let _ = reply.send(Err(error.clone()));
        }
        let plain = self.settle_replies.into_iter().chain(self.awaited_replies);
        for reply in plain.chain(self.postponement_replies).chain(self.webhook_replies) {
            let _ = reply.send(Err(error.clone()));
        }
        for (_, reply) in self.transition_replies {
            let _ = reply.send(Err(error.clone()));
        }
        for (_, reply) in self.conversion_replies {
            let _ = reply.send(Err(error.clone()));
        }
        for (_, reply) in self.release {
            let _ = reply.send(Err(error.clone()));
        }
    }
}
