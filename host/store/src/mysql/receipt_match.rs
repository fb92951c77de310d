//! Which message a receipt speaks of, on MySQL.
//!
//! A receipt matches within its account by message id or serial, by call and number, by the provider's id and number, and by
//! number alone only where exactly one message is open, or may have been taken without an id coming back.

use super::batch::{self, Value};
use super::short;
use crate::{NewReceipt, Result, StoreError};
use sqlx::MySqlConnection;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Providers try for three days; what comes later for an id that nobody knows is somebody else's.
const LATEST: Duration = Duration::from_secs(72 * 3600);

/// Tries each way of matching on what the ways before it left.
pub(super) async fn match_all(tx: &mut MySqlConnection, group: &[NewReceipt]) -> Result<Vec<Option<String>>> {
    let mut matched = vec![None; group.len()];
    by_message(tx, group, &mut matched).await?;
    by_call(tx, group, &mut matched).await?;
    by_upstream_id(tx, group, &mut matched).await?;
    by_number(tx, group, &mut matched).await?;
    by_number_of_uncertain(tx, group, &mut matched).await?;
    Ok(matched)
}

/// Pairs of a place in the group and the message that it speaks of.
type Found = Vec<(i64, String)>;

/// The receipts that nothing matched yet and that bring what this way needs: place and account, then the keys.
fn open<'a, K>(
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

fn place<'a>(index: usize) -> Value<'a> {
    i64::try_from(index).unwrap_or(i64::MAX).into()
}

/// Notes what a way of matching found.
fn take(matched: &mut [Option<String>], found: Found) {
    for (index, id) in found {
        if let Some(place) = usize::try_from(index).ok().and_then(|index| matched.get_mut(index)) {
            *place = Some(id);
        }
    }
}

/// A receipt that names our message must also come from an account that had it, and name its number if it names one.
async fn by_message(tx: &mut MySqlConnection, group: &[NewReceipt], matched: &mut [Option<String>]) -> Result<()> {
    let named =
        open(group, matched, |new| Some((new.receipt.message_id.as_deref()?, new.receipt.recipient.as_deref())));
    let rows: Vec<[Value<'_>; 4]> = named
        .iter()
        .map(|(index, account, (id, number))| {
            [place(*index), account.as_str().into(), short(id).into(), number.map_or("", short).into()]
        })
        .collect();
    let found: Found = batch::fetch(tx, &rows, &[], |shape| {
        format!(
            "SELECT j.at, m.id
             FROM {} STRAIGHT_JOIN messages m ON m.id = j.id
             WHERE (m.account_id = j.account
                    OR EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id AND a.account_id = j.account))
               AND (j.number = '' OR j.number = m.recipient)",
            shape.table(&["at", "account", "id", "number"])
        )
    })
    .await?;
    take(matched, found);
    let numbered = open(group, matched, |new| new.receipt.serial.as_deref()?.parse::<i64>().ok());
    let rows: Vec<[Value<'_>; 3]> = numbered
        .iter()
        .map(|(index, account, serial)| [place(*index), account.as_str().into(), (*serial).into()])
        .collect();
    let found: Found = batch::fetch(tx, &rows, &[], |shape| {
        format!(
            "SELECT j.at, m.id
             FROM {} STRAIGHT_JOIN messages m ON m.serial = j.serial
             WHERE m.account_id = j.account
                OR EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id AND a.account_id = j.account)",
            shape.table(&["at", "account", "serial"])
        )
    })
    .await?;
    take(matched, found);
    Ok(())
}

/// Our id of the provider call, and the number.
async fn by_call(tx: &mut MySqlConnection, group: &[NewReceipt], matched: &mut [Option<String>]) -> Result<()> {
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
    let ids: BTreeSet<&str> = wanted.iter().filter_map(|(_, _, (id, ..))| *id).collect();
    let rows: Vec<[Value<'_>; 1]> = ids.into_iter().map(|id| [short(id).into()]).collect();
    let mut calls: Vec<(String, i64, String, String)> = batch::fetch(tx, &rows, &[], |shape| {
        format!("SELECT id, serial, account_id, messages FROM calls WHERE id IN ({})", shape.list())
    })
    .await?;
    let serials: BTreeSet<i64> = wanted.iter().filter_map(|(_, _, (_, serial, _))| *serial).collect();
    let rows: Vec<[Value<'_>; 1]> = serials.into_iter().map(|serial| [serial.into()]).collect();
    calls.extend(
        batch::fetch::<(String, i64, String, String), 1>(tx, &rows, &[], |shape| {
            format!("SELECT id, serial, account_id, messages FROM calls WHERE serial IN ({})", shape.list())
        })
        .await?,
    );
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
async fn by_upstream_id(tx: &mut MySqlConnection, group: &[NewReceipt], matched: &mut [Option<String>]) -> Result<()> {
    let wanted =
        open(group, matched, |new| Some((new.receipt.upstream_id.as_deref()?, new.receipt.recipient.as_deref())));
    if wanted.is_empty() {
        return Ok(());
    }
    let rows: Vec<[Value<'_>; 4]> = wanted
        .iter()
        .map(|(index, account, (id, number))| {
            [place(*index), account.as_str().into(), (*id).into(), number.map_or("", short).into()]
        })
        .collect();
    let found: Found = batch::fetch(tx, &rows, &[], |shape| {
        format!(
            "SELECT j.at, m.id
             FROM {} STRAIGHT_JOIN attempts a ON a.account_id = j.account AND a.upstream_id = j.upstream
             STRAIGHT_JOIN messages m ON m.id = a.message_id
             WHERE j.number = '' OR j.number = m.recipient",
            shape.table(&["at", "account", "upstream", "number"])
        )
    })
    .await?;
    take(matched, found);
    Ok(())
}

/// The number alone, where exactly one of its messages is open at this account. A receipt that brings an id of any kind is not
/// matched so: its id will be known, or is somebody else's.
async fn by_number(tx: &mut MySqlConnection, group: &[NewReceipt], matched: &mut [Option<String>]) -> Result<()> {
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
    let rows: Vec<[Value<'_>; 3]> = wanted
        .iter()
        .map(|(index, account, number)| [place(*index), account.as_str().into(), short(number).into()])
        .collect();
    let found: Found = batch::fetch(tx, &rows, &[], |shape| {
        format!(
            "SELECT j.at, MIN(m.id)
             FROM {} STRAIGHT_JOIN messages m ON m.recipient = j.number
             WHERE m.account_id = j.account AND m.status IN ('sending', 'sent', 'uncertain')
             GROUP BY j.at
             HAVING COUNT(*) = 1",
            shape.table(&["at", "account", "number"])
        )
    })
    .await?;
    take(matched, found);
    Ok(())
}

/// A provider's id that nobody knows, where exactly one message to that number may have been taken without telling us its id.
async fn by_number_of_uncertain(
    tx: &mut MySqlConnection,
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
    let rows: Vec<[Value<'_>; 4]> = wanted
        .iter()
        .map(|(index, account, (number, since))| {
            [place(*index), account.as_str().into(), short(number).into(), (*since).into()]
        })
        .collect();
    let found: Found = batch::fetch(tx, &rows, &[], |shape| {
        format!(
            "SELECT j.at, MIN(m.id)
             FROM {} STRAIGHT_JOIN messages m ON m.recipient = j.number
             WHERE m.account_id = j.account
               AND m.updated_at >= j.since
               AND m.maybe_sent > 0
               AND m.status IN ('uncertain', 'parked', 'expired', 'queued', 'scheduled')
               AND m.upstream_id IS NULL
             GROUP BY j.at
             HAVING COUNT(*) = 1",
            shape.table(&["at", "account", "number", "since"])
        )
    })
    .await?;
    take(matched, found);
    Ok(())
}
