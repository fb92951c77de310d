//! The outbox of webhooks on SQLite: events are written in the transaction that makes them, outcomes of tries in groups.

use super::json;
use crate::{Result, WebhookOutcome};
use jixinda_domain::{EventKind, TOLD_STATUSES, WebhookEndpointId};
use serde::Serialize;
use sqlx::SqliteConnection;

/// Writes an event for each of these messages and each endpoint that is to be told where it stands now. For every statement that
/// moves messages, in its transaction. A message that has not moved has told of it already: the event's id is made of message, epoch
/// and status, so it cannot be written twice.
pub(super) async fn note_moves<T: Serialize>(
    tx: &mut SqliteConnection,
    messages: impl Iterator<Item = T>,
) -> Result<()> {
    if !somebody_listens(tx).await? {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO webhook_deliveries
             (endpoint_id, event_id, message_id, status, cause_code, cause_detail, occurred_at, state, tries, step, due_at)
         SELECT e.id, 'evt_' || substr(m.id, 5) || '_' || m.epoch || '_' || m.status, m.id, m.status, m.cause_code,
                m.cause_detail, m.updated_at, 'waiting', 0, 0, m.updated_at
         FROM json_each(?1) j
         CROSS JOIN messages m ON m.id = j.value
         CROSS JOIN webhook_endpoints e ON e.application_id = m.application_id
         WHERE m.status IN (SELECT told.value FROM json_each(?2) told)
           AND e.active
           AND EXISTS (SELECT 1 FROM json_each(e.events) wanted WHERE wanted.value = ?3)
           AND (e.statuses = '[]' OR EXISTS (SELECT 1 FROM json_each(e.statuses) wanted WHERE wanted.value = m.status))
         ON CONFLICT (endpoint_id, event_id) DO NOTHING",
    )
    .bind(json(&messages.collect::<Vec<T>>())?)
    .bind(json(&TOLD_STATUSES)?)
    .bind(EventKind::MessageUpdated.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// The same for texts from people. One that was told before has no row of this id and makes no event.
pub(super) async fn note_inbound<T: Serialize>(
    tx: &mut SqliteConnection,
    texts: impl Iterator<Item = T>,
) -> Result<()> {
    if !somebody_listens(tx).await? {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO webhook_deliveries
             (endpoint_id, event_id, inbound_id, occurred_at, state, tries, step, due_at)
         SELECT e.id, 'evt_' || substr(i.id, 5), i.id, i.received_at, 'waiting', 0, 0, i.received_at
         FROM json_each(?1) j
         CROSS JOIN inbound_messages i ON i.id = j.value
         CROSS JOIN webhook_endpoints e ON e.application_id = i.application_id
         WHERE e.active
           AND EXISTS (SELECT 1 FROM json_each(e.events) wanted WHERE wanted.value = ?2)
         ON CONFLICT (endpoint_id, event_id) DO NOTHING",
    )
    .bind(json(&texts.collect::<Vec<T>>())?)
    .bind(EventKind::MessageInbound.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// Where nobody does, an event costs one look at an empty table.
async fn somebody_listens(tx: &mut SqliteConnection) -> Result<bool> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM webhook_endpoints WHERE active LIMIT 1").fetch_optional(tx).await?;
    Ok(found.is_some())
}

#[derive(Serialize)]
struct OutcomeRow<'a> {
    endpoint_id: WebhookEndpointId,
    event_id: &'a str,
    state: &'static str,
    step: u32,
    due_at: i64,
    no: u32,
    started_at: i64,
    duration_ms: u32,
    http_status: Option<u16>,
    error: Option<&'a str>,
}

/// Records tries and what follows from them. A delivery that was deleted meanwhile is passed over.
pub(super) async fn record(tx: &mut SqliteConnection, group: &[WebhookOutcome]) -> Result<()> {
    let rows: Vec<OutcomeRow<'_>> = group
        .iter()
        .map(|outcome| OutcomeRow {
            endpoint_id: outcome.endpoint_id,
            event_id: &outcome.event_id,
            state: outcome.state.as_str(),
            step: outcome.step,
            due_at: outcome.due_at.as_millis(),
            no: outcome.attempt.no,
            started_at: outcome.attempt.started_at.as_millis(),
            duration_ms: outcome.attempt.duration_ms,
            http_status: outcome.attempt.http_status,
            error: outcome.attempt.error.as_deref(),
        })
        .collect();
    let rows = json(&rows)?;
    sqlx::query(
        "INSERT INTO webhook_tries (endpoint_id, event_id, no, started_at, duration_ms, http_status, error)
         SELECT d.endpoint_id, d.event_id, j.value ->> 'no', j.value ->> 'started_at', j.value ->> 'duration_ms',
                j.value ->> 'http_status', j.value ->> 'error'
         FROM json_each(?) j
         CROSS JOIN webhook_deliveries d ON d.endpoint_id = j.value ->> 'endpoint_id'
                                        AND d.event_id = j.value ->> 'event_id'
         WHERE true
         ON CONFLICT (endpoint_id, event_id, no) DO NOTHING",
    )
    .bind(&rows)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "WITH j AS MATERIALIZED (SELECT value FROM json_each(?))
         UPDATE webhook_deliveries
         SET state = j.value ->> 'state', tries = j.value ->> 'no', step = j.value ->> 'step',
             due_at = j.value ->> 'due_at'
         FROM j
         WHERE webhook_deliveries.endpoint_id = j.value ->> 'endpoint_id'
           AND webhook_deliveries.event_id = j.value ->> 'event_id'",
    )
    .bind(&rows)
    .execute(tx)
    .await?;
    Ok(())
}
