//! Steps of messages that need no provider call, on SQLite: each compares and sets (status, epoch), and is remembered.

use super::{json, webhook};
use crate::rows::{QueueRow, all};
use crate::{Postponement, QueueItem, Result, Transition};
use jixinda_domain::{ChannelId, MessageId, Timestamp};
use serde::Serialize;
use sqlx::SqliteConnection;
use std::collections::HashSet;

#[derive(Serialize)]
struct TransitionRow<'a> {
    id: MessageId,
    from: &'static str,
    epoch: u32,
    to: &'static str,
    due_at: i64,
    cause_code: Option<&'a str>,
    cause_detail: Option<&'a str>,
    actor: &'static str,
    resent: u8,
    certainly_unsent: u8,
    fresh_start: u8,
    pinned_channel_id: Option<ChannelId>,
    expires_at: Option<i64>,
    now: i64,
}

impl<'a> TransitionRow<'a> {
    fn of(transition: &'a Transition) -> Self {
        let (cause, changes) = (transition.cause.as_ref(), transition.changes);
        Self {
            id: transition.message_id,
            from: transition.step.from().as_str(),
            epoch: transition.epoch,
            to: transition.step.to().as_str(),
            due_at: transition.due_at.as_millis(),
            cause_code: cause.map(|cause| cause.code.as_str()),
            cause_detail: cause.map(|cause| cause.detail.as_str()),
            actor: transition.by.as_str(),
            resent: changes.resent.into(),
            certainly_unsent: changes.certainly_unsent.into(),
            fresh_start: changes.fresh_start.into(),
            pinned_channel_id: changes.pinned_channel_id,
            expires_at: changes.expires_at.map(Timestamp::as_millis),
            now: transition.now.as_millis(),
        }
    }
}

/// Takes the steps that are still to be taken; answers which those were, in the order of the group.
pub(super) async fn transition(tx: &mut SqliteConnection, group: &[Transition]) -> Result<Vec<bool>> {
    let rows: Vec<TransitionRow<'_>> = group.iter().map(TransitionRow::of).collect();
    let moved: Vec<String> = sqlx::query_scalar(
        "UPDATE messages
         SET status = j.value ->> 'to', epoch = messages.epoch + 1, due_at = j.value ->> 'due_at',
             cause_code = coalesce(j.value ->> 'cause_code', cause_code),
             cause_detail = coalesce(j.value ->> 'cause_detail', cause_detail),
             resends = resends + (j.value ->> 'resent'),
             maybe_sent = max(0, maybe_sent - (j.value ->> 'certainly_unsent')),
             tries_from = iif(j.value ->> 'fresh_start', attempts, tries_from),
             pinned_channel_id = iif(j.value ->> 'fresh_start', j.value ->> 'pinned_channel_id', pinned_channel_id),
             expires_at = coalesce(j.value ->> 'expires_at', expires_at),
             updated_at = j.value ->> 'now'
         FROM json_each(?) j
         WHERE messages.id = j.value ->> 'id'
           AND messages.status = j.value ->> 'from'
           AND messages.epoch = j.value ->> 'epoch'
         RETURNING messages.id",
    )
    .bind(json(&rows)?)
    .fetch_all(&mut *tx)
    .await?;
    webhook::note_moves(tx, moved.iter()).await?;
    let mut moved: HashSet<String> = moved.into_iter().collect();
    let verdicts: Vec<bool> = group.iter().map(|transition| moved.remove(&transition.message_id.to_string())).collect();
    let taken: Vec<&TransitionRow<'_>> =
        rows.iter().zip(&verdicts).filter(|(_, moved)| **moved).map(|(row, _)| row).collect();
    if !taken.is_empty() {
        remember(tx, &taken).await?;
    }
    Ok(verdicts)
}

async fn remember(tx: &mut SqliteConnection, taken: &[&TransitionRow<'_>]) -> Result<()> {
    sqlx::query(
        "INSERT INTO moves (message_id, epoch, from_status, to_status, moved_at, due_at, actor, cause_code, cause_detail)
         SELECT value ->> 'id', (value ->> 'epoch') + 1, value ->> 'from', value ->> 'to', value ->> 'now',
                value ->> 'due_at', value ->> 'actor', value ->> 'cause_code', value ->> 'cause_detail'
         FROM json_each(?)",
    )
    .bind(json(taken)?)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn postpone(tx: &mut SqliteConnection, group: &[Postponement]) -> Result<()> {
    let rows: Vec<(MessageId, &str, u32, i64)> =
        group.iter().map(|wish| (wish.message_id, wish.status.as_str(), wish.epoch, wish.due_at.as_millis())).collect();
    sqlx::query(
        "UPDATE messages
         SET due_at = j.value ->> 3
         FROM json_each(?) j
         WHERE messages.id = j.value ->> 0
           AND messages.status = j.value ->> 1
           AND messages.epoch = j.value ->> 2",
    )
    .bind(json(&rows)?)
    .execute(tx)
    .await?;
    Ok(())
}

/// Rare, and worth a walk through the partial indexes.
pub(super) async fn call_in(tx: &mut SqliteConnection, furthest: Timestamp, now: Timestamp) -> Result<()> {
    for statement in [
        "UPDATE messages SET due_at = ? WHERE status = 'queued' AND due_at > ?",
        "UPDATE messages SET due_at = ? WHERE status = 'uncertain' AND due_at > ?",
    ] {
        sqlx::query(statement).bind(now.as_millis()).bind(furthest.as_millis()).execute(&mut *tx).await?;
    }
    Ok(())
}

pub(super) async fn release_scheduled(tx: &mut SqliteConnection, now: Timestamp, limit: u32) -> Result<Vec<QueueItem>> {
    let rows = sqlx::query_as::<_, QueueRow>(
        "UPDATE messages
         SET status = 'queued', updated_at = ?1
         WHERE id IN (SELECT id
                      FROM messages
                      WHERE status = 'scheduled' AND due_at <= ?1
                      ORDER BY due_at, id
                      LIMIT ?2)
         RETURNING id, application_id, class, due_at",
    )
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(tx)
    .await?;
    all(rows)
}
