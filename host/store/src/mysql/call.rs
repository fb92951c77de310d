//! Provider calls on MySQL: claim and intent in one step before the call, outcomes and attempts after it.

use super::batch::{self, Value, id};
use super::{awaited_receipt, json, receipt, webhook};
use crate::{AwaitedReceipt, CallIntent, CallSettlement, Claim, ReceiptEffect, Result, Settlement};
use jixinda_domain::{CallId, MessageId, MessageStatus, Outcome};
use sqlx::MySqlConnection;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Wins what is still queued, and records each intent with what it won.
pub(super) async fn begin(tx: &mut MySqlConnection, group: &[CallIntent]) -> Result<Vec<Vec<MessageId>>> {
    let mut claims: Vec<(&CallIntent, &Claim)> =
        group.iter().flat_map(|intent| intent.claims.iter().map(move |claim| (intent, claim))).collect();
    claims.sort_unstable_by_key(|(_, claim)| claim.message_id);
    let rows: Vec<[Value<'_>; 6]> = claims
        .iter()
        .map(|(intent, claim)| {
            [
                id(claim.message_id),
                claim.epoch.into(),
                id(intent.id),
                id(intent.channel_id),
                id(intent.account_id),
                intent.started_at.as_millis().into(),
            ]
        })
        .collect();
    // The comparison is in the join: a row that another transaction holds is waited for, and compared as that one left it.
    let claimed = batch::execute(tx, &rows, &[], |shape| {
        format!(
            "UPDATE {} STRAIGHT_JOIN messages m ON m.id = j.id AND m.status = 'queued' AND m.epoch = j.epoch
             SET m.status = 'sending', m.epoch = m.epoch + 1, m.call_id = j.call_id, m.channel_id = j.channel_id,
                 m.account_id = j.account_id, m.updated_at = j.now",
            shape.table(&["id", "epoch", "call_id", "channel_id", "account_id", "now"])
        )
    })
    .await?;
    let won: Vec<Vec<&Claim>> = if claimed == claims.len() as u64 {
        group.iter().map(|intent| intent.claims.iter().collect()).collect()
    } else {
        won_claims(tx, group).await?
    };
    record(tx, group, &won).await?;
    Ok(won.into_iter().map(|claims| claims.into_iter().map(|claim| claim.message_id).collect()).collect())
}

/// Which claims were won. Two calls of one group may want the same message: the row says which of them has it.
async fn won_claims<'a>(tx: &mut MySqlConnection, group: &'a [CallIntent]) -> Result<Vec<Vec<&'a Claim>>> {
    let wanted: Vec<[Value<'_>; 2]> = group
        .iter()
        .flat_map(|intent| intent.claims.iter().map(|claim| [id(claim.message_id), id(intent.id)]))
        .collect();
    let won: Vec<(String, String)> = batch::fetch(tx, &wanted, &[], |shape| {
        format!(
            "SELECT m.id, m.call_id FROM {} STRAIGHT_JOIN messages m ON m.id = j.id AND m.call_id = j.call_id",
            shape.table(&["id", "call_id"])
        )
    })
    .await?;
    let won: HashSet<(String, String)> = won.into_iter().collect();
    let has = |intent: &CallIntent, claim: &Claim| won.contains(&(claim.message_id.to_string(), intent.id.to_string()));
    Ok(group.iter().map(|intent| intent.claims.iter().filter(|claim| has(intent, claim)).collect()).collect())
}

async fn record(tx: &mut MySqlConnection, group: &[CallIntent], won: &[Vec<&Claim>]) -> Result<()> {
    let mut rows: Vec<[Value<'_>; 7]> = Vec::with_capacity(group.len());
    for (intent, claims) in group.iter().zip(won).filter(|(_, claims)| !claims.is_empty()) {
        let messages: Vec<(MessageId, &str)> =
            claims.iter().map(|claim| (claim.message_id, claim.recipient.as_str())).collect();
        rows.push([
            id(intent.id),
            intent.serial.into(),
            id(intent.node_id),
            id(intent.account_id),
            id(intent.channel_id),
            json(&messages)?.into(),
            intent.started_at.as_millis().into(),
        ]);
    }
    batch::execute(tx, &rows, &[], |shape| {
        format!(
            "INSERT INTO calls (id, serial, node_id, account_id, channel_id, messages, started_at) VALUES {}",
            shape.values()
        )
    })
    .await?;
    Ok(())
}

/// Records attempts and moves messages, unless a receipt has moved them already; then looks for receipts that came early.
pub(super) async fn settle(tx: &mut MySqlConnection, group: &[CallSettlement]) -> Result<Vec<ReceiptEffect>> {
    let mut settled: Vec<(&CallSettlement, &Settlement)> =
        group.iter().flat_map(|call| call.settlements.iter().map(move |settlement| (call, settlement))).collect();
    settled.sort_unstable_by_key(|(_, settlement)| settlement.message_id);
    move_messages(tx, &settled).await?;
    insert_attempts(tx, &settled).await?;
    webhook::note_moves(tx, settled.iter().map(|(_, settlement)| settlement.message_id)).await?;
    close(tx, group).await?;
    await_receipts(tx, group).await?;
    receipt::apply_early(tx, group).await
}

async fn move_messages(tx: &mut MySqlConnection, settled: &[(&CallSettlement, &Settlement)]) -> Result<()> {
    let ids: Vec<[Value<'_>; 1]> = settled.iter().map(|(_, settlement)| [id(settlement.message_id)]).collect();
    // Locked and looked at first: in an update of joined tables the order of assignments is nobody's promise.
    let known: Vec<(String, String, u32)> = batch::fetch(tx, &ids, &[], |shape| {
        format!("SELECT id, status, epoch FROM messages WHERE id IN ({}) ORDER BY id FOR UPDATE", shape.list())
    })
    .await?;
    let known: HashMap<String, (String, u32)> =
        known.into_iter().map(|(id, status, epoch)| (id, (status, epoch))).collect();
    let closed = closed(tx, settled).await?;
    let (mut sending, mut moved): (Vec<[Value<'_>; 9]>, Vec<[Value<'_>; 5]>) = (Vec::new(), Vec::new());
    for (call, settlement) in settled {
        let standing = known.get(&settlement.message_id.to_string());
        let Some((status, _)) = standing.filter(|(_, epoch)| *epoch == settlement.epoch) else { continue };
        let message = id(settlement.message_id);
        // A call that is closed was counted before: its commit went unheard, or others took this node for dead.
        let is_closed = closed.contains(&call.call_id.to_string());
        let uncertain = matches!(settlement.outcome, Outcome::Uncertain { .. }) && !is_closed;
        // They could only say that it is uncertain. Now it is known.
        let is_news = is_closed
            && status == MessageStatus::Uncertain.as_str()
            && matches!(settlement.outcome, Outcome::Accepted { .. });
        let (upstream_id, now) = (settlement.outcome.upstream_id(), call.finished_at.as_millis());
        if status == MessageStatus::Sending.as_str() || is_news {
            let verdict = settlement.verdict.as_ref().or(settlement.outcome.cause());
            sending.push([
                message,
                MessageStatus::from(settlement.after).as_str().into(),
                settlement.no.into(),
                uncertain.into(),
                settlement.due_at.as_millis().into(),
                upstream_id.into(),
                verdict.map(|cause| cause.code.as_str()).into(),
                verdict.map(|cause| cause.detail.as_str()).into(),
                now.into(),
            ]);
        } else {
            moved.push([message, settlement.no.into(), uncertain.into(), upstream_id.into(), now.into()]);
        }
    }
    batch::execute(tx, &sending, &[], |shape| {
        format!(
            "UPDATE {} STRAIGHT_JOIN messages m ON m.id = j.id
             SET m.status = j.status, m.attempts = j.no, m.maybe_sent = m.maybe_sent + j.uncertain, m.due_at = j.due_at,
                 m.upstream_id = COALESCE(j.upstream_id, m.upstream_id), m.cause_code = j.cause_code,
                 m.cause_detail = j.cause_detail, m.updated_at = j.now",
            shape.table(&[
                "id",
                "status",
                "no",
                "uncertain",
                "due_at",
                "upstream_id",
                "cause_code",
                "cause_detail",
                "now",
            ])
        )
    })
    .await?;
    batch::execute(tx, &moved, &[], |shape| {
        format!(
            "UPDATE {} STRAIGHT_JOIN messages m ON m.id = j.id
             SET m.attempts = j.no, m.maybe_sent = m.maybe_sent + j.uncertain,
                 m.upstream_id = COALESCE(j.upstream_id, m.upstream_id), m.updated_at = j.now",
            shape.table(&["id", "no", "uncertain", "upstream_id", "now"])
        )
    })
    .await?;
    Ok(())
}

/// Which of the calls are closed already.
async fn closed(tx: &mut MySqlConnection, settled: &[(&CallSettlement, &Settlement)]) -> Result<HashSet<String>> {
    let calls: BTreeSet<CallId> = settled.iter().map(|(call, _)| call.call_id).collect();
    let rows: Vec<[Value<'_>; 1]> = calls.into_iter().map(|call| [id(call)]).collect();
    let closed: Vec<(String,)> = batch::fetch(tx, &rows, &[], |shape| {
        format!("SELECT id FROM calls WHERE id IN ({}) AND finished_at IS NOT NULL", shape.list())
    })
    .await?;
    Ok(closed.into_iter().map(|(id,)| id).collect())
}

async fn insert_attempts(tx: &mut MySqlConnection, settled: &[(&CallSettlement, &Settlement)]) -> Result<()> {
    let mut rows: Vec<[Value<'_>; 18]> = Vec::with_capacity(settled.len());
    for (call, settlement) in settled {
        let (mut reason, mut scope, mut segments, mut price) = (None, None, None, None);
        match &settlement.outcome {
            Outcome::Accepted { segments: billed, price: asked, .. } => {
                segments = *billed;
                price = asked.as_ref().map(json).transpose()?;
            }
            Outcome::Rejected { reason: why, .. } => reason = Some(why.as_str()),
            Outcome::Deferred { reason: why, scope: whom, .. } => {
                (reason, scope) = (Some(why.as_str()), Some(whom.as_str()));
            }
            Outcome::Uncertain { .. } => {}
        }
        let cause = settlement.outcome.cause();
        let status = MessageStatus::from(settlement.after);
        let next_at = (status == MessageStatus::Queued).then(|| settlement.due_at.as_millis());
        rows.push([
            id(settlement.message_id),
            settlement.no.into(),
            id(call.call_id),
            id(settlement.channel_id),
            id(settlement.account_id),
            settlement.outcome.kind().into(),
            reason.into(),
            scope.into(),
            cause.map(|cause| cause.code.as_str()).into(),
            cause.map(|cause| cause.detail.as_str()).into(),
            settlement.outcome.upstream_id().into(),
            segments.into(),
            price.into(),
            settlement.explanation.as_deref().into(),
            settlement.started_at.as_millis().into(),
            settlement.duration_ms.into(),
            // Told only where the outcome does not say it all.
            (status != MessageStatus::Sent).then_some(status.as_str()).into(),
            next_at.into(),
        ]);
    }
    // One that is there was written by who cleaned up after this node, taken for dead: they could not know more than that it is
    // uncertain.
    batch::execute(tx, &rows, &[], |shape| {
        format!(
            "INSERT INTO attempts
                 (message_id, no, call_id, channel_id, account_id, outcome, reason, scope, cause_code, cause_detail,
                  upstream_id, segments, price, explanation, started_at, duration_ms, `after`, next_at)
             VALUES {}
             ON DUPLICATE KEY UPDATE
                 cause_code = IF(VALUES(outcome) = 'uncertain', cause_code, VALUES(cause_code)),
                 cause_detail = IF(VALUES(outcome) = 'uncertain', cause_detail, VALUES(cause_detail)),
                 upstream_id = COALESCE(VALUES(upstream_id), upstream_id),
                 `after` = IF(VALUES(outcome) = 'uncertain', `after`, VALUES(`after`)),
                 outcome = IF(VALUES(outcome) = 'uncertain', outcome, VALUES(outcome))",
            shape.values()
        )
    })
    .await?;
    Ok(())
}

/// Few providers tell receipts only when they are asked; for all others this is no statement.
async fn await_receipts(tx: &mut MySqlConnection, group: &[CallSettlement]) -> Result<()> {
    let settlements = group.iter().flat_map(|call| &call.settlements).filter(|settlement| settlement.ask_at.is_some());
    let awaited: Vec<AwaitedReceipt> = settlements
        .map(|settlement| AwaitedReceipt { message_id: settlement.message_id, due_at: settlement.ask_at })
        .collect();
    awaited_receipt::save(tx, &awaited).await
}

async fn close(tx: &mut MySqlConnection, group: &[CallSettlement]) -> Result<()> {
    let mut calls: Vec<&CallSettlement> = group.iter().collect();
    calls.sort_unstable_by_key(|call| call.call_id);
    let rows: Vec<[Value<'_>; 2]> =
        calls.into_iter().map(|call| [id(call.call_id), call.finished_at.as_millis().into()]).collect();
    batch::execute(tx, &rows, &[], |shape| {
        format!("UPDATE {} STRAIGHT_JOIN calls c ON c.id = j.id SET c.finished_at = j.at", shape.table(&["id", "at"]))
    })
    .await?;
    Ok(())
}
