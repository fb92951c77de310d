//! Nodes on MySQL.

use super::MysqlStore;
use crate::rows::{NodeRow, all};
use crate::{Node, NodeStore, Result};
use async_trait::async_trait;
use jixinda_domain::NodeId;

#[async_trait]
impl NodeStore for MysqlStore {
    async fn beat(&self, node: &Node) -> Result<()> {
        sqlx::query(
            "INSERT INTO nodes (id, name, role, version, plugins, beat, started_at, seen_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON DUPLICATE KEY UPDATE
                 name = VALUES(name), role = VALUES(role), version = VALUES(version), plugins = VALUES(plugins),
                 beat = VALUES(beat), seen_at = VALUES(seen_at)",
        )
        .bind(node.id.to_string())
        .bind(&node.name)
        .bind(&node.role)
        .bind(&node.version)
        .bind(&node.plugins)
        .bind(node.beat.cast_signed())
        .bind(node.started_at.as_millis())
        .bind(node.seen_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn nodes(&self) -> Result<Vec<Node>> {
        all(sqlx::query_as::<_, NodeRow>("SELECT * FROM nodes ORDER BY id").fetch_all(&self.readers).await?)
    }

    async fn remove_node(&self, id: NodeId) -> Result<()> {
        let mut tx = self.writer.begin().await?;
        for statement in ["UPDATE leases SET holder = NULL WHERE holder = ?", "DELETE FROM nodes WHERE id = ?"] {
            sqlx::query(statement).bind(id.to_string()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
