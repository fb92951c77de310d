//! Where a 202 is decided: messages are answered for once their rows are on the disk, not before.

use super::caller::Caller;
use super::check::{Checked, Refusal, check};
use crate::gateway::Gateway;
use jixinda_domain::{BatchId, Message, MessageId, MessageStatus, Submission, Timestamp};
use jixinda_store::{Acceptance, Accepted, IdempotencyClaim, QueueItem, StoreError};
use std::time::Duration;

/// How long an idempotency key is remembered.
const IDEMPOTENCY_LIFE: Duration = Duration::from_secs(24 * 3600);

/// An idempotency key and the request that it stands for.
#[derive(Clone, Debug)]
pub struct Idempotency {
    pub key: String,
    pub body_hash: String,
}

/// What became of one submission of a request.
pub type Entry = Result<Message, Refusal>;

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the idempotency key was used with another body")]
    IdempotencyConflict,
    #[error("the nonce was used before")]
    NonceUsed,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks submissions and stores those that pass, all in one commit. `answer` makes the body of the answer from what became of
/// each, or refuses the request as a whole; a request that was answered before is answered the same again. Then nothing is stored.
pub async fn accept(
    gateway: &Gateway,
    caller: &Caller,
    submissions: Vec<Result<Submission, Refusal>>,
    batch_id: Option<BatchId>,
    idempotency: Option<Idempotency>,
    answer: impl FnOnce(&[Entry]) -> Result<String, Refusal>,
) -> Result<String, AcceptError> {
    let now = gateway.clock.now();
    let mut entries = Vec::with_capacity(submissions.len());
    {
        let directory = gateway.directory();
        let mut serial = gateway.serials.take(u32::try_from(submissions.len()).unwrap_or(u32::MAX)).await?;
        for submission in submissions {
            let entry = submission.and_then(|submission| {
                let checked = check(&directory, &submission, now)?;
                Ok(message(caller, submission, checked, batch_id, serial, now))
            });
            serial += 1;
            entries.push(entry);
        }
    }
    let body = match answer(&entries) {
        Ok(body) => body,
        Err(refusal) => return remembered(gateway, caller, idempotency, refusal).await,
    };
    let messages: Vec<Message> = entries.into_iter().flatten().collect();
    // Where nothing was accepted, nothing is remembered: a corrected request may use the key again.
    let idempotency = idempotency.filter(|_| !messages.is_empty());
    if messages.is_empty() && caller.nonce.is_none() {
        return Ok(body);
    }
    let nudges: Vec<QueueItem> =
        messages.iter().filter(|message| message.status == MessageStatus::Queued).map(nudge).collect();
    let ready: Vec<Message> =
        messages.iter().filter(|message| message.status == MessageStatus::Queued).cloned().collect();
    let acceptance = Acceptance {
        messages,
        idempotency: idempotency.map(|idempotency| IdempotencyClaim {
            application_id: caller.application.id,
            key: idempotency.key,
            body_hash: idempotency.body_hash,
            answer: body.clone(),
            expires_at: now + IDEMPOTENCY_LIFE,
        }),
        nonce: caller.nonce,
    };
    match gateway.writer.accept(acceptance).await? {
        Accepted::Stored => {
            gateway.recent.keep(ready);
            // Only a hint: were it lost, the refill would find the messages.
            gateway.queue.push(&nudges, gateway.clock.now());
            Ok(body)
        }
        Accepted::Replayed { answer } => Ok(answer),
        Accepted::Conflict => Err(AcceptError::IdempotencyConflict),
        Accepted::NonceUsed => Err(AcceptError::NonceUsed),
    }
}

/// What is refused now may have been accepted before: a repeated request is answered as it was then, even where its send time has
/// passed or its template is gone.
async fn remembered(
    gateway: &Gateway,
    caller: &Caller,
    idempotency: Option<Idempotency>,
    refusal: Refusal,
) -> Result<String, AcceptError> {
    let Some(idempotency) = idempotency else { return Err(refusal.into()) };
    let application = caller.application.id;
    match gateway.store.remembered_answer(application, &idempotency.key, gateway.clock.now()).await? {
        Some((hash, answer)) if hash == idempotency.body_hash => Ok(answer),
        Some(_) => Err(AcceptError::IdempotencyConflict),
        None => Err(refusal.into()),
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
        cause_code: None,
        cause_detail: None,
        created_at: now,
        updated_at: now,
    }
}
