//! Channels and their bindings on MySQL.

use super::{MysqlStore, json};
use crate::rows::{ChannelRow, SignNameBindingRow, TemplateBindingRow, all};
use crate::{ChannelStore, Result, SignNameBindingRefusal, TemplateBindingRefusal};
use async_trait::async_trait;
use jixinda_domain::{Channel, ChannelId, SignNameBinding, SignNameId, TemplateBinding, TemplateId};

#[async_trait]
impl ChannelStore for MysqlStore {
    async fn channels(&self) -> Result<Vec<Channel>> {
        let rows = sqlx::query_as::<_, ChannelRow>("SELECT * FROM channels ORDER BY position, id");
        all(rows.fetch_all(&self.readers).await?)
    }

    async fn insert_channel(&self, channel: &Channel) -> Result<()> {
        sqlx::query(
            "INSERT INTO channels
                 (id, name, account_id, enabled, position, max_concurrency, rate_per_second, weight, price, countries,
                  carriers, rules, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(channel.id.to_string())
        .bind(&channel.name)
        .bind(channel.account_id.to_string())
        .bind(channel.enabled)
        .bind(channel.position)
        .bind(channel.max_concurrency)
        .bind(channel.rate_per_second)
        .bind(channel.weight)
        .bind(channel.price.as_ref().map(json).transpose()?)
        .bind(json(&channel.countries)?)
        .bind(json(&channel.carriers)?)
        .bind(&channel.rules)
        .bind(channel.created_at.as_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn update_channel(&self, channel: &Channel) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE channels
             SET name = ?, enabled = ?, position = ?, max_concurrency = ?, rate_per_second = ?, weight = ?, price = ?,
                 countries = ?, carriers = ?, rules = ?
             WHERE id = ?",
        )
        .bind(&channel.name)
        .bind(channel.enabled)
        .bind(channel.position)
        .bind(channel.max_concurrency)
        .bind(channel.rate_per_second)
        .bind(channel.weight)
        .bind(channel.price.as_ref().map(json).transpose()?)
        .bind(json(&channel.countries)?)
        .bind(json(&channel.carriers)?)
        .bind(&channel.rules)
        .bind(channel.id.to_string())
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn delete_channel(&self, id: ChannelId) -> Result<bool> {
        let mut tx = self.writer.begin().await?;
        for sql in [
            "DELETE FROM template_bindings WHERE channel_id = ?",
            "DELETE FROM sign_name_bindings WHERE channel_id = ?",
        ] {
            sqlx::query(sql).bind(id.to_string()).execute(&mut *tx).await?;
        }
        let done = sqlx::query("DELETE FROM channels WHERE id = ?").bind(id.to_string()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    async fn template_bindings(&self) -> Result<Vec<TemplateBinding>> {
        let rows = sqlx::query_as::<_, TemplateBindingRow>("SELECT * FROM template_bindings");
        all(rows.fetch_all(&self.readers).await?)
    }

    async fn put_template_binding(&self, binding: &TemplateBinding) -> Result<()> {
        sqlx::query(
            "INSERT INTO template_bindings
                 (channel_id, template_id, provider_code, params, refusal_code, refusal_detail)
             VALUES (?, ?, ?, ?, ?, ?)
             ON DUPLICATE KEY UPDATE
                 provider_code = VALUES(provider_code), params = VALUES(params),
                 refusal_code = VALUES(refusal_code), refusal_detail = VALUES(refusal_detail)",
        )
        .bind(binding.channel_id.to_string())
        .bind(binding.template_id.to_string())
        .bind(&binding.provider_code)
        .bind(json(&binding.params)?)
        .bind(binding.refusal.as_ref().map(|cause| &cause.code))
        .bind(binding.refusal.as_ref().map(|cause| &cause.detail))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn delete_template_binding(&self, channel: ChannelId, template: TemplateId) -> Result<bool> {
        let done = sqlx::query("DELETE FROM template_bindings WHERE channel_id = ? AND template_id = ?")
            .bind(channel.to_string())
            .bind(template.to_string())
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn sign_name_bindings(&self) -> Result<Vec<SignNameBinding>> {
        let rows = sqlx::query_as::<_, SignNameBindingRow>("SELECT * FROM sign_name_bindings");
        all(rows.fetch_all(&self.readers).await?)
    }

    async fn put_sign_name_binding(&self, binding: &SignNameBinding) -> Result<()> {
        sqlx::query(
            "INSERT INTO sign_name_bindings
                 (channel_id, sign_name_id, provider_code, carriers, refusal_code, refusal_detail)
             VALUES (?, ?, ?, ?, ?, ?)
             ON DUPLICATE KEY UPDATE
                 provider_code = VALUES(provider_code), carriers = VALUES(carriers),
                 refusal_code = VALUES(refusal_code), refusal_detail = VALUES(refusal_detail)",
        )
        .bind(binding.channel_id.to_string())
        .bind(binding.sign_name_id.to_string())
        .bind(&binding.provider_code)
        .bind(json(&binding.carriers)?)
        .bind(binding.refusal.as_ref().map(|cause| &cause.code))
        .bind(binding.refusal.as_ref().map(|cause| &cause.detail))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn delete_sign_name_binding(&self, channel: ChannelId, sign_name: SignNameId) -> Result<bool> {
        let done = sqlx::query("DELETE FROM sign_name_bindings WHERE channel_id = ? AND sign_name_id = ?")
            .bind(channel.to_string())
            .bind(sign_name.to_string())
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn refuse_template_binding(&self, refusal: &TemplateBindingRefusal) -> Result<()> {
        sqlx::query(
            "UPDATE template_bindings SET refusal_code = ?, refusal_detail = ? WHERE channel_id = ? AND template_id = ?",
        )
        .bind(&refusal.cause.code)
        .bind(&refusal.cause.detail)
        .bind(refusal.channel_id.to_string())
        .bind(refusal.template_id.to_string())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn refuse_sign_name_binding(&self, refusal: &SignNameBindingRefusal) -> Result<()> {
        sqlx::query(
            "UPDATE sign_name_bindings SET refusal_code = ?, refusal_detail = ? WHERE channel_id = ? AND sign_name_id = ?",
        )
        .bind(&refusal.cause.code)
        .bind(&refusal.cause.detail)
        .bind(refusal.channel_id.to_string())
        .bind(refusal.sign_name_id.to_string())
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
