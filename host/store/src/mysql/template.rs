//! Templates on MySQL.

use super::{MysqlStore, json};
use crate::rows::{TemplateRow, all};
use crate::{Result, TemplateStore};
use async_trait::async_trait;
use jixinda_domain::{Template, TemplateId};

#[async_trait]
impl TemplateStore for MysqlStore {
    async fn templates(&self) -> Result<Vec<Template>> {
        all(sqlx::query_as::<_, TemplateRow>("SELECT * FROM templates ORDER BY id").fetch_all(&self.readers).await?)
    }

    async fn insert_template(&self, template: &Template) -> Result<()> {
        sqlx::query(
            "INSERT INTO templates (id, code, name, class, content, params, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(template.id.to_string())
        .bind(&template.code)
        .bind(&template.name)
        .bind(template.class.as_str())
        .bind(&template.content)
        .bind(json(&template.params)?)
        .bind(template.created_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn update_template(&self, template: &Template) -> Result<bool> {
        let done =
            sqlx::query("UPDATE templates SET code = ?, name = ?, class = ?, content = ?, params = ? WHERE id = ?")
                .bind(&template.code)
                .bind(&template.name)
                .bind(template.class.as_str())
                .bind(&template.content)
                .bind(json(&template.params)?)
                .bind(template.id.to_string())
                .execute(&self.writer)
                .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn delete_template(&self, id: TemplateId) -> Result<bool> {
        let done = sqlx::query("DELETE FROM templates WHERE id = ?").bind(id.to_string()).execute(&self.writer).await?;
        Ok(done.rows_affected() > 0)
    }
}
