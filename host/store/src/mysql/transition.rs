//! Steps of messages that need no provider call, on MySQL: each compares and sets (status, epoch), and is remembered.

use super::batch::{self, Value, id};
use super::webhook;
use crate::rows::{QueueRow, all};
use crate::{Postponement, QueueItem, Result, Transition};
use jixinda_domain::Timestamp;
use sqlx::MySqlConnection;
use std::collections::HashMap;

/// Takes the steps that are still to be taken; answers which those were, in the order of the group.
pub(super) async fn transition(tx: &mut MySqlConnection, group: &[Transition]) -> Result<Vec<bool>> {
    let mut ids: Vec<String> = group.iter().map(|transition| transition.message_id.to_string()).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows: Vec<[Value<'_>; 1]> = ids.iter().map(|id| [id.as_str().into()]).collect();
    let known: Vec<(String, String, u32)> = batch::fetch(tx, &rows, &[], |shape| {
        format!("SELECT id, status, epoch FROM messages WHERE id IN ({}) ORDER BY id FOR UPDATE", shape.list())
    })
    .await?;
    let mut standings: HashMap<String, (String, u32)> =
        known.into_iter().map(|(id, status, epoch)| (id, (status, epoch))).collect();
    // The rows are ours until the commit. Of two steps from the same place the first is taken.
    let mut verdicts = Vec::with_capacity(group.len());
    let mut taken: Vec<&Transition> = Vec::new();
    for transition in group {
        let from = (transition.step.from().as_str(), transition.epoch);
        let name = transition.message_id.to_string();
        let stands = standings.get(&name).is_some_and(|(status, epoch)| (status.as_str(), *epoch) == from);
        if stands {
            standings.remove(&name);
            taken.push(transition);
        }
        verdicts.push(stands);
    }
    if taken.is_empty() {
        return Ok(verdicts);
    }
    taken.sort_unstable_by_key(|transition| transition.message_id);
    move_on(tx, &taken).await?;
    webhook::note_moves(tx, taken.iter().map(|transition| transition.message_id)).await?;
    remember(tx, &taken).await?;
    Ok(verdicts)
}

async fn move_on(tx: &mut MySqlConnection, taken: &[&Transition]) -> Result<()> {
    let rows: Vec<[Value<'_>; 11]> = taken
        .iter()
        .map(|transition| {
            let (cause, changes) = (transition.cause.as_ref(), transition.changes);
            [
                id(transition.message_id),
                transition.step.to().as_str().into(),
                transition.due_at.as_millis().into(),
                cause.map(|cause| cause.code.as_str()).into(),
                cause.map(|cause| cause.detail.as_str()).into(),
                changes.resent.into(),
                changes.certainly_unsent.into(),
                changes.fresh_start.into(),
                changes.pinned_channel_id.map(|id| id.to_string()).into(),
                // 0 for as it was: a column of numbers and NULLs would be one of texts.
                changes.expires_at.map_or(0, Timestamp::as_millis).into(),
                transition.now.as_millis().into(),
            ]
        })
        .collect();
    batch::execute(tx, &rows, &[], |shape| {
        format!(
            "UPDATE {} STRAIGHT_JOIN messages m ON m.id = j.id
             SET m.status = j.status, m.epoch = m.epoch + 1, m.due_at = j.due_at,
                 m.cause_code = COALESCE(j.cause_code, m.cause_code),
                 m.cause_detail = COALESCE(j.cause_detail, m.cause_detail),
                 m.resends = m.resends + j.resent,
                 m.maybe_sent = GREATEST(0, m.maybe_sent - j.unsent),
                 m.tries_from = IF(j.fresh, m.attempts, m.tries_from),
                 m.pinned_channel_id = IF(j.fresh, j.pinned, m.pinned_channel_id),
                 m.expires_at = IF(j.expires_at = 0, m.expires_at, j.expires_at),
                 m.updated_at = j.now",
            shape.table(&[
                "id",
                "status",
                "due_at",
                "cause_code",
                "cause_detail",
                "resent",
                "unsent",
                "fresh",
                "pinned",
                "expires_at",
                "now",
            ])
        )
    })
    .await?;
    Ok(())
}

async fn remember(tx: &mut MySqlConnection, taken: &[&Transition]) -> Result<()> {
    let rows: Vec<[Value<'_>; 9]> = taken
        .iter()
        .map(|transition| {
            let cause = transition.cause.as_ref();
            [
                id(transition.message_id),
                (transition.epoch + 1).into(),
                transition.step.from().as_str().into(),
                transition.step.to().as_str().into(),
                transition.now.as_millis().into(),
                transition.due_at.as_millis().into(),
                transition.by.as_str().into(),
                cause.map(|cause| cause.code.as_str()).into(),
                cause.map(|cause| cause.detail.as_str()).into(),
            ]
        })
        .collect();
    insert_moves(tx, &rows).await
}

/// (message, epoch after it, from, to, at, due at, actor, cause's code and detail)
pub(super) async fn insert_moves(tx: &mut MySqlConnection, rows: &[[Value<'_>; 9]]) -> Result<()> {
    batch::execute(tx, rows, &[], |shape| {
        format!(
            "INSERT INTO moves
                 (message_id, epoch, from_status, to_status, moved_at, due_at, actor, cause_code, cause_detail)
             VALUES {}",
            shape.values()
        )
    })
    .await?;
    Ok(())
}

pub(super) async fn postpone(tx: &mut MySqlConnection, group: &[Postponement]) -> Result<()> {
    let mut rows: Vec<&Postponement> = group.iter().collect();
    rows.sort_unstable_by_key(|wish| wish.message_id);
    let rows: Vec<[Value<'_>; 4]> = rows
        .into_iter()
        .map(|wish| {
            [id(wish.message_id), wish.status.as_str().into(), wish.epoch.into(), wish.due_at.as_millis().into()]
        })
        .collect();
    batch::execute(tx, &rows, &[], |shape| {
        format!(
            "UPDATE {} STRAIGHT_JOIN messages m ON m.id = j.id AND m.status = j.status AND m.epoch = j.epoch
             SET m.due_at = j.due_at",
            shape.table(&["id", "status", "epoch", "due_at"])
        )
    })
    .await?;
    Ok(())
}

/// Rare, and worth a walk through the index.
pub(super) async fn call_in(tx: &mut MySqlConnection, furthest: Timestamp, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE messages SET due_at = ? WHERE status IN ('queued', 'uncertain') AND due_at > ?")
        .bind(now.as_millis())
        .bind(furthest.as_millis())
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn release_scheduled(tx: &mut MySqlConnection, now: Timestamp, limit: u32) -> Result<Vec<QueueItem>> {
    // Locked in the order of the index; a message that was cancelled meanwhile is not found any more.
    let rows = sqlx::query_as::<_, QueueRow>(
        "SELECT id, application_id, class, due_at
         FROM messages
         WHERE status = 'scheduled' AND due_at <= ?
         ORDER BY due_at, id
         LIMIT ?
         FOR UPDATE",
    )
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(&mut *tx)
    .await?;
    let items: Vec<QueueItem> = all(rows)?;
    let rows: Vec<[Value<'_>; 2]> = items.iter().map(|item| [id(item.id), now.as_millis().into()]).collect();
    batch::execute(tx, &rows, &[], |shape| {
        format!(
            "UPDATE {} STRAIGHT_JOIN messages m ON m.id = j.id SET m.status = 'queued', m.updated_at = j.now",
            shape.table(&["id", "now"])
        )
    })
    .await?;
    Ok(items)
}
