//! Admin tokens on MySQL.

use super::MysqlStore;
use crate::rows::{AdminTokenRow, all};
use crate::{AdminToken, AdminTokenStore, Result};
use async_trait::async_trait;
use jixinda_domain::AdminTokenId;

#[async_trait]
impl AdminTokenStore for MysqlStore {
    async fn admin_tokens(&self) -> Result<Vec<AdminToken>> {
        all(sqlx::query_as::<_, AdminTokenRow>("SELECT * FROM admin_tokens ORDER BY id")
            .fetch_all(&self.readers)
            .await?)
    }

    async fn insert_admin_token(&self, token: &AdminToken) -> Result<()> {
        sqlx::query("INSERT INTO admin_tokens (id, name, token_hash, created_at) VALUES (?, ?, ?, ?)")
            .bind(token.id.to_string())
            .bind(&token.name)
            .bind(&token.token_hash)
            .bind(token.created_at.as_millis())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn delete_admin_token(&self, id: AdminTokenId) -> Result<bool> {
        let done =
            sqlx::query("DELETE FROM admin_tokens WHERE id = ?").bind(id.to_string()).execute(&self.writer).await?;
        Ok(done.rows_affected() > 0)
    }
}
