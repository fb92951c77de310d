//! Provider calls on SQLite: claim and intent in one step before the call, outcomes and attempts after it.

use super::{awaited_receipt, json, receipt, rows_as_json, webhook};
use crate::{AwaitedReceipt, CallIntent, CallSettlement, Claim, ReceiptEffect, Result, Settlement};
use jixinda_domain::{CallId, MessageId, MessageStatus, Outcome};
use serde::Serialize;
use sqlx::SqliteConnection;
use std::collections::HashSet;

#[derive(Serialize)]
struct ClaimRow {
    id: MessageId,
    epoch: u32,
    call_id: CallId,
    channel_id: jixinda_domain::ChannelId,
    account_id: jixinda_domain::AccountId,
    now: i64,
}

/// Wins what is still queued, and records each intent with what it won.
pub(super) async fn begin(tx: &mut SqliteConnection, group: &[CallIntent]) -> Result<Vec<Vec<MessageId>>> {
    let claims: Vec<ClaimRow> = group
        .iter()
        .flat_map(|intent| {
            intent.claims.iter().map(|claim| ClaimRow {
                id: claim.message_id,
                epoch: claim.epoch,
                call_id: intent.id,
                channel_id: intent.channel_id,
                account_id: intent.account_id,
                now: intent.started_at.as_millis(),
            })
        })
        .collect();
    let claimed = sqlx::query(
        "WITH j AS MATERIALIZED (SELECT value AS v FROM json_each(?))
         UPDATE messages
         SET status = 'sending', epoch = messages.epoch + 1, call_id = j.v ->> 'call_id',
             channel_id = j.v ->> 'channel_id', account_id = j.v ->> 'account_id', updated_at = j.v ->> 'now'
         FROM j
         WHERE messages.id = j.v ->> 'id'
           AND messages.status = 'queued'
           AND messages.epoch = j.v ->> 'epoch'",
    )
    .bind(json(&claims)?)
    .execute(&mut *tx)
    .await?;
    let won: Vec<Vec<&Claim>> = if claimed.rows_affected() == claims.len() as u64 {
        group.iter().map(|intent| intent.claims.iter().collect()).collect()
    } else {
        won_claims(tx, group).await?
    };
    record(tx, group, &won).await?;
    Ok(won.into_iter().map(|claims| claims.into_iter().map(|claim| claim.message_id).collect()).collect())
}

/// Which claims were won. Two calls of one group may want the same message: the row says which of them has it.
async fn won_claims<'a>(tx: &mut SqliteConnection, group: &'a [CallIntent]) -> Result<Vec<Vec<&'a Claim>>> {
    let wanted: Vec<(MessageId, CallId)> =
        group.iter().flat_map(|intent| intent.claims.iter().map(|claim| (claim.message_id, intent.id))).collect();
    let won: HashSet<(MessageId, CallId)> = rows_as_json(
        sqlx::query_scalar(
            "SELECT json_group_array(json_array(m.id, m.call_id))
             FROM json_each(?) j
             CROSS JOIN messages m ON m.id = j.value ->> 0 AND m.call_id = j.value ->> 1",
        )
        .bind(json(&wanted)?)
        .fetch_one(tx)
        .await?,
    )?
    .into_iter()
    .collect();
    let has = |intent: &CallIntent, claim: &Claim| won.contains(&(claim.message_id, intent.id));
    Ok(group.iter().map(|intent| intent.claims.iter().filter(|claim| has(intent, claim)).collect()).collect())
}

#[derive(Serialize)]
struct CallRow {
    id: CallId,
    serial: u64,
    node_id: jixinda_domain::NodeId,
    account_id: jixinda_domain::AccountId,
    channel_id: jixinda_domain::ChannelId,
    messages: String,
    started_at: i64,
}

async fn record(tx: &mut SqliteConnection, group: &[CallIntent], won: &[Vec<&Claim>]) -> Result<()> {
    let mut rows = Vec::with_capacity(group.len());
    for (intent, claims) in group.iter().zip(won).filter(|(_, claims)| !claims.is_empty()) {
        let messages: Vec<(MessageId, &str)> =
            claims.iter().map(|claim| (claim.message_id, claim.recipient.as_str())).collect();
        rows.push(CallRow {
            id: intent.id,
            serial: intent.serial,
            node_id: intent.node_id,
            account_id: intent.account_id,
            channel_id: intent.channel_id,
            messages: json(&messages)?,
            started_at: intent.started_at.as_millis(),
        });
    }
    sqlx::query(
        "INSERT INTO calls (id, serial, node_id, account_id, channel_id, messages, started_at)
         SELECT value ->> 'id', value ->> 'serial', value ->> 'node_id', value ->> 'account_id', value ->> 'channel_id',
                value ->> 'messages', value ->> 'started_at'
         FROM json_each(?)",
    )
    .bind(json(&rows)?)
    .execute(tx)
    .await?;
    Ok(())
}

#[derive(Serialize)]
struct SettlementRow<'a> {
    id: MessageId,
    epoch: u32,
    no: u16,
    call_id: CallId,
    channel_id: jixinda_domain::ChannelId,
    account_id: jixinda_domain::AccountId,
    status: &'static str,
    /// Why the message stands there.
    verdict_code: Option<&'a str>,
    verdict_detail: Option<&'a str>,
    maybe_sent: u8,
    due_at: i64,
    outcome: &'static str,
    reason: Option<&'static str>,
    scope: Option<&'static str>,
    cause_code: Option<&'a str>,
    cause_detail: Option<&'a str>,
    upstream_id: Option<&'a str>,
    segments: Option<u32>,
    price: Option<String>,
    explanation: Option<&'a str>,
    started_at: i64,
    duration_ms: u32,
    /// Where the message stood after it and when it is looked at next: told only where the outcome does not say it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<i64>,
    now: i64,
}

impl<'a> SettlementRow<'a> {
    fn of(call: &CallSettlement, settlement: &'a Settlement) -> Result<Self> {
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
        let verdict = settlement.verdict.as_ref().or(cause);
        let status = MessageStatus::from(settlement.after);
        Ok(Self {
            id: settlement.message_id,
            epoch: settlement.epoch,
            no: settlement.no,
            call_id: call.call_id,
            channel_id: settlement.channel_id,
            account_id: settlement.account_id,
            status: status.as_str(),
            verdict_code: verdict.map(|cause| cause.code.as_str()),
            verdict_detail: verdict.map(|cause| cause.detail.as_str()),
            maybe_sent: matches!(settlement.outcome, Outcome::Uncertain { .. }).into(),
            due_at: settlement.due_at.as_millis(),
            outcome: settlement.outcome.kind(),
            reason,
            scope,
            cause_code: cause.map(|cause| cause.code.as_str()),
            cause_detail: cause.map(|cause| cause.detail.as_str()),
            upstream_id: settlement.outcome.upstream_id(),
            segments,
            price,
            explanation: settlement.explanation.as_deref(),
            started_at: settlement.started_at.as_millis(),
            duration_ms: settlement.duration_ms,
            after: (status != MessageStatus::Sent).then_some(status.as_str()),
            next_at: (status == MessageStatus::Queued).then(|| settlement.due_at.as_millis()),
            now: call.finished_at.as_millis(),
        })
    }
}

/// Records attempts and moves messages, unless a receipt has moved them already; then looks for receipts that came early.
pub(super) async fn settle(tx: &mut SqliteConnection, group: &[CallSettlement]) -> Result<Vec<ReceiptEffect>> {
    let mut rows = Vec::new();
    for call in group {
        for settlement in &call.settlements {
            rows.push(SettlementRow::of(call, settlement)?);
        }
    }
    let rows = json(&rows)?;
    sqlx::query(
        "WITH j AS MATERIALIZED (SELECT value FROM json_each(?))
         UPDATE messages
         SET status = CASE WHEN messages.status = 'sending' THEN j.value ->> 'status' ELSE messages.status END,
             attempts = j.value ->> 'no', maybe_sent = messages.maybe_sent + (j.value ->> 'maybe_sent'),
             due_at = iif(messages.status = 'sending', j.value ->> 'due_at', messages.due_at),
             upstream_id = coalesce(j.value ->> 'upstream_id', messages.upstream_id),
             cause_code = iif(messages.status = 'sending', j.value ->> 'verdict_code', messages.cause_code),
             cause_detail = iif(messages.status = 'sending', j.value ->> 'verdict_detail', messages.cause_detail),
             updated_at = j.value ->> 'now'
         FROM j
         WHERE messages.id = j.value ->> 'id' AND messages.epoch = j.value ->> 'epoch'",
    )
    .bind(&rows)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "WITH j AS MATERIALIZED (SELECT value FROM json_each(?))
         INSERT INTO attempts
             (message_id, no, call_id, channel_id, account_id, outcome, reason, scope, cause_code, cause_detail,
              upstream_id, segments, price, explanation, started_at, duration_ms, after, next_at)
         SELECT value ->> 'id', value ->> 'no', value ->> 'call_id', value ->> 'channel_id', value ->> 'account_id',
                value ->> 'outcome', value ->> 'reason', value ->> 'scope', value ->> 'cause_code',
                value ->> 'cause_detail', value ->> 'upstream_id', value ->> 'segments', value ->> 'price',
                value ->> 'explanation', value ->> 'started_at', value ->> 'duration_ms', value ->> 'after',
                value ->> 'next_at'
         FROM j
         WHERE true
         ON CONFLICT (message_id, no) DO NOTHING",
    )
    .bind(&rows)
    .execute(&mut *tx)
    .await?;
    webhook::note_moves(tx, group.iter().flat_map(|call| &call.settlements).map(|settled| settled.message_id)).await?;
    close(tx, group).await?;
    await_receipts(tx, group).await?;
    receipt::apply_early(tx, group).await
}

/// Few providers tell receipts only when they are asked; for all others this is no statement.
async fn await_receipts(tx: &mut SqliteConnection, group: &[CallSettlement]) -> Result<()> {
    let settlements = group.iter().flat_map(|call| &call.settlements).filter(|settlement| settlement.ask_at.is_some());
    let awaited: Vec<AwaitedReceipt> = settlements
        .map(|settlement| AwaitedReceipt { message_id: settlement.message_id, due_at: settlement.ask_at })
        .collect();
    awaited_receipt::save(tx, &awaited).await
}

async fn close(tx: &mut SqliteConnection, group: &[CallSettlement]) -> Result<()> {
    let calls: Vec<(CallId, i64)> = group.iter().map(|call| (call.call_id, call.finished_at.as_millis())).collect();
    sqlx::query(
        "UPDATE calls
         SET finished_at = j.value ->> 1
         FROM json_each(?) j
         WHERE calls.id = j.value ->> 0",
    )
    .bind(json(&calls)?)
    .execute(tx)
    .await?;
    Ok(())
}
