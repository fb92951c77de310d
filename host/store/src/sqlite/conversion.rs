//! Conversions on SQLite.

use super::json;
use crate::rows::ConversionRow;
use crate::{Conversion, ConversionVerdict, Result};
use jixinda_domain::{MessageId, Timestamp};
use sqlx::SqliteConnection;
use std::collections::{HashMap, HashSet};

/// Marks those messages that a provider had, or that a test key sent; answers in the order of the group.
pub(super) async fn convert(
    tx: &mut SqliteConnection,
    group: &[MessageId],
    now: Timestamp,
) -> Result<Vec<ConversionVerdict>> {
    let ids = json(group)?;
    // An accepted or uncertain try may have carried it; the row's own channel is that of the last call, which may have been turned away.
    let fresh: Vec<ConversionRow> = sqlx::query_as(
        "UPDATE messages
         SET converted_at = ?1
         WHERE id IN (SELECT value FROM json_each(?2))
           AND converted_at IS NULL
           AND (status = 'sending'
                OR (test AND status = 'delivered')
                OR EXISTS (SELECT 1
                           FROM attempts a
                           WHERE a.message_id = messages.id AND a.outcome IN ('accepted', 'uncertain')))
         RETURNING id, class, recipient, country_code,
                   iif(status = 'sending', channel_id,
                       (SELECT a.channel_id
                        FROM attempts a
                        WHERE a.message_id = messages.id AND a.outcome IN ('accepted', 'uncertain')
                        ORDER BY a.no DESC
                        LIMIT 1)) AS carried_by",
    )
    .bind(now.as_millis())
    .bind(&ids)
    .fetch_all(&mut *tx)
    .await?;
    let mut fresh: HashMap<MessageId, Option<Conversion>> =
        fresh.into_iter().map(ConversionRow::read).collect::<Result<_>>()?;
    let said: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?)) AND converted_at IS NOT NULL",
    )
    .bind(&ids)
    .fetch_all(tx)
    .await?;
    let said: HashSet<String> = said.into_iter().collect();
    Ok(group
        .iter()
        .map(|id| match fresh.remove(id) {
            Some(evidence) => ConversionVerdict::New(evidence),
            None if said.contains(&id.to_string()) => ConversionVerdict::Again,
            None => ConversionVerdict::NotSent,
        })
        .collect())
}
