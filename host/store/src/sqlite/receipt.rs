//! Receipts on SQLite: recorded once, and the moves that follow. What matches no message is kept: its outcome may not be known yet.

use super::{SqliteStore, json, receipt_match, rows_as_json, webhook};
use crate::receipt_move::{EarlyRow, Standing, Wish, decide, parts};
use crate::rows::ReceiptRow;
use crate::{CallSettlement, NewReceipt, ReceiptEffect, ReceiptStore, Result, StoredReceipt};
use async_trait::async_trait;
use jixinda_domain::{
    AccountId, AfterCall, ChannelId, Destination, MessageClass, MessageId, MessageStatus, PhoneNumber, Timestamp,
};
use serde::Serialize;
use sqlx::SqliteConnection;
use std::collections::{HashMap, HashSet};

/// (id, status, attempts, channel, class, country code, number, changed at)
type StandingRow = (String, MessageStatus, u16, Option<ChannelId>, MessageClass, u16, String, i64);

fn named((id, status, attempts, channel_id, class, country_code, number, changed): StandingRow) -> (String, Standing) {
    let number = PhoneNumber::from_trusted_e164(&number, country_code);
    let (destination, updated_at) = (Destination::of(&number), Timestamp::from_millis(changed));
    (id, Standing { status, attempts, channel_id, class, destination, updated_at })
}

/// Records and applies a group of receipts.
pub(super) async fn apply(tx: &mut SqliteConnection, group: &[NewReceipt]) -> Result<Vec<ReceiptEffect>> {
    let matched = receipt_match::match_all(tx, group).await?;
    let new = record(tx, group, &matched).await?;
    let wishes: Vec<Wish> = group
        .iter()
        .zip(matched)
        .zip(new)
        .filter_map(|((receipt, message), new)| Some(Wish::of(receipt, message.filter(|_| new)?)))
        .collect();
    advance(tx, &wishes).await
}

/// After outcomes are known: applies receipts that came before them and named only the provider's id.
pub(super) async fn apply_early(tx: &mut SqliteConnection, group: &[CallSettlement]) -> Result<Vec<ReceiptEffect>> {
    let waiting: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM receipts WHERE message_id IS NULL LIMIT 1").fetch_optional(&mut *tx).await?;
    if waiting.is_none() {
        return Ok(Vec::new());
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
    let wishes: Vec<Wish> = found.into_iter().map(Wish::found).collect::<Result<_>>()?;
    advance(tx, &wishes).await
}

/// A call that was not answered brought no id: what came since it began for the number of one of its messages is that message's.
async fn early_of_uncertain(tx: &mut SqliteConnection, group: &[CallSettlement]) -> Result<Vec<EarlyRow>> {
    let unanswered: Vec<(String, MessageId, i64)> = group
        .iter()
        .flat_map(|call| &call.settlements)
        .filter(|settlement| settlement.after == AfterCall::Uncertain && settlement.outcome.upstream_id().is_none())
        .map(|settled| (settled.account_id.to_string(), settled.message_id, settled.started_at.as_millis()))
        .collect();
    if unanswered.is_empty() {
        return Ok(Vec::new());
    }
    // In this order, so that each message looks for its own number only: unmatched receipts may be many.
    let pairs: String = sqlx::query_scalar(
        "SELECT json_group_array(json_array(r.id, m.id))
         FROM json_each(?) j
         CROSS JOIN messages m ON m.id = j.value ->> 1
         CROSS JOIN receipts r
           ON r.account_id = j.value ->> 0 AND r.recipient = m.recipient AND r.message_id IS NULL
         WHERE r.received_at >= j.value ->> 2
           AND (SELECT count(*)
                FROM messages other
                WHERE other.recipient = m.recipient
                  AND other.account_id = j.value ->> 0
                  AND other.maybe_sent > 0
                  AND other.status IN ('uncertain', 'parked', 'expired', 'queued', 'scheduled')
                  AND other.upstream_id IS NULL) = 1",
    )
    .bind(json(&unanswered)?)
    .fetch_one(&mut *tx)
    .await?;
    let found = sqlx::query_as(
        "UPDATE receipts
         SET message_id = j.value ->> 1
         FROM json_each(?) j
         WHERE receipts.id = j.value ->> 0
         RETURNING receipts.message_id, receipts.status, receipts.id, receipts.cause_code, receipts.cause_detail,
                   receipts.part_total, receipts.received_at",
    );
    Ok(found.bind(pairs).fetch_all(tx).await?)
}

/// Moves messages to where [`receipt_move`] says.
async fn advance(tx: &mut SqliteConnection, wishes: &[Wish]) -> Result<Vec<ReceiptEffect>> {
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let whole = delivered_whole(tx, wishes).await?;
    let standings = standings(tx, wishes).await?;
    let (rows, effects) = decide(wishes, &whole, standings);
    if rows.is_empty() {
        return Ok(effects);
    }
    sqlx::query(
        "UPDATE messages
         SET status = j.value ->> 'status', cause_code = j.value ->> 'cause_code',
             cause_detail = j.value ->> 'cause_detail', updated_at = j.value ->> 'now'
         FROM json_each(?) j
         WHERE messages.id = j.value ->> 'id'",
    )
    .bind(json(&rows)?)
    .execute(&mut *tx)
    .await?;
    webhook::note_moves(tx, rows.iter().map(|row| row.id)).await?;
    Ok(effects)
}

/// Long texts of which every piece has arrived: a person who got the first half got no message.
async fn delivered_whole(tx: &mut SqliteConnection, wishes: &[Wish]) -> Result<HashSet<String>> {
    let ids = parts(wishes);
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

async fn standings(tx: &mut SqliteConnection, wishes: &[Wish]) -> Result<HashMap<String, Standing>> {
    let ids: Vec<&str> = wishes.iter().map(|wish| wish.id.as_str()).collect();
    let gathered = sqlx::query_scalar(
        "SELECT json_group_array(
                    json_array(m.id, m.status, m.attempts, m.channel_id, m.class, m.country_code, m.recipient, m.updated_at))
         FROM json_each(?) j
         CROSS JOIN messages m ON m.id = j.value",
    );
    let rows: Vec<StandingRow> = rows_as_json(gathered.bind(json(&ids)?).fetch_one(tx).await?)?;
    Ok(rows.into_iter().map(named).collect())
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

#[async_trait]
impl ReceiptStore for SqliteStore {
    async fn receipts(&self, message: MessageId) -> Result<Vec<StoredReceipt>> {
        let rows = sqlx::query_as::<_, ReceiptRow>(
            "SELECT status, part_number, part_total, cause_code, cause_detail, occurred_at, received_at
             FROM receipts
             WHERE message_id = ?
             ORDER BY received_at, id",
        )
        .bind(message.to_string())
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(StoredReceipt::from).collect())
    }

    async fn match_late_receipts(&self, _since: Timestamp) -> Result<Vec<ReceiptEffect>> {
        Ok(Vec::new())
    }

    async fn count_unmatched_receipts(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM receipts WHERE message_id IS NULL")
            .fetch_one(&self.readers)
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
