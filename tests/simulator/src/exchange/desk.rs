//! Serving one request of a known account: a send, a lookup, a refusal, and the faults in between.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hyper::{Response, StatusCode};

use super::{Exchanged, respond};
use crate::account::AccountState;
use crate::faults::{ActiveFaults, Outcome};
use crate::serve::{AnswerBody, Dropped, json};
use crate::wire::{Lookup, Provider, Refusal, Submission, Wire};
use crate::world::World;

/// Where one account's request is served.
pub(super) struct Desk<'w> {
    pub(super) world: &'w World,
    pub(super) wire: &'static dyn Wire,
    pub(super) provider: Provider,
    pub(super) account: Arc<AccountState>,
    /// As they were when the request came; a change applies from the next one.
    pub(super) faults: Arc<ActiveFaults>,
}

impl Desk<'_> {
    pub(super) async fn send(&self, submission: Submission) -> Exchanged {
        let numbers = submission.texts.iter().map(|text| text.number.as_str());
        let outcome = self.faults.outcome(numbers, &self.world.dice);
        let latency = self.faults.latency(&self.world.dice);
        let refusal = match &outcome {
            Outcome::Refused(refusal) => Some(refusal.code.clone()),
            Outcome::Status { status, taken: false, .. } => Some(status.as_str().to_owned()),
            _ => None,
        };
        // From here on the client may give up at any await; the guard counts that as unanswered.
        let pending = Pending::new(&self.account);
        let call = self.record(submission, refusal).await;
        wait(latency).await;
        let answer = || respond(self.wire.accepted(call.id, self.world));
        let exchanged = self.conclude(outcome, answer).await?;
        pending.answered();
        if call.taken() && exchanged.status() == StatusCode::OK && !exchanged.body().is_torn() {
            call.answered.store(true, Relaxed);
        }
        Ok(exchanged)
    }

    pub(super) async fn look_up(&self, lookup: Lookup) -> Exchanged {
        self.account.tally.lookups.one();
        let outcome = self.faults.lookup_outcome(&lookup.number, &self.world.dice);
        let pending = Pending::new(&self.account);
        if self.faults.faults().lookups {
            wait(self.faults.latency(&self.world.dice)).await;
        }
        let own = |account: &Option<String>| account.as_deref().is_none_or(|key| *key == *self.account.key);
        let mut texts = self.world.memory.texts(&lookup.number);
        texts.retain(|text| text.taken && own(&text.account));
        let exchanged = self.conclude(outcome, || respond(self.wire.found(&lookup, texts, self.world))).await?;
        pending.answered();
        Ok(exchanged)
    }

    pub(super) fn refuse(&self, refusal: &Refusal) -> Response<AnswerBody> {
        self.account.tally.refused.one();
        respond(self.wire.refused(refusal, self.world))
    }

    /// Answers, or does what the outcome says instead.
    async fn conclude(&self, outcome: Outcome, answer: impl FnOnce() -> Response<AnswerBody>) -> Exchanged {
        match outcome {
            Outcome::Served => Ok(answer()),
            Outcome::Refused(refusal) => Ok(self.refuse(&refusal)),
            Outcome::Status { status, body, .. } => {
                self.account.tally.refused.one();
                Ok(json(status, body))
            }
            Outcome::Reset => Err(Dropped),
            Outcome::HalfAnswer => {
                self.account.tally.unanswered.one();
                Ok(answer().map(AnswerBody::torn))
            }
            Outcome::Hang => std::future::pending().await,
        }
    }
}

async fn wait(latency: Duration) {
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
}

/// Counts a request as unanswered unless it is told otherwise before it is dropped.
struct Pending<'a> {
    account: &'a AccountState,
}

impl<'a> Pending<'a> {
    fn new(account: &'a AccountState) -> Self {
        Self { account }
    }

    fn answered(self) {
        std::mem::forget(self);
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.account.tally.unanswered.one();
    }
}
