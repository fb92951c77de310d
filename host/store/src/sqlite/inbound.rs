//! Texts from people on SQLite.

use super::{SqliteStore, json, webhook};
use crate::rows::{InboundRow, all};
use crate::{InboundStore, Result, StoredInbound};
use async_trait::async_trait;
use jixinda_domain::{ApplicationId, InboundId};
use serde::Serialize;
use sqlx::SqliteConnection;

#[derive(Serialize)]
struct NewRow<'a> {
    id: String,
    account_id: String,
    application_id: Option<ApplicationId>,
    fingerprint: String,
    sender: &'a str,
    recipient: Option<&'a str>,
    extension: Option<&'a str>,
    sign_name: Option<&'a str>,
    text: &'a str,
    occurred_at: Option<i64>,
    received_at: i64,
}

/// Each once. A text belongs to the application that a rule names, or else that last wrote to its sender through the same account.
pub(super) async fn record(tx: &mut SqliteConnection, group: &[StoredInbound]) -> Result<()> {
    let rows: Vec<NewRow<'_>> = group
        .iter()
        .map(|inbound| NewRow {
            id: inbound.id.to_string(),
            account_id: inbound.account_id.to_string(),
            application_id: inbound.application_id,
            fingerprint: inbound.fingerprint(),
            sender: &inbound.message.sender,
            recipient: inbound.message.recipient.as_deref(),
            extension: inbound.message.extension.as_deref(),
            sign_name: inbound.message.sign_name.as_deref(),
            text: &inbound.message.text,
            occurred_at: inbound.message.at.map(jixinda_domain::Timestamp::as_millis),
            received_at: inbound.received_at.as_millis(),
        })
        .collect();
    sqlx::query(
        "INSERT INTO inbound_messages
             (id, account_id, application_id, fingerprint, sender, recipient, extension, sign_name, text,
              occurred_at, received_at)
         SELECT j.value ->> 'id', j.value ->> 'account_id',
                coalesce(j.value ->> 'application_id',
                         (SELECT m.application_id
                          FROM messages m
                          WHERE m.recipient = j.value ->> 'sender'
                            AND m.account_id = j.value ->> 'account_id'
                          ORDER BY m.id DESC
                          LIMIT 1)),
                j.value ->> 'fingerprint', j.value ->> 'sender', j.value ->> 'recipient', j.value ->> 'extension',
                j.value ->> 'sign_name', j.value ->> 'text', j.value ->> 'occurred_at', j.value ->> 'received_at'
         FROM json_each(?) j
         WHERE true
         ON CONFLICT (account_id, fingerprint) DO NOTHING",
    )
    .bind(json(&rows)?)
    .execute(&mut *tx)
    .await?;
    webhook::note_inbound(tx, rows.iter().map(|row| &row.id)).await
}

#[async_trait]
impl InboundStore for SqliteStore {
    async fn inbound_messages(
        &self,
        application: ApplicationId,
        before: Option<InboundId>,
        limit: u32,
    ) -> Result<Vec<StoredInbound>> {
        let rows = sqlx::query_as::<_, InboundRow>(
            "SELECT id, account_id, application_id, sender, recipient, extension, sign_name, text, occurred_at, received_at
             FROM inbound_messages
             WHERE application_id = ?1 AND (?2 IS NULL OR id < ?2)
             ORDER BY id DESC
             LIMIT ?3",
        )
        .bind(application.to_string())
        .bind(before.map(|id| id.to_string()))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }
}
