//! The outbox of webhooks on MySQL: events are written in the transaction that makes them, outcomes of tries in groups.

use super::batch::{self, Value, id};
use crate::{Result, WebhookOutcome};
use jixinda_domain::{EventKind, TOLD_STATUSES};
use sqlx::MySqlConnection;
use std::fmt::Display;

/// Writes an event for each of these messages and each endpoint that is to be told where it stands now. For every statement that
/// moves messages, in its transaction. A message that has not moved has told of it already: the event's id is made of message, epoch
/// and status, so it cannot be written twice.
pub(super) async fn note_moves<T: Display>(tx: &mut MySqlConnection, messages: impl Iterator<Item = T>) -> Result<()> {
    if !somebody_listens(tx).await? {
        return Ok(());
    }
    let told: Vec<String> = TOLD_STATUSES.iter().map(|status| format!("'{status}'")).collect();
    let told = told.join(", ");
    let rows: Vec<[Value<'_>; 1]> = messages.map(|message| [id(message)]).collect();
    // The lists are JSON arrays of plain words, so a word is in one where it stands there in quotes.
    batch::execute(tx, &rows, &[EventKind::MessageUpdated.as_str().into()], |shape| {
        format!(
            "INSERT IGNORE INTO webhook_deliveries
                 (endpoint_id, event_id, message_id, status, cause_code, cause_detail, occurred_at, state, tries, step, due_at)
             SELECT e.id, CONCAT('evt_', SUBSTR(m.id, 5), '_', m.epoch, '_', m.status), m.id, m.status, m.cause_code,
                    m.cause_detail, m.updated_at, 'waiting', 0, 0, m.updated_at
             FROM messages m
             JOIN webhook_endpoints e ON e.application_id = m.application_id
             WHERE m.id IN ({})
               AND m.status IN ({told})
               AND e.active
               AND e.events LIKE CONCAT('%\"', ?, '\"%')
               AND (e.statuses = '[]' OR e.statuses LIKE CONCAT('%\"', m.status, '\"%'))",
            shape.list()
        )
    })
    .await?;
    Ok(())
}

/// The same for texts from people. One that was told before has no row of this id and makes no event.
pub(super) async fn note_inbound<T: Display>(tx: &mut MySqlConnection, texts: impl Iterator<Item = T>) -> Result<()> {
    if !somebody_listens(tx).await? {
        return Ok(());
    }
    let rows: Vec<[Value<'_>; 1]> = texts.map(|text| [id(text)]).collect();
    batch::execute(tx, &rows, &[EventKind::MessageInbound.as_str().into()], |shape| {
        format!(
            "INSERT IGNORE INTO webhook_deliveries
                 (endpoint_id, event_id, inbound_id, occurred_at, state, tries, step, due_at)
             SELECT e.id, CONCAT('evt_', SUBSTR(i.id, 5)), i.id, i.received_at, 'waiting', 0, 0, i.received_at
             FROM inbound_messages i
             JOIN webhook_endpoints e ON e.application_id = i.application_id
             WHERE i.id IN ({}) AND e.active AND e.events LIKE CONCAT('%\"', ?, '\"%')",
            shape.list()
        )
    })
    .await?;
    Ok(())
}

/// Where nobody does, an event costs one look at an empty table.
async fn somebody_listens(tx: &mut MySqlConnection) -> Result<bool> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM webhook_endpoints WHERE active LIMIT 1").fetch_optional(tx).await?;
    Ok(found.is_some())
}

/// Records tries and what follows from them. An event that was deleted meanwhile is passed over.
pub(super) async fn record(tx: &mut MySqlConnection, group: &[WebhookOutcome]) -> Result<()> {
    let mut group: Vec<&WebhookOutcome> = group.iter().collect();
    group.sort_by_key(|outcome| (outcome.endpoint_id, &outcome.event_id));
    let tries: Vec<[Value<'_>; 7]> = group
        .iter()
        .map(|outcome| {
            let attempt = &outcome.attempt;
            [
                id(outcome.endpoint_id),
                outcome.event_id.as_str().into(),
                attempt.no.into(),
                attempt.started_at.as_millis().into(),
                attempt.duration_ms.into(),
                attempt.http_status.into(),
                attempt.error.as_deref().into(),
            ]
        })
        .collect();
    batch::execute(tx, &tries, &[], |shape| {
        format!(
            "INSERT IGNORE INTO webhook_tries (endpoint_id, event_id, no, started_at, duration_ms, http_status, error)
             SELECT j.endpoint_id, j.event_id, j.no, j.started_at, j.duration_ms, j.http_status, j.error
             FROM {}
             STRAIGHT_JOIN webhook_deliveries d ON d.endpoint_id = j.endpoint_id AND d.event_id = j.event_id",
            shape.table(&["endpoint_id", "event_id", "no", "started_at", "duration_ms", "http_status", "error"])
        )
    })
    .await?;
    let states: Vec<[Value<'_>; 6]> = group
        .iter()
        .map(|outcome| {
            [
                id(outcome.endpoint_id),
                outcome.event_id.as_str().into(),
                outcome.state.as_str().into(),
                outcome.attempt.no.into(),
                outcome.step.into(),
                outcome.due_at.as_millis().into(),
            ]
        })
        .collect();
    batch::execute(tx, &states, &[], |shape| {
        format!(
            "UPDATE {} STRAIGHT_JOIN webhook_deliveries d ON d.endpoint_id = j.endpoint_id AND d.event_id = j.event_id
             SET d.state = j.state, d.tries = j.no, d.step = j.step, d.due_at = j.due_at",
            shape.table(&["endpoint_id", "event_id", "state", "no", "step", "due_at"])
        )
    })
    .await?;
    Ok(())
}
