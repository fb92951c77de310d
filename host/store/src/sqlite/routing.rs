//! What routing learnt and decided, on SQLite.

use super::{SqliteStore, json, rows_as_json};
use crate::Result;
use crate::routing::{HandedOver, RoutingEvent, RoutingRecord, RoutingStore, StoredRoutingState, StoredStanding};
use crate::rows::{RoutingEventRow, RoutingStateRow, StandingRow, all};
use async_trait::async_trait;
use jixinda_domain::{ChannelId, MessageId, RoutingEventId, Timestamp};

#[async_trait]
impl RoutingStore for SqliteStore {
    async fn record_routing(&self, record: &RoutingRecord) -> Result<()> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        for standing in &record.standings {
            sqlx::query(
                "INSERT OR REPLACE INTO standings (channel_id, version, changed_at, standing)
                 VALUES (?, ?, ?, ?)",
            )
            .bind(standing.channel_id.to_string())
            .bind(standing.version.cast_signed())
            .bind(standing.changed_at.as_millis())
            .bind(&standing.standing)
            .execute(&mut *tx)
            .await?;
        }
        for event in &record.events {
            sqlx::query(
                "INSERT INTO routing_events
                     (id, version, subject, class, destination, kind, cause, evidence, occurred_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(event.id.to_string())
            .bind(event.version.cast_signed())
            .bind(&event.subject)
            .bind(&event.class)
            .bind(&event.destination)
            .bind(&event.kind)
            .bind(&event.cause)
            .bind(&event.evidence)
            .bind(event.occurred_at.as_millis())
            .execute(&mut *tx)
            .await?;
        }
        for state in &record.states {
            sqlx::query("INSERT OR REPLACE INTO routing_states (channel_id, state, saved_at) VALUES (?, ?, ?)")
                .bind(state.channel_id.to_string())
                .bind(&state.state)
                .bind(state.saved_at.as_millis())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn last_ranking_version(&self) -> Result<u64> {
        // Events name the version that they make, which is written with them.
        let last: Option<i64> =
            sqlx::query_scalar("SELECT max(version) FROM standings").fetch_one(&self.readers).await?;
        Ok(last.unwrap_or(0).cast_unsigned())
    }

    async fn standings_at(&self, version: u64, channels: &[ChannelId]) -> Result<Vec<StoredStanding>> {
        let rows: Vec<StandingRow> = sqlx::query_as(
            "SELECT s.*
             FROM json_each(?1) j
             JOIN standings s ON s.channel_id = j.value
             WHERE s.version = (SELECT max(version) FROM standings WHERE channel_id = j.value AND version <= ?2)",
        )
        .bind(json(&channels)?)
        .bind(version.cast_signed())
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn standings_of(&self, channel: ChannelId, below: Option<u64>, limit: u32) -> Result<Vec<StoredStanding>> {
        let rows: Vec<StandingRow> = sqlx::query_as(
            "SELECT *
             FROM standings
             WHERE channel_id = ? AND version < ?
             ORDER BY version DESC
             LIMIT ?",
        )
        .bind(channel.to_string())
        .bind(below.map_or(i64::MAX, u64::cast_signed))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn routing_events(
        &self,
        subject: Option<&str>,
        before: Option<RoutingEventId>,
        limit: u32,
    ) -> Result<Vec<RoutingEvent>> {
        // Ids are ASCII: the tilde sorts behind all of them.
        let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
        let rows: Vec<RoutingEventRow> = match subject {
            Some(subject) => {
                sqlx::query_as("SELECT * FROM routing_events WHERE subject = ? AND id < ? ORDER BY id DESC LIMIT ?")
                    .bind(subject)
                    .bind(before)
                    .bind(limit)
                    .fetch_all(&self.readers)
                    .await?
            }
            None => {
                sqlx::query_as("SELECT * FROM routing_events WHERE id < ? ORDER BY id DESC LIMIT ?")
                    .bind(before)
                    .bind(limit)
                    .fetch_all(&self.readers)
                    .await?
            }
        };
        all(rows)
    }

    async fn handed_over(&self, channels: &[ChannelId], after: MessageId, limit: u32) -> Result<Vec<HandedOver>> {
        let gathered: String = sqlx::query_scalar(
            "SELECT json_group_array(json_array(message_id, channel_id, started_at))
             FROM (SELECT message_id, channel_id, started_at
                   FROM attempts
                   WHERE message_id > ?
                     AND outcome = 'accepted'
                     AND channel_id IN (SELECT value FROM json_each(?))
                   ORDER BY message_id, no
                   LIMIT ?)",
        )
        .bind(after.to_string())
        .bind(json(&channels)?)
        .bind(limit)
        .fetch_one(&self.readers)
        .await?;
        let rows: Vec<(MessageId, ChannelId, i64)> = rows_as_json(gathered)?;
        let row = |(message_id, channel_id, at)| HandedOver { message_id, channel_id, at: Timestamp::from_millis(at) };
        Ok(rows.into_iter().map(row).collect())
    }

    async fn routing_states(&self) -> Result<Vec<StoredRoutingState>> {
        let rows: Vec<RoutingStateRow> =
            sqlx::query_as("SELECT * FROM routing_states").fetch_all(&self.readers).await?;
        all(rows)
    }
}
