//! [`Writer`]: group commit. Whoever writes at the same time shares one transaction and one fsync.
//!
//! A transaction is all or nothing: where it fails, everyone in it is told so and nothing of it remains.

mod group;

use crate::{
    Acceptance, Accepted, AwaitedReceipt, CallIntent, CallSettlement, ConversionVerdict, News, OptOut, Postponement,
    QueueItem, ReceiptEffect, Result, Store, StoreError, Transition, WebhookOutcome,
};
use group::Group;
use jixinda_domain::{Clock, MessageId, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};

/// Jobs that wait while a transaction runs; beyond this, callers wait to be let in.
const WAITING_JOBS: usize = 4096;
/// Jobs in one transaction.
const GROUP_JOBS: usize = 1024;

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
