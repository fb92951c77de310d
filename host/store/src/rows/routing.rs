//! Rows of standings, routing events and states.

use super::parse;
use crate::routing::{RoutingEvent, StoredRoutingState, StoredStanding};
use crate::{Result, StoreError};
use jixinda_domain::Timestamp;
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct StandingRow {
    channel_id: String,
    version: i64,
    changed_at: i64,
    standing: String,
}

impl TryFrom<StandingRow> for StoredStanding {
    type Error = StoreError;

    fn try_from(row: StandingRow) -> Result<Self> {
        Ok(Self {
            channel_id: parse("standings", "channel_id", &row.channel_id, &row.channel_id)?,
            version: row.version.cast_unsigned(),
            changed_at: Timestamp::from_millis(row.changed_at),
            standing: row.standing,
        })
    }
}

#[derive(FromRow)]
pub(crate) struct RoutingEventRow {
    id: String,
    version: i64,
    subject: String,
    class: Option<String>,
    destination: Option<String>,
    kind: String,
    cause: String,
    evidence: String,
    occurred_at: i64,
}

impl TryFrom<RoutingEventRow> for RoutingEvent {
    type Error = StoreError;

    fn try_from(row: RoutingEventRow) -> Result<Self> {
        Ok(Self {
            id: parse("routing_events", "id", &row.id, &row.id)?,
            version: row.version.cast_unsigned(),
            subject: row.subject,
            class: row.class,
            destination: row.destination,
            kind: row.kind,
            cause: row.cause,
            evidence: row.evidence,
            occurred_at: Timestamp::from_millis(row.occurred_at),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct RoutingStateRow {
    channel_id: String,
    state: String,
    saved_at: i64,
}

impl TryFrom<RoutingStateRow> for StoredRoutingState {
    type Error = StoreError;

    fn try_from(row: RoutingStateRow) -> Result<Self> {
        Ok(Self {
            channel_id: parse("routing_states", "channel_id", &row.channel_id, &row.channel_id)?,
            state: row.state,
            saved_at: Timestamp::from_millis(row.saved_at),
        })
    }
}
