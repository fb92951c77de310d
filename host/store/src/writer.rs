//! [`Writer`]: group commit. Whoever writes at the same time shares one transaction and one fsync.
//!
//! A transaction is all or nothing: where it fails, everyone in it is told so and nothing of it remains.

use crate::{
    Acceptance, Accepted, AwaitedReceipt, CallIntent, CallSettlement, ConversionVerdict, FeedPosition, NewReceipt,
    News, OptOut, Postponement, QueueItem, ReceiptEffect, Result, Store, StoreError, StoredInbound, Transition,
    WebhookOutcome,
};
use jixinda_domain::{Clock, MessageId, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Jobs that wait while a transaction runs; beyond this, callers wait to be let in.
const WAITING_JOBS: usize = 4096;
/// Jobs in one transaction.
const GROUP_JOBS: usize = 1024;
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

/// Gathers writes into transactions. Cheap to clone.
#[derive(Clone)]
pub struct Writer {
    jobs_tx: mpsc::Sender<Job>,
    news_rx: watch::Receiver<()>,
    effects: Effects,
}

/// What receipts told since it was last asked. Beyond this many, later ones are not told: whoever learns from them has enough.
#[derive(Clone, Default)]
struct Effects(Arc<Mutex<Vec<ReceiptEffect>>>);

const EFFECTS: usize = 100_000;

impl Effects {
    fn extend(&self, told: Vec<ReceiptEffect>) {
        if !told.is_empty() {
            let mut effects = self.lock();
            let room = EFFECTS.saturating_sub(effects.len());
            effects.extend(told.into_iter().take(room));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ReceiptEffect>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Reply<T> = oneshot::Sender<Result<T>>;

enum Job {
    Accept(Acceptance, Reply<Accepted>),
    BeginCall(CallIntent, Reply<Vec<MessageId>>),
    Settle(CallSettlement, Reply<()>),
    Hear(News, Reply<Vec<OptOut>>),
    AwaitReceipts(Vec<AwaitedReceipt>, Reply<()>),
    Transitions(Vec<Transition>, Reply<Vec<bool>>),
    Convert(Vec<MessageId>, Reply<Vec<ConversionVerdict>>),
    Postpone(Vec<Postponement>, Reply<()>),
    CallIn(Timestamp, Reply<()>),
    Webhooks(Vec<WebhookOutcome>, Reply<()>),
    ReleaseScheduled(u32, Reply<Vec<QueueItem>>),
}

impl Writer {
    /// Starts the task that writes; it ends when the last clone is dropped.
    pub fn start(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let (jobs_tx, jobs_rx) = mpsc::channel(WAITING_JOBS);
        let (news_tx, news_rx) = watch::channel(());
        let effects = Effects::default();
        tokio::spawn(run(store, clock, jobs_rx, news_tx, effects.clone()));
        Self { jobs_tx, news_rx, effects }
    }

    /// Stores accepted messages: durable when this returns.
    ///
    /// # Errors
    /// Where the store cannot take them; then nothing was stored.
    pub async fn accept(&self, acceptance: Acceptance) -> Result<Accepted> {
        self.submit(|reply| Job::Accept(acceptance, reply)).await
    }

    /// Claims messages and records the intent to send them; answers those that were won.
    ///
    /// # Errors
    /// Where the store cannot be written; then nothing was claimed.
    pub async fn begin_call(&self, intent: CallIntent) -> Result<Vec<MessageId>> {
        self.submit(|reply| Job::BeginCall(intent, reply)).await
    }

    /// Records the end of a call.
    ///
    /// # Errors
    /// Where the store cannot be written; then the call is still open.
    pub async fn settle(&self, settlement: CallSettlement) -> Result<()> {
        self.submit(|reply| Job::Settle(settlement, reply)).await
    }

    /// Records what a provider told and what follows from it; answers opt-outs that are new since, be they of this news or of
    /// others in the same commit.
    ///
    /// # Errors
    /// Where the store cannot be written; then nothing of it is recorded.
    pub async fn hear(&self, news: News) -> Result<Vec<OptOut>> {
        self.submit(|reply| Job::Hear(news, reply)).await
    }

    /// Sets when messages are to be asked after, or that they no longer are.
    ///
    /// # Errors
    /// Where the store cannot be written; then all stays as it was.
    pub async fn await_receipts(&self, awaited: Vec<AwaitedReceipt>) -> Result<()> {
        self.submit(|reply| Job::AwaitReceipts(awaited, reply)).await
    }

    /// Moves messages that need no provider call; answers which moved.
    ///
    /// # Errors
    /// Where the store cannot be written; then none moved.
    pub async fn transition(&self, transitions: Vec<Transition>) -> Result<Vec<bool>> {
        self.submit(|reply| Job::Transitions(transitions, reply)).await
    }

    /// Marks messages as used, each once; answers what became of each.
    ///
    /// # Errors
    /// Where the store cannot be written; then none is marked.
    pub async fn convert(&self, messages: Vec<MessageId>) -> Result<Vec<ConversionVerdict>> {
        self.submit(|reply| Job::Convert(messages, reply)).await
    }

    /// Sets when messages are looked at next that stay where they are.
    ///
    /// # Errors
    /// Where the store cannot be written; then all stays as it was.
    pub async fn postpone(&self, postponements: Vec<Postponement>) -> Result<()> {
        self.submit(|reply| Job::Postpone(postponements, reply)).await
    }

    /// Makes waiting messages due now that are due after `furthest`.
    ///
    /// # Errors
    /// Where the store cannot be written; then all stays as it was.
    pub async fn call_in(&self, furthest: Timestamp) -> Result<()> {
        self.submit(|reply| Job::CallIn(furthest, reply)).await
    }

    /// Records tries to deliver webhooks.
    ///
    /// # Errors
    /// Where the store cannot be written; then none is recorded.
    pub async fn record_webhooks(&self, outcomes: Vec<WebhookOutcome>) -> Result<()> {
        self.submit(|reply| Job::Webhooks(outcomes, reply)).await
    }

    /// Changes after every commit that may have something to tell applications. A hint: what there is to tell is in the store.
    pub fn news(&self) -> watch::Receiver<()> {
        self.news_rx.clone()
    }

    /// What receipts that are on the disk told of channels, since it was last asked.
    pub fn take_effects(&self) -> Vec<ReceiptEffect> {
        std::mem::take(&mut *self.effects.lock())
    }

    /// Adds what receipts told that were matched outside of this writer.
    pub fn note_effects(&self, told: Vec<ReceiptEffect>) {
        self.effects.extend(told);
    }

    /// Moves due messages from `scheduled` to `queued`, at most `limit`.
    ///
    /// # Errors
    /// Where the store cannot be written; then none moved.
    pub async fn release_scheduled(&self, limit: u32) -> Result<Vec<QueueItem>> {
        self.submit(|reply| Job::ReleaseScheduled(limit, reply)).await
    }

    async fn submit<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T> {
        let (reply_tx, reply_rx) = oneshot::channel();
        let stopped = || StoreError::Unavailable("the writer has stopped".to_owned());
        self.jobs_tx.send(job(reply_tx)).await.map_err(|_| stopped())?;
        reply_rx.await.map_err(|_| stopped())?
    }
}

async fn run(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    mut jobs_rx: mpsc::Receiver<Job>,
    news_tx: watch::Sender<()>,
    effects: Effects,
) {
    let mut waiting = Vec::with_capacity(GROUP_JOBS);
    loop {
        let room = GROUP_JOBS - waiting.len();
        if waiting.is_empty() {
            if jobs_rx.recv_many(&mut waiting, room).await == 0 {
                return;
            }
        } else {
            while waiting.len() < GROUP_JOBS {
                let Ok(job) = jobs_rx.try_recv() else { break };
                waiting.push(job);
            }
        }
        let group = Group::gather(&mut waiting);
        let is_news = group.is_news();
        let told = group.write(store.as_ref(), clock.now()).await;
        effects.extend(told);
        if is_news {
            news_tx.send_replace(());
        }
    }
}

/// The jobs of one transaction, by kind. Replies stand beside their jobs, in the same order.
#[derive(Default)]
struct Group {
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
    fn gather(waiting: &mut Vec<Job>) -> Self {
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
    fn is_news(&self) -> bool {
        let moved = self.settle.len() + self.receipts.len() + self.transitions.len();
        moved + self.inbound.len() > 0
    }

    async fn write(self, store: &dyn Store, now: Timestamp) -> Vec<ReceiptEffect> {
        let mut result = self.transact(store, now).await;
        for pause in RETRIES {
            let Err(StoreError::Interrupted(cause)) = &result else { break };
            tracing::debug!(cause, "a group of writes is tried again");
            tokio::time::sleep(pause).await;
            result = self.transact(store, now).await;
        }
        if let Err(error) = &result {
            tracing::warn!(%error, "a group of writes failed; nothing of it was stored");
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

impl Job {
    fn rows(&self) -> usize {
        match self {
            Self::Accept(acceptance, _) => acceptance.messages.len(),
            Self::BeginCall(intent, _) => intent.claims.len(),
            Self::Settle(settlement, _) => settlement.settlements.len(),
            Self::Hear(news, _) => news.receipts.len() + news.inbound.len(),
            Self::AwaitReceipts(awaited, _) => awaited.len(),
            Self::Transitions(transitions, _) => transitions.len(),
            Self::Convert(messages, _) => messages.len(),
            Self::Postpone(postponements, _) => postponements.len(),
            Self::CallIn(..) => 1,
            Self::Webhooks(outcomes, _) => outcomes.len(),
            Self::ReleaseScheduled(limit, _) => *limit as usize,
        }
    }
}
