//! Accounts on MySQL.

use super::MysqlStore;
use crate::rows::{AccountRow, all};
use crate::{AccountStore, Result};
use async_trait::async_trait;
use jixinda_domain::{Account, AccountId};

#[async_trait]
impl AccountStore for MysqlStore {
    async fn accounts(&self) -> Result<Vec<Account>> {
        all(sqlx::query_as::<_, AccountRow>("SELECT * FROM accounts ORDER BY id").fetch_all(&self.readers).await?)
    }

    async fn insert_account(&self, account: &Account) -> Result<()> {
        sqlx::query(
            "INSERT INTO accounts
                 (id, name, provider, config, sealed_secrets, callback_token, enabled, created_at, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(account.id.to_string())
        .bind(&account.name)
        .bind(&account.provider)
        .bind(&account.config)
        .bind(&account.sealed_secrets)
        .bind(&account.callback_token)
        .bind(account.enabled)
        .bind(account.created_at.as_millis())
        .bind(account.updated_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn update_account(&self, account: &Account) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE accounts
             SET name = ?, config = ?, sealed_secrets = ?, callback_token = ?, enabled = ?, updated_at = ?
             WHERE id = ?",
        )
        .bind(&account.name)
        .bind(&account.config)
        .bind(&account.sealed_secrets)
        .bind(&account.callback_token)
        .bind(account.enabled)
        .bind(account.updated_at.as_millis())
        .bind(account.id.to_string())
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn delete_account(&self, id: AccountId) -> Result<bool> {
        let done = sqlx::query("DELETE FROM accounts WHERE id = ?").bind(id.to_string()).execute(&self.writer).await?;
        Ok(done.rows_affected() > 0)
    }
}
