//! Routing policies on MySQL.

use super::MysqlStore;
use super::batch::{self, Value, id};
use crate::rows::{RoutingPolicyChannelRow, RoutingPolicyRow};
use crate::{Result, RoutingPolicyStore};
use async_trait::async_trait;
use jixinda_domain::{ChannelId, MessageClass, RoutingPolicy, RoutingPolicyId, Strategy};
use sqlx::MySqlConnection;

#[async_trait]
impl RoutingPolicyStore for MysqlStore {
    async fn routing_policies(&self) -> Result<Vec<RoutingPolicy>> {
        // Both from one snapshot.
        let mut tx = self.readers.begin().await?;
        let policies: Vec<RoutingPolicyRow> =
            sqlx::query_as("SELECT * FROM routing_policies ORDER BY id").fetch_all(&mut *tx).await?;
        let channels: Vec<RoutingPolicyChannelRow> =
            sqlx::query_as("SELECT * FROM routing_policy_channels ORDER BY policy_id, role, value")
                .fetch_all(&mut *tx)
                .await?;
        policies.into_iter().map(|policy| policy.with_channels(&channels)).collect()
    }

    async fn insert_routing_policy(&self, policy: &RoutingPolicy) -> Result<()> {
        let mut tx = self.writer.begin().await?;
        sqlx::query(
            "INSERT INTO routing_policies
                 (id, scope, application_id, template_id, class, strategy, note, created_at, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(policy.id.to_string())
        .bind(policy.scope().to_string())
        .bind(policy.application_id.map(|id| id.to_string()))
        .bind(policy.template_id.map(|id| id.to_string()))
        .bind(policy.class.map(MessageClass::as_str))
        .bind(policy.strategy.map(Strategy::as_str))
        .bind(&policy.note)
        .bind(policy.created_at.as_millis())
        .bind(policy.updated_at.as_millis())
        .execute(&mut *tx)
        .await?;
        insert_channels(&mut tx, policy).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn update_routing_policy(&self, policy: &RoutingPolicy) -> Result<bool> {
        let mut tx = self.writer.begin().await?;
        let done = sqlx::query("UPDATE routing_policies SET strategy = ?, note = ?, updated_at = ? WHERE id = ?")
            .bind(policy.strategy.map(Strategy::as_str))
            .bind(&policy.note)
            .bind(policy.updated_at.as_millis())
            .bind(policy.id.to_string())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        delete_channels(&mut tx, policy.id).await?;
        insert_channels(&mut tx, policy).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn delete_routing_policy(&self, id: RoutingPolicyId) -> Result<bool> {
        let mut tx = self.writer.begin().await?;
        delete_channels(&mut tx, id).await?;
        let done =
            sqlx::query("DELETE FROM routing_policies WHERE id = ?").bind(id.to_string()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}

async fn insert_channels(connection: &mut MySqlConnection, policy: &RoutingPolicy) -> Result<()> {
    fn places<'a>(role: &'a str, channels: &'a [ChannelId]) -> impl Iterator<Item = (&'a str, ChannelId, usize)> {
        channels.iter().enumerate().map(move |(place, channel)| (role, *channel, place))
    }
    let weights = policy.weights.iter().map(|(channel, weight)| ("weight", *channel, *weight as usize));
    let rows: Vec<(&str, ChannelId, usize)> =
        places("pinned", &policy.pinned).chain(places("excluded", &policy.excluded)).chain(weights).collect();
    let policy = policy.id.to_string();
    let rows: Vec<[Value<'_>; 4]> = rows
        .into_iter()
        .map(|(role, channel, value)| {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            [policy.as_str().into(), role.into(), id(channel), value.into()]
        })
        .collect();
    batch::execute(connection, &rows, &[], |shape| {
        format!("INSERT INTO routing_policy_channels (policy_id, role, channel_id, value) VALUES {}", shape.values())
    })
    .await?;
    Ok(())
}

async fn delete_channels(connection: &mut MySqlConnection, id: RoutingPolicyId) -> Result<()> {
    sqlx::query("DELETE FROM routing_policy_channels WHERE policy_id = ?")
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}
