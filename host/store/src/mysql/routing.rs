//! What routing learnt and decided, on MySQL.

use super::MysqlStore;
use super::batch::{self, Value, id};
use crate::routing::{HandedOver, RoutingEvent, RoutingRecord, RoutingStore, StoredRoutingState, StoredStanding};
use crate::rows::{RoutingEventRow, RoutingStateRow, StandingRow, all};
use crate::{Result, StoreError};
use async_trait::async_trait;
use jixinda_domain::{ChannelId, MessageId, RoutingEventId, Timestamp};
use sqlx::{MySql, QueryBuilder};

#[async_trait]
impl RoutingStore for MysqlStore {
    async fn record_routing(&self, record: &RoutingRecord) -> Result<()> {
        let mut tx = self.writer.begin().await?;
        for standing in &record.standings {
            sqlx::query(
                "REPLACE INTO standings (channel_id, version, changed_at, standing)
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
            sqlx::query("REPLACE INTO routing_states (channel_id, state, saved_at) VALUES (?, ?, ?)")
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
        let ids: Vec<[Value<'_>; 1]> = channels.iter().map(|channel| [id(channel)]).collect();
        let mut connection = self.readers.acquire().await?;
        let rows: Vec<StandingRow> = batch::fetch(&mut connection, &ids, &[version.into()], |shape| {
            format!(
                "SELECT s.*
                 FROM {} STRAIGHT_JOIN standings s ON s.channel_id = j.id
                 WHERE s.version = (SELECT MAX(o.version) FROM standings o WHERE o.channel_id = j.id AND o.version <= ?)",
                shape.table(&["id"])
            )
        })
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
        let mut query = QueryBuilder::<MySql>::new(
            "SELECT message_id, channel_id, started_at FROM attempts WHERE outcome = 'accepted' AND message_id > ",
        );
        query.push_bind(after.to_string()).push(" AND channel_id IN (");
        let mut list = query.separated(", ");
        for channel in channels {
            list.push_bind(channel.to_string());
        }
        query.push(") ORDER BY message_id, no LIMIT ").push_bind(limit);
        let rows: Vec<(String, String, i64)> =
            if channels.is_empty() { Vec::new() } else { query.build_query_as().fetch_all(&self.readers).await? };
        let corrupt = |column, id| StoreError::Corrupt { table: "attempts", column, id };
        let row = |(message, channel, at): (String, String, i64)| {
            Ok(HandedOver {
                channel_id: channel.parse().map_err(|_| corrupt("channel_id", message.clone()))?,
                message_id: message.parse().map_err(|_| corrupt("message_id", message.clone()))?,
                at: Timestamp::from_millis(at),
            })
        };
        rows.into_iter().map(row).collect()
    }

    async fn routing_states(&self) -> Result<Vec<StoredRoutingState>> {
        let rows: Vec<RoutingStateRow> =
            sqlx::query_as("SELECT * FROM routing_states").fetch_all(&self.readers).await?;
        all(rows)
    }
}
