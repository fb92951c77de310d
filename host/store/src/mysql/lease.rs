//! Leases on MySQL.

use super::MysqlStore;
use super::batch::{self, Value, id};
use crate::rows::{LeaseRow, all};
use crate::{Lease, LeaseStore, Result};
use async_trait::async_trait;
use jixinda_domain::NodeId;

#[async_trait]
impl LeaseStore for MysqlStore {
    async fn leases(&self) -> Result<Vec<Lease>> {
        all(sqlx::query_as::<_, LeaseRow>("SELECT name, holder, fence FROM leases").fetch_all(&self.readers).await?)
    }

    async fn take_lease(&self, name: &str, holder: NodeId, seen: u64) -> Result<Option<u64>> {
        let done = if seen == 0 {
            // IGNORE: another node may make the row at the same time, and then has it.
            sqlx::query("INSERT IGNORE INTO leases (name, holder, fence) VALUES (?, ?, 1)")
                .bind(name)
                .bind(holder.to_string())
                .execute(&self.writer)
                .await?
        } else {
            sqlx::query("UPDATE leases SET holder = ?, fence = fence + 1 WHERE name = ? AND fence = ?")
                .bind(holder.to_string())
                .bind(name)
                .bind(seen.cast_signed())
                .execute(&self.writer)
                .await?
        };
        Ok((done.rows_affected() > 0).then_some(seen + 1))
    }

    async fn give_up_leases(&self, holder: NodeId, names: &[String]) -> Result<()> {
        let rows: Vec<[Value<'_>; 1]> = names.iter().map(|name| [name.as_str().into()]).collect();
        let mut connection = self.writer.acquire().await?;
        let holder = id(holder);
        batch::execute(&mut connection, &rows, &[holder], |shape| {
            format!("UPDATE leases SET holder = NULL WHERE name IN ({}) AND holder = ?", shape.list())
        })
        .await?;
        Ok(())
    }
}
