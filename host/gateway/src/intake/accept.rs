//! Where a 202 is decided: messages are answered for once their rows are on the disk, not before.

use super::caller::Caller;
use super::check::{Checked, Refusal, Rules, check};
use crate::gateway::Gateway;
use jixinda_domain::{BatchId, Message, MessageId, MessageStatus, Submission, Timestamp};
use jixinda_store::{Acceptance, Accepted, Exceeded, ExceededLimit, IdempotencyClaim, QueueItem, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// How long an idempotency key is remembered.
const IDEMPOTENCY_LIFE: Duration = Duration::from_secs(24 * 3600);
/// How often a request is stored anew without what exceeds a limit. Others fill the same windows meanwhile.
const LIMIT_ROUNDS: usize = 8;

/// An idempotency key and the request that it stands for.
#[derive(Clone, Debug)]
pub struct Idempotency {
    pub key: String,
    pub body_hash: String,
}

/// What became of one submission of a request.
pub type Entry = Result<Arc<Message>, Refusal>;

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the idempotency key was used with another body")]
    IdempotencyConflict,
    #[error("the nonce was used before")]
    NonceUsed,
    #[error("others filled the same limits again and again meanwhile")]
    Contended,
    #[error("a request with this idempotency key is on its way to the store")]
    InFlight,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks submissions and stores those that pass, all in one commit. `answer` makes the body of the answer from what became of
/// each, or refuses the request as a whole; a request that was answered before is answered the same again. Then nothing is stored.
pub async fn accept(
    gateway: &Arc<Gateway>,
    caller: &Caller,
    submissions: Vec<Result<Submission, Refusal>>,
    batch_id: Option<BatchId>,
    idempotency: Option<Idempotency>,
    answer: impl Fn(&[Entry]) -> Result<String, Refusal>,
) -> Result<String, AcceptError> {
    let now = gateway.clock.now();
    let mut entries = check_all(gateway, caller, submissions, batch_id, now).await?;
    // Limits are judged where the messages are stored. What exceeds one is taken out, and the rest comes again.
    for _ in 0..LIMIT_ROUNDS {
        let body = match answer(&entries) {
            Ok(body) => body,
            Err(refusal) => {
                let remembered = remembered(gateway, caller, idempotency.as_ref()).await?;
                return remembered.ok_or(AcceptError::Refused(refusal));
            }
        };
        let messages: Vec<Arc<Message>> = entries.iter().flatten().cloned().collect();
        if messages.is_empty() {
            if let Some(answer) = remembered(gateway, caller, idempotency.as_ref()).await? {
                return Ok(answer);
            }
            if caller.nonce.is_none() {
                return Ok(body);
            }
        }
        match store(gateway, caller, messages, &body, idempotency.as_ref(), now).await? {
            Accepted::Stored => return Ok(body),
            Accepted::Replayed { answer } => return Ok(answer),
            Accepted::Conflict => return Err(AcceptError::IdempotencyConflict),
            Accepted::NonceUsed => return Err(AcceptError::NonceUsed),
            Accepted::Exceeded(exceeded) => refuse(&mut entries, exceeded, now),
        }
    }
    Err(AcceptError::Contended)
}

async fn check_all(
    gateway: &Gateway,
    caller: &Caller,
    submissions: Vec<Result<Submission, Refusal>>,
    batch_id: Option<BatchId>,
    now: Timestamp,
) -> Result<Vec<Entry>, StoreError> {
    let first = gateway.serials.take(u32::try_from(submissions.len()).unwrap_or(u32::MAX)).await?;
    let directory = gateway.directory();
    let rules = Rules {
        directory: &directory,
        blocklist: &gateway.blocklist,
        quiet_hours: &gateway.quiet_hours,
        application: caller.application.id,
        now,
    };
    let checked = submissions.into_iter().zip(first..).map(|(submission, serial)| {
        let submission = submission?;
        let checked = check(&rules, &submission)?;
        Ok(Arc::new(message(caller, submission, checked, batch_id, serial, now)))
    });
    Ok(checked.collect())
}

/// Stores and hands over to dispatch, also where the caller hangs up meanwhile: what is stored is not to wait for the next look.
async fn store(
    gateway: &Arc<Gateway>,
    caller: &Caller,
    messages: Vec<Arc<Message>>,
    body: &str,
    idempotency: Option<&Idempotency>,
    now: Timestamp,
) -> Result<Accepted, StoreError> {
    let ready: Vec<Arc<Message>> =
        messages.iter().filter(|message| message.status == MessageStatus::Queued).cloned().collect();
    let nudges: Vec<QueueItem> = ready.iter().map(|message| nudge(message)).collect();
    // Where nothing was accepted, nothing is remembered: a corrected request may use the key again.
    let idempotency = idempotency.filter(|_| !messages.is_empty());
    let acceptance = Acceptance {
        limits: gateway.limits(&caller.application, now),
        messages,
        idempotency: idempotency.map(|idempotency| IdempotencyClaim {
            application_id: caller.application.id,
            key: idempotency.key.clone(),
            body_hash: idempotency.body_hash.clone(),
            answer: body.to_owned(),
            expires_at: now + IDEMPOTENCY_LIFE,
        }),
        nonce: caller.nonce,
    };
    let flight = idempotency.map(|idempotency| gateway.in_flight.depart(caller.application.id, &idempotency.key));
    let gateway = gateway.clone();
    let stored = tokio::spawn(async move {
        let _flight = flight;
        let accepted = gateway.writer.accept(acceptance).await?;
        if accepted == Accepted::Stored {
            gateway.recent.keep(ready);
            // Only a hint: were it lost, the refill would find the messages.
            gateway.queue_up(&nudges);
        }
        Ok(accepted)
    });
    stored.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the gateway is stopping".to_owned())))
}

/// The store counts messages only; its places are those among the accepted entries.
fn refuse(entries: &mut [Entry], exceeded: Vec<Exceeded>, now: Timestamp) {
    let mut accepted: Vec<&mut Entry> = entries.iter_mut().filter(|entry| entry.is_ok()).collect();
    for Exceeded { index, limit, until } in exceeded {
        // Retry-After counts whole seconds, and a second too early would be refused again.
        let wait_s = u32::try_from(until.since(now).as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        if let Some(entry) = accepted.get_mut(index) {
            **entry = Err(match limit {
                ExceededLimit::Rule(rule) => Refusal::FrequencyLimited { rule, wait_s },
                ExceededLimit::Quota(most) => Refusal::QuotaExceeded { most, wait_s },
            });
        }
    }
}

/// What is refused now may have been accepted before: a repeated request is answered as it was then, even where its send time has
/// passed or its template is gone. `None` where it was never answered.
async fn remembered(
    gateway: &Gateway,
    caller: &Caller,
    idempotency: Option<&Idempotency>,
) -> Result<Option<String>, AcceptError> {
    let Some(idempotency) = idempotency else { return Ok(None) };
    let application = caller.application.id;
    // Before the store is asked: what arrives between the two is found there.
    if gateway.in_flight.has(application, &idempotency.key) {
        return Err(AcceptError::InFlight);
    }
    match gateway.store.remembered_answer(application, &idempotency.key, gateway.clock.now()).await? {
        Some((hash, answer)) if hash == idempotency.body_hash => Ok(Some(answer)),
        Some(_) => Err(AcceptError::IdempotencyConflict),
        None => Ok(None),
    }
}

fn nudge(message: &Message) -> QueueItem {
    QueueItem { id: message.id, application_id: message.application_id, class: message.class, due_at: message.due_at }
}

fn message(
    caller: &Caller,
    submission: Submission,
    checked: Checked,
    batch_id: Option<BatchId>,
    serial: u64,
    now: Timestamp,
) -> Message {
    Message {
        id: MessageId::new(now, rand::random()),
        serial,
        application_id: caller.application.id,
        batch_id,
        reference: submission.reference,
        class: checked.template.class,
        template_id: checked.template.id,
        sign_name_id: checked.sign_name.id,
        recipient: checked.recipient,
        params: submission.params,
        text: checked.text,
        encoding: checked.segmentation.encoding,
        segments: checked.segmentation.segments,
        test: caller.test,
        status: if checked.due_at > now { MessageStatus::Scheduled } else { MessageStatus::Queued },
        epoch: 0,
        attempts: 0,
        tries_from: 0,
        maybe_sent: false,
        resends: 0,
        pinned_channel_id: None,
        due_at: checked.due_at,
        expires_at: checked.expires_at,
        send_at: submission.send_at,
        call_id: None,
        channel_id: None,
        account_id: None,
        upstream_id: None,
        cause_code: checked.wait.as_ref().map(|cause| cause.code.clone()),
        cause_detail: checked.wait.map(|cause| cause.detail),
        created_at: now,
        updated_at: now,
    }
}
