//! Rules for inbound texts on MySQL.

use super::MysqlStore;
use crate::rows::{InboundRouteRow, all};
use crate::{InboundRouteStore, Result};
use async_trait::async_trait;
use jixinda_domain::{InboundRoute, InboundRouteId};

#[async_trait]
impl InboundRouteStore for MysqlStore {
    async fn inbound_routes(&self) -> Result<Vec<InboundRoute>> {
        let rows = sqlx::query_as::<_, InboundRouteRow>("SELECT * FROM inbound_routes ORDER BY id");
        all(rows.fetch_all(&self.readers).await?)
    }

    async fn insert_inbound_route(&self, route: &InboundRoute) -> Result<()> {
        sqlx::query(
            "INSERT INTO inbound_routes (id, application_id, account_id, recipient, extension, keyword, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(route.id.to_string())
        .bind(route.application_id.to_string())
        .bind(route.account_id.map(|id| id.to_string()))
        .bind(&route.recipient)
        .bind(&route.extension)
        .bind(&route.keyword)
        .bind(route.created_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn delete_inbound_route(&self, id: InboundRouteId) -> Result<bool> {
        let done =
            sqlx::query("DELETE FROM inbound_routes WHERE id = ?").bind(id.to_string()).execute(&self.writer).await?;
        Ok(done.rows_affected() > 0)
    }
}
