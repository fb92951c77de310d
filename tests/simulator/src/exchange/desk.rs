//! Serving one request of a known account: a send, a question, a refusal, and the faults in between.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hyper::Response;

use super::Exchanged;
use crate::account::AccountState;
use crate::faults::{ActiveFaults, Malformed, Outcome};
use crate::mailbox::ArrivedText;
use crate::push::Receipt;
use crate::serve::{self, AnswerBody, Dropped};
use crate::wire::{Answer, Asked, Lookup, Poll, Provider, RawRequest, Refusal, Sent, Submission, Wire};
use crate::world::World;

/// The longest answer that a client should read is far shorter.
const HUGE: usize = 2 * 1024 * 1024;

/// Where one account's request is served.
pub(super) struct Desk<'w> {
    pub(super) world: &'w World,
    pub(super) wire: &'static dyn Wire,
    pub(super) provider: Provider,
    pub(super) request: RawRequest,
    pub(super) account: Arc<AccountState>,
    /// As they were when the request came; a change applies from the next one.
    pub(super) faults: Arc<ActiveFaults>,
}

impl Desk<'_> {
    pub(super) async fn send(&self, mut submission: Submission) -> Exchanged {
        let numbers = submission.texts.iter().map(|text| text.number.as_str());
        let outcome = self.faults.outcome(numbers, &self.world.dice);
        let latency = self.faults.latency(&self.world.dice);
        self.faults.refuse_texts(&mut submission.texts, &self.world.dice);
        let (settings, is_served) = (self.account.settings(), outcome == Outcome::Served);
        let call = Arc::new(self.open(&submission, outcome.refusal()));
        let sent = Sent { call: &call, texts: &submission.texts, account: &settings };
        let answer = self.wire.accepted(&self.request, &sent, self.world);
        // From here on the client may give up at any await; the guard counts that as unanswered.
        let pending = Pending::new(&self.account);
        self.take(&call, submission, &settings).await;
        wait(latency).await;
        let exchanged = self.conclude(outcome, || answer).await?;
        pending.answered();
        if is_served {
            call.answered.store(true, Relaxed);
        }
        Ok(exchanged)
    }

    pub(super) async fn look_up(&self, lookup: Lookup) -> Exchanged {
        let memory = &self.world.memory;
        let mut texts = match &lookup.of {
            Asked::Number(number) => memory.texts(number),
            Asked::Call(call) => memory.texts_of_call(*call),
        };
        let own = |account: &Option<String>| account.as_deref().is_none_or(|key| *key == *self.account.key);
        texts.retain(|text| text.provider == self.provider && text.taken && own(&text.account));
        let numbers: Vec<String> = match &lookup.of {
            Asked::Number(number) => vec![number.clone()],
            Asked::Call(_) => texts.iter().map(|text| text.number.clone()).collect(),
        };
        let outcome = self.faults.lookup_outcome(numbers.iter().map(String::as_str), &self.world.dice);
        self.answer_question(outcome, || (lookup.answer)(texts, self.world)).await
    }

    pub(super) async fn hand_out_receipts(&self, poll: Poll<Receipt>) -> Exchanged {
        let outcome = self.poll_outcome();
        let taken = if outcome.is_served() { self.account.mailbox.take_receipts(&poll) } else { Vec::new() };
        self.account.tally.receipts_waiting.take(taken.len() as u64);
        self.account.tally.receipts_polled.add(taken.len() as u64);
        self.answer_question(outcome, || (poll.answer)(taken, self.world)).await
    }

    pub(super) async fn hand_out_inbound(&self, poll: Poll<ArrivedText>) -> Exchanged {
        let outcome = self.poll_outcome();
        let taken = if outcome.is_served() { self.account.mailbox.take_inbound(&poll) } else { Vec::new() };
        self.account.tally.inbound_polled.add(taken.len() as u64);
        self.answer_question(outcome, || (poll.answer)(taken, self.world)).await
    }

    pub(super) async fn tell_balance(&self, answer: Answer) -> Exchanged {
        let outcome = self.poll_outcome();
        self.answer_question(outcome, || answer).await
    }

    pub(super) fn refuse(&self, refusal: &Refusal) -> Response<AnswerBody> {
        self.account.tally.refused.one();
        serve::answer(self.wire.refused(&self.request, refusal, self.world))
    }

    fn poll_outcome(&self) -> Outcome {
        self.account.tally.polls.one();
        self.faults.lookup_outcome(std::iter::empty(), &self.world.dice)
    }

    async fn answer_question(&self, outcome: Outcome, answer: impl FnOnce() -> Answer) -> Exchanged {
        self.account.tally.lookups.one();
        let answer = answer();
        let pending = Pending::new(&self.account);
        if self.faults.faults().lookups {
            wait(self.faults.latency(&self.world.dice)).await;
        }
        let exchanged = self.conclude(outcome, || answer).await?;
        pending.answered();
        Ok(exchanged)
    }

    /// Answers, or does what the outcome says instead.
    async fn conclude(&self, outcome: Outcome, answer: impl FnOnce() -> Answer) -> Exchanged {
        match outcome {
            Outcome::Served => Ok(serve::answer(answer())),
            Outcome::Malformed(how) => Ok(serve::answer(spoil(answer(), how))),
            Outcome::Refused { status, code, message } => {
                let status = status.unwrap_or_else(|| self.wire.status_of(&code));
                Ok(self.refuse(&Refusal::new(status, code, message)))
            }
            Outcome::Status { status, body, .. } => {
                self.account.tally.refused.one();
                Ok(serve::json(status, body))
            }
            Outcome::Reset => Err(Dropped),
            Outcome::HalfAnswer => {
                self.account.tally.unanswered.one();
                Ok(serve::answer(answer()).map(AnswerBody::torn))
            }
            Outcome::Hang => std::future::pending().await,
        }
    }
}

fn spoil(answer: Answer, how: Malformed) -> Answer {
    let body = match how {
        Malformed::Rubbish => vec![0xFF, 0x00, b'{', 0xC3, 0x28, b'<'].into(),
        Malformed::Huge => [vec![b' '; HUGE].as_slice(), &answer.body].concat().into(),
        Malformed::Half => answer.body.slice(..answer.body.len() / 2),
    };
    Answer { body, ..answer }
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
