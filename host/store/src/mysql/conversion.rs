//! Conversions on MySQL.

use super::batch::{self, Value, id};
use crate::rows::ConversionRow;
use crate::{Conversion, ConversionVerdict, Result};
use jixinda_domain::{MessageId, Timestamp};
use sqlx::MySqlConnection;
use std::collections::{HashMap, HashSet};

/// Marks those messages that a provider had, or that a test key sent; answers in the order of the group.
pub(super) async fn convert(
    tx: &mut MySqlConnection,
    group: &[MessageId],
    now: Timestamp,
) -> Result<Vec<ConversionVerdict>> {
    let mut sorted: Vec<String> = group.iter().map(ToString::to_string).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let ids: Vec<[Value<'_>; 1]> = sorted.iter().map(|id| [id.as_str().into()]).collect();
    let known: Vec<(String, Option<i64>)> = batch::fetch(tx, &ids, &[], |shape| {
        format!("SELECT id, converted_at FROM messages WHERE id IN ({}) ORDER BY id FOR UPDATE", shape.list())
    })
    .await?;
    let (open, said): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, converted_at)| converted_at.is_none());
    let open: Vec<[Value<'_>; 1]> = open.into_iter().map(|(id, _)| [id.into()]).collect();
    // An accepted or uncertain try may have carried it; the row's own channel is that of the last call, which may have been turned away.
    let fresh: Vec<ConversionRow> = batch::fetch(tx, &open, &[], |shape| {
        format!(
            "SELECT m.id, m.class, m.recipient, m.country_code,
                    IF(m.status = 'sending', m.channel_id,
                       (SELECT a.channel_id
                        FROM attempts a
                        WHERE a.message_id = m.id AND a.outcome IN ('accepted', 'uncertain')
                        ORDER BY a.no DESC
                        LIMIT 1)) AS carried_by
             FROM messages m
             WHERE m.id IN ({})
               AND (m.status = 'sending'
                    OR (m.test AND m.status = 'delivered')
                    OR EXISTS (SELECT 1
                               FROM attempts a
                               WHERE a.message_id = m.id AND a.outcome IN ('accepted', 'uncertain')))",
            shape.list()
        )
    })
    .await?;
    let mut fresh: HashMap<MessageId, Option<Conversion>> =
        fresh.into_iter().map(ConversionRow::read).collect::<Result<_>>()?;
    let rows: Vec<[Value<'_>; 2]> = fresh.keys().map(|message| [id(message), now.as_millis().into()]).collect();
    batch::execute(tx, &rows, &[], |shape| {
        format!(
            "UPDATE {} STRAIGHT_JOIN messages m ON m.id = j.id SET m.converted_at = j.at",
            shape.table(&["id", "at"])
        )
    })
    .await?;
    let mut said: HashSet<String> = said.into_iter().map(|(id, _)| id).collect();
    // Named twice in one group, it is said before the second time.
    said.extend(fresh.keys().map(ToString::to_string));
    Ok(group
        .iter()
        .map(|id| match fresh.remove(id) {
            Some(evidence) => ConversionVerdict::New(evidence),
            None if said.contains(&id.to_string()) => ConversionVerdict::Again,
            None => ConversionVerdict::NotSent,
        })
        .collect())
}
