//! Leases on SQLite.

use super::{SqliteStore, json};
use crate::rows::{LeaseRow, all};
use crate::{Lease, LeaseStore, Result};
use async_trait::async_trait;
use jixinda_domain::NodeId;

#[async_trait]
impl LeaseStore for SqliteStore {
    async fn leases(&self) -> Result<Vec<Lease>> {
        all(sqlx::query_as::<_, LeaseRow>("SELECT name, holder, fence FROM leases").fetch_all(&self.readers).await?)
    }

    async fn take_lease(&self, name: &str, holder: NodeId, seen: u64) -> Result<Option<u64>> {
        // A lease that nobody ever had has no row: that counts as fence 0.
        let done = sqlx::query(
            "INSERT INTO leases (name, holder, fence)
             SELECT ?1, ?2, 1
             WHERE ?3 = 0 OR EXISTS (SELECT 1 FROM leases WHERE name = ?1)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = leases.fence + 1
             WHERE leases.fence = ?3",
        )
        .bind(name)
        .bind(holder.to_string())
        .bind(seen.cast_signed())
        .execute(&self.writer)
        .await?;
        Ok((done.rows_affected() > 0).then_some(seen + 1))
    }

    async fn give_up_leases(&self, holder: NodeId, names: &[String]) -> Result<()> {
        sqlx::query("UPDATE leases SET holder = NULL WHERE holder = ? AND name IN (SELECT value FROM json_each(?))")
            .bind(holder.to_string())
            .bind(json(names)?)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
