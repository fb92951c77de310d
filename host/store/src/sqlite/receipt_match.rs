//! Which message a receipt speaks of, on SQLite.
//!
//! A receipt matches within its account by message id or serial, by call and number, by the provider's id and number, and by
//! number alone only where exactly one message is open, or may have been taken without an id coming back.

use super::{json, rows_as_json};
use crate::{NewReceipt, Result, StoreError};
use serde::Serialize;
use sqlx::SqliteConnection;
use std::collections::HashMap;
use std::time::Duration;

/// Providers try for three days; what comes later for an id that nobody knows is somebody else's.
const LATEST: Duration = Duration::from_secs(72 * 3600);

/// Tries each way of matching on what the ways before it left.
pub(super) async fn match_all(tx: &mut SqliteConnection, group: &[NewReceipt]) -> Result<Vec<Option<String>>> {
    let mut matched = vec![None; group.len()];
    by_message(tx, group, &mut matched).await?;
    by_call(tx, group, &mut matched).await?;
    by_upstream_id(tx, group, &mut matched).await?;
    by_number(tx, group, &mut matched).await?;
    by_number_of_uncertain(tx, group, &mut matched).await?;
    Ok(matched)
}

/// The receipts that nothing matched yet and that bring what this way needs: (index, account, keys…).
fn open<'a, K: Serialize>(
    group: &'a [NewReceipt],
    matched: &[Option<String>],
    key: impl Fn(&'a NewReceipt) -> Option<K>,
) -> Vec<(usize, String, K)> {
    group
        .iter()
        .enumerate()
        .filter(|(index, _)| matched[*index].is_none())
        .filter_map(|(index, receipt)| Some((index, receipt.account_id.to_string(), key(receipt)?)))
        .collect()
}

/// Notes what a way of matching found: gathered pairs of index and message id.
fn take(matched: &mut [Option<String>], gathered: String) -> Result<()> {
    for (index, id) in rows_as_json::<(usize, String)>(gathered)? {
        if let Some(place) = matched.get_mut(index) {
            *place = Some(id);
        }
    }
    Ok(())
}

/// A receipt that names our message must also come from an account that had it, and name its number if it names one.
async fn by_message(tx: &mut SqliteConnection, group: &[NewReceipt], matched: &mut [Option<String>]) -> Result<()> {
    let ids = open(group, matched, |new| Some((new.receipt.message_id.as_deref()?, new.receipt.recipient.as_deref())));
    if !ids.is_empty() {
        let found = sqlx::query_scalar(
            "SELECT json_group_array(json_array(j.value ->> 0, m.id))
             FROM json_each(?) j
             CROSS JOIN messages m ON m.id = j.value ->> '$[2][0]'
             WHERE (m.account_id = j.value ->> 1
                    OR EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id AND a.account_id = j.value ->> 1))
               AND coalesce(j.value ->> '$[2][1]', m.recipient) = m.recipient",
        );
        take(matched, found.bind(json(&ids)?).fetch_one(&mut *tx).await?)?;
    }
    let serials = open(group, matched, |new| new.receipt.serial.as_deref()?.parse::<i64>().ok());
    if !serials.is_empty() {
        let found = sqlx::query_scalar(
            "SELECT json_group_array(json_array(j.value ->> 0, m.id))
             FROM json_each(?) j
             CROSS JOIN messages m ON m.serial = j.value ->> 2
             WHERE m.account_id = j.value ->> 1
                OR EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id AND a.account_id = j.value ->> 1)",
        );
        take(matched, found.bind(json(&serials)?).fetch_one(&mut *tx).await?)?;
    }
    Ok(())
}

/// Our id of the provider call, and the number.
async fn by_call(tx: &mut SqliteConnection, group: &[NewReceipt], matched: &mut [Option<String>]) -> Result<()> {
    let wanted = open(group, matched, |new| {
        let receipt = &new.receipt;
        let serial = receipt.batch_serial.as_deref().and_then(|serial| serial.parse::<i64>().ok());
        (receipt.batch_id.is_some() || serial.is_some()).then_some(())?;
        Some((receipt.batch_id.as_deref(), serial, receipt.recipient.as_deref()?))
    });
    if wanted.is_empty() {
        return Ok(());
    }
    // Few calls, many receipts each: each call is read once, its numbers are looked up here.
    let mut names: Vec<(Option<&str>, Option<i64>)> =
        wanted.iter().map(|(_, _, (id, serial, _))| (*id, *serial)).collect();
    names.sort_unstable();
    names.dedup();
    let calls: Vec<(String, i64, String, String)> = sqlx::query_as(
        "SELECT c.id, c.serial, c.account_id, c.messages
         FROM json_each(?1) j
         CROSS JOIN calls c ON c.id = j.value ->> 0
         UNION
         SELECT c.id, c.serial, c.account_id, c.messages
         FROM json_each(?1) j
         CROSS JOIN calls c ON c.serial = j.value ->> 1",
    )
    .bind(json(&names)?)
    .fetch_all(tx)
    .await?;
    let mut carried: HashMap<(&str, &str, String), String> = HashMap::new();
    let mut carried_by_serial: HashMap<(i64, &str, String), String> = HashMap::new();
    for (id, serial, account, messages) in &calls {
        let pairs: Vec<(String, String)> = serde_json::from_str(messages).map_err(|_| StoreError::Corrupt {
            table: "calls",
            column: "messages",
            id: id.clone(),
        })?;
        for (message, number) in pairs {
            carried_by_serial.insert((*serial, account, number.clone()), message.clone());
            carried.insert((id, account, number), message);
        }
    }
    for (index, account, (id, serial, number)) in &wanted {
        let by_id = id.and_then(|id| carried.get(&(id, account.as_str(), (*number).to_owned())));
        let by_serial =
            || serial.and_then(|serial| carried_by_serial.get(&(serial, account.as_str(), (*number).to_owned())));
        matched[*index] = by_id.or_else(by_serial).cloned();
    }
    Ok(())
}

/// The provider's id, and the number where the receipt names one.
async fn by_upstream_id(tx: &mut SqliteConnection, group: &[NewReceipt], matched: &mut [Option<String>]) -> Result<()> {
    let wanted =
        open(group, matched, |new| Some((new.receipt.upstream_id.as_deref()?, new.receipt.recipient.as_deref())));
    if wanted.is_empty() {
        return Ok(());
    }
    let found = sqlx::query_scalar(
        "SELECT json_group_array(json_array(j.value ->> 0, m.id))
         FROM json_each(?) j
         CROSS JOIN attempts a ON a.account_id = j.value ->> 1 AND a.upstream_id = j.value ->> '$[2][0]'
         CROSS JOIN messages m ON m.id = a.message_id
         WHERE coalesce(j.value ->> '$[2][1]', m.recipient) = m.recipient",
    );
    take(matched, found.bind(json(&wanted)?).fetch_one(tx).await?)?;
    Ok(())
}

/// The number alone, where exactly one of its messages is open at this account. A receipt that brings an id of any kind is not
/// matched so: its id will be known, or is somebody else's.
async fn by_number(tx: &mut SqliteConnection, group: &[NewReceipt], matched: &mut [Option<String>]) -> Result<()> {
    let wanted = open(group, matched, |new| {
        let receipt = &new.receipt;
        let nameless = receipt.upstream_id.is_none()
            && receipt.message_id.is_none()
            && receipt.serial.is_none()
            && receipt.batch_id.is_none()
            && receipt.batch_serial.is_none();
        nameless.then_some(receipt.recipient.as_deref()).flatten()
    });
    if wanted.is_empty() {
        return Ok(());
    }
    let found = sqlx::query_scalar(
        "SELECT json_group_array(json_array(at, id))
         FROM (SELECT j.value ->> 0 AS at, min(m.id) AS id
               FROM json_each(?) j
               CROSS JOIN messages m ON m.recipient = j.value ->> 2
               WHERE m.account_id = j.value ->> 1
                 AND m.status IN ('sending', 'sent', 'uncertain')
               GROUP BY j.key
               HAVING count(*) = 1)",
    );
    take(matched, found.bind(json(&wanted)?).fetch_one(tx).await?)?;
    Ok(())
}

/// A provider's id that nobody knows, where exactly one message to that number may have been taken without telling us its id.
async fn by_number_of_uncertain(
    tx: &mut SqliteConnection,
    group: &[NewReceipt],
    matched: &mut [Option<String>],
) -> Result<()> {
    let wanted = open(group, matched, |new| {
        let named = new.receipt.message_id.is_some() || new.receipt.serial.is_some();
        let number = new.receipt.recipient.as_deref().filter(|_| new.receipt.upstream_id.is_some() && !named)?;
        Some((number, (new.received_at - LATEST).as_millis()))
    });
    if wanted.is_empty() {
        return Ok(());
    }
    let found = sqlx::query_scalar(
        "SELECT json_group_array(json_array(at, id))
         FROM (SELECT j.value ->> 0 AS at, min(m.id) AS id
               FROM json_each(?) j
               CROSS JOIN messages m ON m.recipient = j.value ->> '$[2][0]'
               WHERE m.account_id = j.value ->> 1
                 AND m.updated_at >= j.value ->> '$[2][1]'
                 AND m.maybe_sent > 0
                 AND m.status IN ('uncertain', 'parked', 'expired', 'queued', 'scheduled')
                 AND m.upstream_id IS NULL
               GROUP BY j.key
               HAVING count(*) = 1)",
    );
    take(matched, found.bind(json(&wanted)?).fetch_one(tx).await?)?;
    Ok(())
}
