//! Sign names on MySQL.

use super::MysqlStore;
use crate::rows::{SignNameRow, all};
use crate::{Result, SignNameStore};
use async_trait::async_trait;
use jixinda_domain::{SignName, SignNameId};

#[async_trait]
impl SignNameStore for MysqlStore {
    async fn sign_names(&self) -> Result<Vec<SignName>> {
        all(sqlx::query_as::<_, SignNameRow>("SELECT * FROM sign_names ORDER BY id").fetch_all(&self.readers).await?)
    }

    async fn insert_sign_name(&self, sign_name: &SignName) -> Result<()> {
        sqlx::query("INSERT INTO sign_names (id, code, text, created_at) VALUES (?, ?, ?, ?)")
            .bind(sign_name.id.to_string())
            .bind(&sign_name.code)
            .bind(&sign_name.text)
            .bind(sign_name.created_at.as_millis())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn delete_sign_name(&self, id: SignNameId) -> Result<bool> {
        let done =
            sqlx::query("DELETE FROM sign_names WHERE id = ?").bind(id.to_string()).execute(&self.writer).await?;
        Ok(done.rows_affected() > 0)
    }
}
