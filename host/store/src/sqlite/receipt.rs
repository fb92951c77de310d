//! Receipts on SQLite: recorded once, matched to their message, and the moves that follow.
//!
//! A receipt matches within its account by message id or serial, by call and number, by the provider's id and number, and by
//! number alone only where exactly one message is open, or may have been taken without an id coming back. What matches nothing is kept: its outcome may not be known yet.

use super::{SqliteStore, json, rows_as_json};
use crate::rows::ReceiptRow;
use crate::{CallSettlement, NewReceipt, ReceiptStore, Result, StoreError, StoredReceipt};
use async_trait::async_trait;
use jixinda_domain::{AccountId, MessageId, MessageStatus, ReceiptStatus, Timestamp};
use serde::Serialize;
use sqlx::SqliteConnection;
use std::collections::{HashMap, HashSet};

/// Where a message stands, as far as a receipt needs to know.
#[derive(Clone, Debug)]
struct Standing {
    status: MessageStatus,
    attempts: u16,
}

/// Records and applies a group of receipts.
pub(super) async fn apply(tx: &mut SqliteConnection, group: &[NewReceipt]) -> Result<()> {
    let matched = match_all(tx, group).await?;
    let new = record(tx, group, &matched).await?;
    let moves: Vec<Move> = group
        .iter()
        .zip(matched)
        .zip(new)
        .filter_map(|((receipt, message), new)| Some((receipt, message.filter(|_| new)?)))
        .map(|(receipt, id)| Move {
            id,
            status: receipt.receipt.status,
            is_part: receipt.receipt.part.is_some_and(|part| part.total > 1),
            cause_code: receipt.receipt.cause.as_ref().map(|cause| cause.code.clone()),
            cause_detail: receipt.receipt.cause.as_ref().map(|cause| cause.detail.clone()),
            now: receipt.received_at.as_millis(),
        })
        .collect();
    advance(tx, &moves).await
}

/// After outcomes are known: applies receipts that came before them and named only the provider's id.
pub(super) async fn apply_early(tx: &mut SqliteConnection, group: &[CallSettlement]) -> Result<()> {
    let waiting: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM receipts WHERE message_id IS NULL LIMIT 1").fetch_optional(&mut *tx).await?;
    if waiting.is_none() {
        return Ok(());
    }
    let wanted: Vec<(String, String, MessageId)> = group
        .iter()
        .flat_map(|call| &call.settlements)
        .filter_map(|settlement| {
            let upstream_id = settlement.outcome.upstream_id()?;
            Some((settlement.account_id.to_string(), upstream_id.to_owned(), settlement.message_id))
        })
        .collect();
    let mut found: Vec<EarlyRow> = sqlx::query_as(
        "UPDATE receipts
         SET message_id = m.id
         FROM json_each(?) j
         JOIN messages m ON m.id = j.value ->> 2
         WHERE receipts.message_id IS NULL
           AND receipts.account_id = j.value ->> 0
           AND receipts.upstream_id = j.value ->> 1
           AND (receipts.recipient IS NULL OR receipts.recipient = m.recipient)
         RETURNING receipts.message_id, receipts.status, receipts.id, receipts.cause_code, receipts.cause_detail,
                   receipts.part_total, receipts.received_at",
    )
    .bind(json(&wanted)?)
    .fetch_all(&mut *tx)
    .await?;
    found.extend(early_of_uncertain(tx, group).await?);
    let moves = found
        .into_iter()
        .map(|row| {
            let corrupt = StoreError::Corrupt { table: "receipts", column: "status", id: row.id };
            Ok(Move {
                id: row.message_id,
                status: status_word(&row.status).ok_or(corrupt)?,
                is_part: row.part_total.is_some_and(|total| total > 1),
                cause_code: row.cause_code,
                cause_detail: row.cause_detail,
                now: row.received_at,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    advance(tx, &moves).await
}

/// A call that was not answered brought no id: what came since it began for the number of one of its messages is that message's.
async fn early_of_uncertain(tx: &mut SqliteConnection, group: &[CallSettlement]) -> Result<Vec<EarlyRow>> {
    let unanswered: Vec<(String, MessageId, i64)> = group
        .iter()
        .flat_map(|call| &call.settlements)
        .filter(|settlement| {
            settlement.status == MessageStatus::Uncertain && settlement.outcome.upstream_id().is_none()
        })
        .map(|settled| (settled.account_id.to_string(), settled.message_id, settled.started_at.as_millis()))
        .collect();
    if unanswered.is_empty() {
        return Ok(Vec::new());
    }
    let found = sqlx::query_as(
        "UPDATE receipts
         SET message_id = m.id
         FROM json_each(?) j
         JOIN messages m ON m.id = j.value ->> 1
         WHERE receipts.message_id IS NULL
           AND receipts.account_id = j.value ->> 0
           AND receipts.recipient = m.recipient
           AND receipts.received_at >= j.value ->> 2
           AND (SELECT count(*)
                FROM messages other
                WHERE other.recipient = m.recipient
                  AND other.account_id = j.value ->> 0
                  AND other.status = 'uncertain'
                  AND other.upstream_id IS NULL) = 1
         RETURNING receipts.message_id, receipts.status, receipts.id, receipts.cause_code, receipts.cause_detail,
                   receipts.part_total, receipts.received_at",
    );
    Ok(found.bind(json(&unanswered)?).fetch_all(tx).await?)
}

/// A receipt that waited for its outcome.
#[derive(sqlx::FromRow)]
struct EarlyRow {
    id: String,
    message_id: String,
    status: String,
    cause_code: Option<String>,
    cause_detail: Option<String>,
    part_total: Option<u32>,
    received_at: i64,
}

/// What one receipt wants of one message.
struct Move {
    id: String,
    status: ReceiptStatus,
    /// It speaks of one piece of a long text.
    is_part: bool,
    cause_code: Option<String>,
    cause_detail: Option<String>,
    now: i64,
}

#[derive(Serialize)]
struct MoveRow<'a> {
    id: &'a str,
    status: &'static str,
    cause_code: Option<&'a str>,
    cause_detail: Option<&'a str>,
    now: i64,
}

/// Moves messages by the domain's rule. Several receipts for one message are taken in their order.
async fn advance(tx: &mut SqliteConnection, moves: &[Move]) -> Result<()> {
    if moves.is_empty() {
        return Ok(());
    }
    let whole = delivered_whole(tx, moves).await?;
    let mut standings = standings(tx, moves).await?;
    let mut rows: HashMap<&str, MoveRow<'_>> = HashMap::new();
    for wish in moves {
        let Some(standing) = standings.get_mut(wish.id.as_str()) else { continue };
        let earlier_tries = standing.attempts > 0;
        let told = match wish.status {
            ReceiptStatus::Delivered if wish.is_part && !whole.contains(&wish.id) => ReceiptStatus::Enroute,
            told => told,
        };
        let Some(next) = standing.status.after_receipt(told, earlier_tries) else { continue };
        standing.status = next;
        let row = MoveRow {
            id: &wish.id,
            status: next.as_str(),
            cause_code: wish.cause_code.as_deref(),
            cause_detail: wish.cause_detail.as_deref(),
            now: wish.now,
        };
        rows.insert(&wish.id, row);
    }
    let rows: Vec<MoveRow<'_>> = rows.into_values().collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE messages
         SET status = j.value ->> 'status', cause_code = j.value ->> 'cause_code',
             cause_detail = j.value ->> 'cause_detail', updated_at = j.value ->> 'now'
         FROM json_each(?) j
         WHERE messages.id = j.value ->> 'id'",
    )
    .bind(json(&rows)?)
    .execute(tx)
    .await?;
    Ok(())
}

/// Long texts of which every piece has arrived: a person who got the first half got no message.
async fn delivered_whole(tx: &mut SqliteConnection, moves: &[Move]) -> Result<HashSet<String>> {
    let in_parts = moves.iter().filter(|wish| wish.is_part && wish.status == ReceiptStatus::Delivered);
    let ids: HashSet<&str> = in_parts.map(|wish| wish.id.as_str()).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let whole: Vec<String> = sqlx::query_scalar(
        "SELECT r.message_id
         FROM json_each(?) j
         CROSS JOIN receipts r ON r.message_id = j.value
         WHERE r.status = 'delivered' AND r.part_total > 1
         GROUP BY r.message_id
         HAVING count(DISTINCT r.part_number) >= max(r.part_total)",
    )
    .bind(json(&ids)?)
    .fetch_all(tx)
    .await?;
    Ok(whole.into_iter().collect())
}

async fn standings(tx: &mut SqliteConnection, moves: &[Move]) -> Result<HashMap<String, Standing>> {
    let ids: Vec<&str> = moves.iter().map(|wish| wish.id.as_str()).collect();
    let gathered = sqlx::query_scalar(
        "SELECT json_group_array(json_array(m.id, m.status, m.attempts))
         FROM json_each(?) j
         CROSS JOIN messages m ON m.id = j.value",
    );
    let rows: Vec<(String, MessageStatus, u16)> = rows_as_json(gathered.bind(json(&ids)?).fetch_one(tx).await?)?;
    Ok(rows.into_iter().map(|(id, status, attempts)| (id, Standing { status, attempts })).collect())
}

#[derive(Serialize)]
struct NewRow<'a> {
    id: String,
    account_id: String,
    message_id: Option<&'a str>,
    upstream_id: Option<&'a str>,
    recipient: Option<&'a str>,
    fingerprint: String,
    part_number: Option<u32>,
    part_total: Option<u32>,
    status: &'static str,
    cause_code: Option<&'a str>,
    cause_detail: Option<&'a str>,
    segments: Option<u32>,
    price: Option<String>,
    occurred_at: Option<i64>,
    received_at: i64,
}

/// Stores receipts that were not told before; answers which those are, in the order of the group.
async fn record(tx: &mut SqliteConnection, group: &[NewReceipt], matched: &[Option<String>]) -> Result<Vec<bool>> {
    let new = untold(tx, group).await?;
    let mut rows = Vec::with_capacity(group.len());
    for ((told, message_id), _) in group.iter().zip(matched).zip(&new).filter(|(_, new)| **new) {
        let receipt = &told.receipt;
        rows.push(NewRow {
            id: told.id.to_string(),
            account_id: told.account_id.to_string(),
            message_id: message_id.as_deref(),
            upstream_id: receipt.upstream_id.as_deref(),
            recipient: receipt.recipient.as_deref(),
            fingerprint: told.fingerprint(),
            part_number: receipt.part.map(|part| part.number),
            part_total: receipt.part.map(|part| part.total),
            status: receipt.status.as_str(),
            cause_code: receipt.cause.as_ref().map(|cause| cause.code.as_str()),
            cause_detail: receipt.cause.as_ref().map(|cause| cause.detail.as_str()),
            segments: receipt.segments,
            price: receipt.price.as_ref().map(json).transpose()?,
            occurred_at: receipt.at.map(Timestamp::as_millis),
            received_at: told.received_at.as_millis(),
        });
    }
    sqlx::query(
        "WITH j AS MATERIALIZED (SELECT value FROM json_each(?))
         INSERT INTO receipts
             (id, account_id, message_id, upstream_id, recipient, fingerprint, part_number, part_total, status,
              cause_code, cause_detail, segments, price, occurred_at, received_at)
         SELECT value ->> 'id', value ->> 'account_id', value ->> 'message_id', value ->> 'upstream_id',
                value ->> 'recipient', value ->> 'fingerprint', value ->> 'part_number', value ->> 'part_total',
                value ->> 'status', value ->> 'cause_code', value ->> 'cause_detail', value ->> 'segments',
                value ->> 'price', value ->> 'occurred_at', value ->> 'received_at'
         FROM j",
    )
    .bind(json(&rows)?)
    .execute(tx)
    .await?;
    Ok(new)
}

/// Which receipts are news: not in the store, and not told before in the same group.
async fn untold(tx: &mut SqliteConnection, group: &[NewReceipt]) -> Result<Vec<bool>> {
    let keys: Vec<(AccountId, String)> = group.iter().map(|told| (told.account_id, told.fingerprint())).collect();
    let gathered = sqlx::query_scalar(
        "SELECT json_group_array(j.key)
         FROM json_each(?) j
         CROSS JOIN receipts r ON r.account_id = j.value ->> 0 AND r.fingerprint = j.value ->> 1",
    );
    let known: HashSet<usize> = rows_as_json(gathered.bind(json(&keys)?).fetch_one(tx).await?)?.into_iter().collect();
    let mut told = HashSet::new();
    Ok(keys.iter().enumerate().map(|(index, key)| !known.contains(&index) && told.insert(key)).collect())
}

/// Tries each way of matching on what the ways before it left.
async fn match_all(tx: &mut SqliteConnection, group: &[NewReceipt]) -> Result<Vec<Option<String>>> {
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
        new.receipt.recipient.as_deref().filter(|_| new.receipt.upstream_id.is_some() && !named)
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
                 AND m.status = 'uncertain'
                 AND m.upstream_id IS NULL
               GROUP BY j.key
               HAVING count(*) = 1)",
    );
    take(matched, found.bind(json(&wanted)?).fetch_one(tx).await?)?;
    Ok(())
}

fn status_word(word: &str) -> Option<ReceiptStatus> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

#[async_trait]
impl ReceiptStore for SqliteStore {
    async fn receipts(&self, message: MessageId) -> Result<Vec<StoredReceipt>> {
        let rows = sqlx::query_as::<_, ReceiptRow>(
            "SELECT status, cause_code, cause_detail, occurred_at, received_at
             FROM receipts
             WHERE message_id = ?
             ORDER BY received_at, id",
        )
        .bind(message.to_string())
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(StoredReceipt::from).collect())
    }

    async fn count_unmatched_receipts(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM receipts WHERE message_id IS NULL")
            .fetch_one(&self.readers)
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
