//! Receipts on MySQL: recorded once, and the moves that follow. What matches no message is kept: its outcome may not be known yet.

use super::batch::{self, Value, id};
use super::{MysqlStore, digest, json, receipt_match, short, webhook};
use crate::receipt_move::{EarlyRow, Standing, Wish, decide, parts};
use crate::rows::ReceiptRow;
use crate::{CallSettlement, NewReceipt, ReceiptEffect, ReceiptStore, Result, StoreError, StoredReceipt};
use async_trait::async_trait;
use jixinda_domain::{AfterCall, Destination, MessageId, PhoneNumber, Timestamp};
use sqlx::MySqlConnection;
use std::collections::{BTreeSet, HashMap, HashSet};

/// (id, status, attempts, channel, class, country code, number, changed at)
type StandingRow = (String, String, u16, Option<String>, String, u16, String, i64);

fn named(
    (id, status, attempts, channel_id, class, country_code, number, changed): StandingRow,
) -> Result<(String, Standing)> {
    let corrupt = |column| StoreError::Corrupt { table: "messages", column, id: id.clone() };
    let number = PhoneNumber::from_trusted_e164(&number, country_code);
    let standing = Standing {
        status: status.parse().map_err(|_| corrupt("status"))?,
        attempts,
        channel_id: channel_id.map(|id| id.parse()).transpose().map_err(|_| corrupt("channel_id"))?,
        class: class.parse().map_err(|_| corrupt("class"))?,
        destination: Destination::of(&number),
        updated_at: Timestamp::from_millis(changed),
    };
    Ok((id, standing))
}

/// Records and applies a group of receipts.
pub(super) async fn apply(tx: &mut MySqlConnection, group: &[NewReceipt]) -> Result<Vec<ReceiptEffect>> {
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
pub(super) async fn apply_early(tx: &mut MySqlConnection, group: &[CallSettlement]) -> Result<Vec<ReceiptEffect>> {
    let waiting: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM receipts WHERE message_id IS NULL LIMIT 1").fetch_optional(&mut *tx).await?;
    if waiting.is_none() {
        return Ok(Vec::new());
    }
    let wanted: Vec<[Value<'_>; 3]> = group
        .iter()
        .flat_map(|call| &call.settlements)
        .filter_map(|settlement| {
            let upstream_id = settlement.outcome.upstream_id()?;
            Some([id(settlement.account_id), upstream_id.into(), id(settlement.message_id)])
        })
        .collect();
    let mut found: Vec<EarlyRow> = batch::fetch(tx, &wanted, &[], |shape| {
        format!(
            "SELECT r.id, m.id AS message_id, r.status, r.cause_code, r.cause_detail, r.part_total, r.received_at
             FROM {} STRAIGHT_JOIN messages m ON m.id = j.id
             STRAIGHT_JOIN receipts r ON r.account_id = j.account AND r.upstream_id = j.upstream
             WHERE r.message_id IS NULL AND (r.recipient IS NULL OR r.recipient = m.recipient)",
            shape.table(&["account", "upstream", "id"])
        )
    })
    .await?;
    found.extend(early_of_uncertain(tx, group).await?);
    match_found(tx, found).await
}

/// Gives receipts that waited to their messages, and moves those.
async fn match_found(tx: &mut MySqlConnection, mut found: Vec<EarlyRow>) -> Result<Vec<ReceiptEffect>> {
    found.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    found.dedup_by(|one, other| one.id == other.id);
    let rows: Vec<[Value<'_>; 2]> =
        found.iter().map(|row| [row.id.as_str().into(), row.message_id.as_str().into()]).collect();
    batch::execute(tx, &rows, &[], |shape| {
        format!(
            "UPDATE {} STRAIGHT_JOIN receipts r ON r.id = j.id SET r.message_id = j.message_id",
            shape.table(&["id", "message_id"])
        )
    })
    .await?;
    let wishes: Vec<Wish> = found.into_iter().map(Wish::found).collect::<Result<_>>()?;
    advance(tx, &wishes).await
}

/// Receipts whose outcome was committed by another node while they were recorded: neither saw the other.
async fn match_late(tx: &mut MySqlConnection, since: Timestamp) -> Result<Vec<ReceiptEffect>> {
    let found: Vec<EarlyRow> = sqlx::query_as(
        "SELECT r.id, a.message_id, r.status, r.cause_code, r.cause_detail, r.part_total, r.received_at
         FROM receipts r
         JOIN attempts a ON a.account_id = r.account_id AND a.upstream_id = r.upstream_id
         JOIN messages m ON m.id = a.message_id
         WHERE r.message_id IS NULL AND r.received_at >= ? AND (r.recipient IS NULL OR r.recipient = m.recipient)
         ORDER BY r.received_at
         LIMIT 1000",
    )
    .bind(since.as_millis())
    .fetch_all(&mut *tx)
    .await?;
    match_found(tx, found).await
}

/// A call that was not answered brought no id: what came since it began for the number of one of its messages is that message's.
async fn early_of_uncertain(tx: &mut MySqlConnection, group: &[CallSettlement]) -> Result<Vec<EarlyRow>> {
    let unanswered: Vec<[Value<'_>; 3]> = group
        .iter()
        .flat_map(|call| &call.settlements)
        .filter(|settlement| settlement.after == AfterCall::Uncertain && settlement.outcome.upstream_id().is_none())
        .map(|settled| [id(settled.account_id), id(settled.message_id), settled.started_at.as_millis().into()])
        .collect();
    // In this order, so that each message looks for its own number only: unmatched receipts may be many.
    batch::fetch(tx, &unanswered, &[], |shape| {
        format!(
            "SELECT r.id, m.id AS message_id, r.status, r.cause_code, r.cause_detail, r.part_total, r.received_at
             FROM {} STRAIGHT_JOIN messages m ON m.id = j.id
             STRAIGHT_JOIN receipts r ON r.account_id = j.account AND r.recipient = m.recipient
             WHERE r.message_id IS NULL
               AND r.received_at >= j.since
               AND (SELECT COUNT(*)
                    FROM messages other
                    WHERE other.recipient = m.recipient
                      AND other.account_id = j.account
                      AND other.maybe_sent > 0
                      AND other.status IN ('uncertain', 'parked', 'expired', 'queued', 'scheduled')
                      AND other.upstream_id IS NULL) = 1",
            shape.table(&["account", "id", "since"])
        )
    })
    .await
}

/// Moves messages to where [`receipt_move`] says.
async fn advance(tx: &mut MySqlConnection, wishes: &[Wish]) -> Result<Vec<ReceiptEffect>> {
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let whole = delivered_whole(tx, wishes).await?;
    let standings = standings(tx, wishes).await?;
    let (moved, effects) = decide(wishes, &whole, standings);
    let rows: Vec<[Value<'_>; 5]> = moved
        .iter()
        .map(|row| [row.id.into(), row.status.into(), row.cause_code.into(), row.cause_detail.into(), row.now.into()])
        .collect();
    batch::execute(tx, &rows, &[], |shape| {
        format!(
            "UPDATE {} STRAIGHT_JOIN messages m ON m.id = j.id
             SET m.status = j.status, m.cause_code = j.cause_code, m.cause_detail = j.cause_detail, m.updated_at = j.now",
            shape.table(&["id", "status", "cause_code", "cause_detail", "now"])
        )
    })
    .await?;
    webhook::note_moves(tx, moved.iter().map(|row| row.id)).await?;
    Ok(effects)
}

/// Long texts of which every piece has arrived: a person who got the first half got no message.
async fn delivered_whole(tx: &mut MySqlConnection, wishes: &[Wish]) -> Result<HashSet<String>> {
    let ids: BTreeSet<&str> = parts(wishes).into_iter().collect();
    let rows: Vec<[Value<'_>; 1]> = ids.into_iter().map(|id| [id.into()]).collect();
    let whole: Vec<(String,)> = batch::fetch(tx, &rows, &[], |shape| {
        format!(
            "SELECT message_id
             FROM receipts
             WHERE message_id IN ({}) AND status = 'delivered' AND part_total > 1
             GROUP BY message_id
             HAVING COUNT(DISTINCT part_number) >= MAX(part_total)",
            shape.list()
        )
    })
    .await?;
    Ok(whole.into_iter().map(|(id,)| id).collect())
}

/// Locked, in the order of their ids: what a receipt makes of a message depends on where it stands.
async fn standings(tx: &mut MySqlConnection, wishes: &[Wish]) -> Result<HashMap<String, Standing>> {
    let ids: BTreeSet<&str> = wishes.iter().map(|wish| wish.id.as_str()).collect();
    let rows: Vec<[Value<'_>; 1]> = ids.into_iter().map(|id| [id.into()]).collect();
    let found: Vec<StandingRow> = batch::fetch(tx, &rows, &[], |shape| {
        format!(
            "SELECT id, status, attempts, channel_id, class, country_code, recipient, updated_at
             FROM messages
             WHERE id IN ({})
             ORDER BY id
             FOR UPDATE",
            shape.list()
        )
    })
    .await?;
    found.into_iter().map(named).collect()
}

/// Stores receipts that were not told before; answers which those are, in the order of the group.
async fn record(tx: &mut MySqlConnection, group: &[NewReceipt], matched: &[Option<String>]) -> Result<Vec<bool>> {
    let new = untold(tx, group).await?;
    let mut rows: Vec<[Value<'_>; 15]> = Vec::with_capacity(group.len());
    for ((told, message_id), _) in group.iter().zip(matched).zip(&new).filter(|(_, new)| **new) {
        let receipt = &told.receipt;
        rows.push([
            id(told.id),
            id(told.account_id),
            message_id.as_deref().into(),
            receipt.upstream_id.as_deref().into(),
            receipt.recipient.as_deref().map(short).into(),
            digest(&told.fingerprint()).into(),
            receipt.part.map(|part| part.number).into(),
            receipt.part.map(|part| part.total).into(),
            receipt.status.as_str().into(),
            receipt.cause.as_ref().map(|cause| cause.code.as_str()).into(),
            receipt.cause.as_ref().map(|cause| cause.detail.as_str()).into(),
            receipt.segments.into(),
            receipt.price.as_ref().map(json).transpose()?.into(),
            receipt.at.map(Timestamp::as_millis).into(),
            told.received_at.as_millis().into(),
        ]);
    }
    let stored = batch::execute(tx, &rows, &[], |shape| {
        format!(
            "INSERT IGNORE INTO receipts
                 (id, account_id, message_id, upstream_id, recipient, fingerprint, part_number, part_total, status,
                  cause_code, cause_detail, segments, price, occurred_at, received_at)
             VALUES {}",
            shape.values()
        )
    })
    .await?;
    if stored != rows.len() as u64 {
        // The next try sees what that node told.
        return Err(StoreError::Interrupted("another node was told the same at the same time".to_owned()));
    }
    Ok(new)
}

/// Which receipts are news: not in the store, and not told before in the same group.
async fn untold(tx: &mut MySqlConnection, group: &[NewReceipt]) -> Result<Vec<bool>> {
    let keys: Vec<(String, String)> =
        group.iter().map(|told| (told.account_id.to_string(), digest(&told.fingerprint()))).collect();
    let rows: Vec<[Value<'_>; 2]> =
        keys.iter().map(|(account, fingerprint)| [account.as_str().into(), fingerprint.as_str().into()]).collect();
    let known: Vec<(String, String)> = batch::fetch(tx, &rows, &[], |shape| {
        format!(
            "SELECT r.account_id, r.fingerprint
             FROM {} STRAIGHT_JOIN receipts r ON r.account_id = j.account AND r.fingerprint = j.fingerprint",
            shape.table(&["account", "fingerprint"])
        )
    })
    .await?;
    let mut told: HashSet<(String, String)> = known.into_iter().collect();
    Ok(keys.into_iter().map(|key| told.insert(key)).collect())
}

#[async_trait]
impl ReceiptStore for MysqlStore {
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

    async fn match_late_receipts(&self, since: Timestamp) -> Result<Vec<ReceiptEffect>> {
        let mut tx = self.writer.begin().await?;
        let effects = match_late(&mut tx, since).await?;
        tx.commit().await?;
        Ok(effects)
    }

    async fn count_unmatched_receipts(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM receipts WHERE message_id IS NULL")
            .fetch_one(&self.readers)
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
