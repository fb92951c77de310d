//! Texts from people on MySQL.

use super::{MysqlStore, digest, short, webhook};
use crate::rows::{InboundRow, all};
use crate::{InboundStore, Result, StoredInbound};
use async_trait::async_trait;
use jixinda_domain::{ApplicationId, InboundId};
use sqlx::MySqlConnection;

/// Each once. A text belongs to the application that a rule names, or else that last wrote to its sender through the same account.
/// Text by text: people write less than applications.
pub(super) async fn record(tx: &mut MySqlConnection, group: &[StoredInbound]) -> Result<()> {
    for inbound in group {
        let message = &inbound.message;
        let application = match inbound.application_id {
            Some(application) => Some(application.to_string()),
            None => sqlx::query_scalar(
                "SELECT application_id FROM messages WHERE recipient = ? AND account_id = ? ORDER BY id DESC LIMIT 1",
            )
            .bind(&message.sender)
            .bind(inbound.account_id.to_string())
            .fetch_optional(&mut *tx)
            .await?,
        };
        sqlx::query(
            "INSERT IGNORE INTO inbound_messages
                 (id, account_id, application_id, fingerprint, sender, recipient, extension, sign_name, text,
                  occurred_at, received_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(inbound.id.to_string())
        .bind(inbound.account_id.to_string())
        .bind(application)
        .bind(digest(&inbound.fingerprint()))
        .bind(short(&message.sender))
        .bind(message.recipient.as_deref().map(short))
        .bind(message.extension.as_deref().map(short))
        .bind(message.sign_name.as_deref().map(short))
        .bind(&message.text)
        .bind(message.at.map(jixinda_domain::Timestamp::as_millis))
        .bind(inbound.received_at.as_millis())
        .execute(&mut *tx)
        .await?;
    }
    webhook::note_inbound(tx, group.iter().map(|inbound| inbound.id)).await
}

#[async_trait]
impl InboundStore for MysqlStore {
    async fn inbound_messages(
        &self,
        application: ApplicationId,
        before: Option<InboundId>,
        limit: u32,
    ) -> Result<Vec<StoredInbound>> {
        let rows = sqlx::query_as::<_, InboundRow>(
            "SELECT id, account_id, application_id, sender, recipient, extension, sign_name, text, occurred_at, received_at
             FROM inbound_messages
             WHERE application_id = ? AND id < ?
             ORDER BY id DESC
             LIMIT ?",
        )
        .bind(application.to_string())
        // Ids are ASCII: the tilde sorts behind all of them.
        .bind(before.map_or_else(|| "~".to_owned(), |id| id.to_string()))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }
}
