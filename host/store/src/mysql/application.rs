//! Applications and their keys on MySQL.

use super::{MysqlStore, json};
use crate::rows::{AccessKeyRow, ApplicationRow, all};
use crate::{ApplicationStore, Result};
use async_trait::async_trait;
use jixinda_domain::{AccessKey, AccessKeyId, Application, ApplicationId};

#[async_trait]
impl ApplicationStore for MysqlStore {
    async fn applications(&self) -> Result<Vec<Application>> {
        all(sqlx::query_as::<_, ApplicationRow>("SELECT * FROM applications ORDER BY id")
            .fetch_all(&self.readers)
            .await?)
    }

    async fn insert_application(&self, application: &Application) -> Result<()> {
        sqlx::query(
            "INSERT INTO applications (id, name, active, networks, allow_bearer, limits, daily_quota, weight, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(application.id.to_string())
        .bind(&application.name)
        .bind(application.active)
        .bind(json(&application.networks)?)
        .bind(application.allow_bearer)
        .bind(json(&application.limits)?)
        .bind(application.daily_quota)
        .bind(application.weight)
        .bind(application.created_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn update_application(&self, application: &Application) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE applications
                 SET name = ?, active = ?, networks = ?, allow_bearer = ?, limits = ?, daily_quota = ?, weight = ?
                 WHERE id = ?",
        )
        .bind(&application.name)
        .bind(application.active)
        .bind(json(&application.networks)?)
        .bind(application.allow_bearer)
        .bind(json(&application.limits)?)
        .bind(application.daily_quota)
        .bind(application.weight)
        .bind(application.id.to_string())
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn access_keys(&self) -> Result<Vec<AccessKey>> {
        all(sqlx::query_as::<_, AccessKeyRow>("SELECT * FROM access_keys ORDER BY id").fetch_all(&self.readers).await?)
    }

    async fn insert_access_key(&self, key: &AccessKey) -> Result<()> {
        sqlx::query(
            "INSERT INTO access_keys (id, application_id, sealed_secret, test, active, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(key.id.to_string())
        .bind(key.application_id.to_string())
        .bind(&key.sealed_secret)
        .bind(key.test)
        .bind(key.active)
        .bind(key.created_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn set_access_key_active(&self, application: ApplicationId, key: AccessKeyId, active: bool) -> Result<bool> {
        let done = sqlx::query("UPDATE access_keys SET active = ? WHERE id = ? AND application_id = ?")
            .bind(active)
            .bind(key.to_string())
            .bind(application.to_string())
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() > 0)
    }
}
