//! Looks at uncertain texts when they are due: asks their providers, and does what [`fate`](super::fate) decides.
//!
//! A receipt that comes meanwhile settles a text too; whoever comes second changes nothing.

use super::Shared;
use super::ask::{Asked, Calls, Said, ask, asked_from, calls_of, hear, receipt_of};
use super::fate::{Answer, Doubt, Verdict, decide};
use jixinda_domain::{AccountId, Actor, Message, MessageStatus};
use jixinda_store::{NewReceipt, Postponement, QueueItem, Transition};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_millis(250);
const AT_A_TIME: u32 = 200;

pub(super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = look(&shared).await {
            tracing::warn!(%error, "uncertain messages could not be looked up; they will be later");
        }
    }
}

/// Until nothing is due: after a crash there may be many.
async fn look(shared: &Arc<Shared>) -> jixinda_store::Result<()> {
    let gateway = &shared.gateway;
    loop {
        let due = gateway.store.uncertain_due(gateway.clock.now(), gateway.nodes.part(), AT_A_TIME).await?;
        let full = due.len() == AT_A_TIME as usize;
        if due.is_empty() {
            return Ok(());
        }
        let calls = calls_of(shared, &due).await?;
        for asked in ask(shared, due, &calls).await {
            apply(shared, asked, &calls).await?;
        }
        if !full {
            return Ok(());
        }
    }
}

/// What is to be written of one account's messages.
#[derive(Default)]
struct Findings {
    receipts: Vec<NewReceipt>,
    moves: Vec<(Message, Transition)>,
    later: Vec<Postponement>,
}

async fn apply(shared: &Shared, asked: Asked, calls: &Calls) -> jixinda_store::Result<()> {
    let Asked { account, messages, said } = asked;
    let answers: Vec<Answer> = match said {
        Said::Fates(fates) => fates.into_iter().map(Answer::Told).collect(),
        Said::Silent => messages.iter().map(|_| Answer::Silent).collect(),
        Said::Mute => messages.iter().map(|_| Answer::Mute).collect(),
    };
    let mut findings = Findings::default();
    for (message, answer) in messages.into_iter().zip(answers) {
        findings.add(shared, account, message, calls, answer);
    }
    hear(shared, findings.receipts).await?;
    if !findings.later.is_empty() {
        shared.gateway.writer.postpone(findings.later).await?;
    }
    move_on(shared, findings.moves).await
}

impl Findings {
    fn add(&mut self, shared: &Shared, account: AccountId, message: Message, calls: &Calls, answer: Answer) {
        let (gateway, settings) = (&shared.gateway, &shared.gateway.config.dispatch);
        let now = gateway.clock.now();
        let directory = gateway.directory();
        let provider = directory.accounts.get(&account).map_or("", |entry| entry.account.provider.as_str());
        let doubt = Doubt {
            message: &message,
            called_at: asked_from(&message, calls),
            now,
            settling: settings.settling(provider),
            wait: settings.uncertain_wait(message.class),
            every: Duration::from_millis(settings.lookup_every_ms),
        };
        match decide(&doubt, answer) {
            Verdict::Hear(told) => self.receipts.push(receipt_of(account, &message, *told, now)),
            Verdict::LookAgain(due_at) => self.later.push(Postponement {
                message_id: message.id,
                status: message.status,
                epoch: message.epoch,
                due_at,
            }),
            Verdict::Move(status, cause, changes) => match message.status.step(status) {
                Ok(step) => {
                    let transition = Transition {
                        message_id: message.id,
                        step,
                        epoch: message.epoch,
                        due_at: now,
                        cause: Some(cause),
                        by: Actor::Gateway,
                        changes,
                        now,
                    };
                    self.moves.push((message, transition));
                }
                Err(illegal) => tracing::error!(%illegal, message.id = %message.id, "a message was left where it is"),
            },
        }
    }
}

async fn move_on(shared: &Shared, moves: Vec<(Message, Transition)>) -> jixinda_store::Result<()> {
    if moves.is_empty() {
        return Ok(());
    }
    let gateway = &shared.gateway;
    let transitions = moves.iter().map(|(_, transition)| transition.clone()).collect();
    let moved = gateway.writer.transition(transitions).await?;
    let again: Vec<QueueItem> = moves
        .iter()
        .zip(moved)
        .filter(|((_, transition), moved)| *moved && transition.step.to() == MessageStatus::Queued)
        .map(|((message, transition), _)| QueueItem {
            id: message.id,
            application_id: message.application_id,
            class: message.class,
            due_at: transition.due_at,
        })
        .collect();
    gateway.queue_up(&again);
    Ok(())
}
