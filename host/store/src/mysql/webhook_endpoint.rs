//! Webhook endpoints on MySQL.

use super::{MysqlStore, json};
use crate::rows::{WebhookEndpointRow, all};
use crate::{Result, StoreError, WebhookEndpointStore};
use async_trait::async_trait;
use jixinda_domain::{Timestamp, WebhookEndpoint, WebhookEndpointId};

#[async_trait]
impl WebhookEndpointStore for MysqlStore {
    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>> {
        all(sqlx::query_as::<_, WebhookEndpointRow>("SELECT * FROM webhook_endpoints ORDER BY id")
            .fetch_all(&self.readers)
            .await?)
    }

    async fn insert_webhook_endpoint(&self, endpoint: &WebhookEndpoint) -> Result<()> {
        let previous = endpoint.previous_key.as_ref();
        sqlx::query(
            "INSERT INTO webhook_endpoints
                 (id, application_id, url, events, statuses, active, off_reason, sealed_key, sealed_previous_key,
                  previous_key_until, created_at, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(endpoint.id.to_string())
        .bind(endpoint.application_id.to_string())
        .bind(&endpoint.url)
        .bind(json(&endpoint.events)?)
        .bind(json(&endpoint.statuses)?)
        .bind(endpoint.active)
        .bind(&endpoint.off_reason)
        .bind(&endpoint.sealed_key)
        .bind(previous.map(|key| &key.sealed))
        .bind(previous.map(|key| key.valid_until.as_millis()))
        .bind(endpoint.created_at.as_millis())
        .bind(endpoint.updated_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn update_webhook_endpoint(&self, endpoint: &WebhookEndpoint) -> Result<bool> {
        let previous = endpoint.previous_key.as_ref();
        let done = sqlx::query(
            "UPDATE webhook_endpoints
             SET url = ?, events = ?, statuses = ?, active = ?, off_reason = ?, sealed_key = ?, sealed_previous_key = ?,
                 previous_key_until = ?, updated_at = ?
             WHERE id = ?",
        )
        .bind(&endpoint.url)
        .bind(json(&endpoint.events)?)
        .bind(json(&endpoint.statuses)?)
        .bind(endpoint.active)
        .bind(&endpoint.off_reason)
        .bind(&endpoint.sealed_key)
        .bind(previous.map(|key| &key.sealed))
        .bind(previous.map(|key| key.valid_until.as_millis()))
        .bind(endpoint.updated_at.as_millis())
        .bind(endpoint.id.to_string())
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn switch_off_webhook_endpoint(&self, id: WebhookEndpointId, why: &str, now: Timestamp) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE webhook_endpoints SET active = 0, off_reason = ?, updated_at = ? WHERE id = ? AND active",
        )
        .bind(why)
        .bind(now.as_millis())
        .bind(id.to_string())
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn delete_webhook_endpoint(&self, id: WebhookEndpointId) -> Result<bool> {
        let mut tx = self.writer.begin().await?;
        sqlx::query("DELETE FROM webhook_tries WHERE endpoint_id = ?").bind(id.to_string()).execute(&mut *tx).await?;
        sqlx::query("DELETE FROM webhook_deliveries WHERE endpoint_id = ?")
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        let done =
            sqlx::query("DELETE FROM webhook_endpoints WHERE id = ?").bind(id.to_string()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    async fn due_webhook_endpoints(&self, now: Timestamp) -> Result<Vec<WebhookEndpointId>> {
        // One look at the index webhook_deliveries_waiting for each endpoint, however much waits for it.
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT e.id
             FROM webhook_endpoints e
             WHERE e.active
               AND EXISTS (SELECT 1
                           FROM webhook_deliveries d
                           WHERE d.endpoint_id = e.id AND d.state = 'waiting' AND d.due_at <= ?)",
        )
        .bind(now.as_millis())
        .fetch_all(&self.readers)
        .await?;
        ids.into_iter()
            .map(|id| id.parse().map_err(|_| StoreError::Corrupt { table: "webhook_endpoints", column: "id", id }))
            .collect()
    }
}
