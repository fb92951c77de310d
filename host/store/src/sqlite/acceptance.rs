//! Accepting messages on SQLite: a group of requests in a few statements, after nonces and idempotency keys have had their say.

use super::{json, limit};
use crate::rows::encoding_word;
use crate::{Acceptance, Accepted, Result};
use jixinda_domain::{ApplicationId, Message, MessageId, Timestamp};
use serde::Serialize;
use sqlx::SqliteConnection;
use std::collections::{HashMap, HashSet};

#[derive(Serialize)]
struct NewRow<'a> {
    id: MessageId,
    serial: u64,
    application_id: ApplicationId,
    batch_id: Option<jixinda_domain::BatchId>,
    reference: Option<&'a str>,
    recipient: &'a str,
    country_code: u16,
    class: &'static str,
    template_id: jixinda_domain::TemplateId,
    sign_name_id: jixinda_domain::SignNameId,
    params: String,
    text: &'a str,
    encoding: &'static str,
    segments: u16,
    test: u8,
    status: &'static str,
    due_at: i64,
    expires_at: i64,
    send_at: Option<i64>,
    created_at: i64,
    /// Why it waits, where it does so for a reason of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_detail: Option<&'a str>,
}

impl<'a> NewRow<'a> {
    fn of(message: &'a Message) -> Result<Self> {
        Ok(Self {
            id: message.id,
            serial: message.serial,
            application_id: message.application_id,
            batch_id: message.batch_id,
            reference: message.reference.as_deref(),
            recipient: message.recipient.e164(),
            country_code: message.recipient.country_code(),
            class: message.class.as_str(),
            template_id: message.template_id,
            sign_name_id: message.sign_name_id,
            params: json(&message.params)?,
            text: &message.text,
            encoding: encoding_word(message.encoding),
            segments: message.segments,
            test: message.test.into(),
            status: message.status.as_str(),
            due_at: message.due_at.as_millis(),
            expires_at: message.expires_at.as_millis(),
            send_at: message.send_at.map(Timestamp::as_millis),
            created_at: message.created_at.as_millis(),
            wait_code: message.cause_code.as_deref(),
            wait_detail: message.cause_detail.as_deref(),
        })
    }
}

/// Stores what is new, after nonces and idempotency keys have had their say.
pub(super) async fn accept(tx: &mut SqliteConnection, group: &[Acceptance], now: Timestamp) -> Result<Vec<Accepted>> {
    let mut verdicts = vec![Accepted::Stored; group.len()];
    claim_nonces(tx, group, &mut verdicts).await?;
    claim_idempotency_keys(tx, group, now, &mut verdicts).await?;
    limit::check(tx, group, now, &mut verdicts).await?;
    give_back(tx, group, &mut verdicts).await?;
    let mut rows = Vec::new();
    for (acceptance, _) in group.iter().zip(&verdicts).filter(|(_, verdict)| **verdict == Accepted::Stored) {
        for message in &acceptance.messages {
            rows.push(NewRow::of(message)?);
        }
    }
    if !rows.is_empty() {
        insert(tx, &rows).await?;
        remember_waits(tx, &rows).await?;
    }
    Ok(verdicts)
}

/// A message that must wait for a reason of ours was never queued: the reason is remembered as its first step.
async fn remember_waits(tx: &mut SqliteConnection, rows: &[NewRow<'_>]) -> Result<()> {
    let waits: Vec<&NewRow<'_>> = rows.iter().filter(|row| row.wait_code.is_some()).collect();
    if waits.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO moves (message_id, epoch, from_status, to_status, moved_at, due_at, actor, cause_code, cause_detail)
         SELECT value ->> 'id', 0, 'queued', value ->> 'status', value ->> 'created_at', value ->> 'due_at', 'gateway',
                value ->> 'wait_code', value ->> 'wait_detail'
         FROM json_each(?)",
    )
    .bind(json(&waits)?)
    .execute(tx)
    .await?;
    Ok(())
}

/// Nonces and keys of what exceeds a limit are as good as new; whoever was refused because of them is to come again.
async fn give_back(tx: &mut SqliteConnection, group: &[Acceptance], verdicts: &mut [Accepted]) -> Result<()> {
    let over: Vec<&Acceptance> = group
        .iter()
        .zip(verdicts.iter())
        .filter(|(_, verdict)| matches!(verdict, Accepted::Exceeded(_)))
        .map(|(acceptance, _)| acceptance)
        .collect();
    if over.is_empty() {
        return Ok(());
    }
    let nonces: Vec<i64> = over.iter().filter_map(|over| over.nonce).map(|nonce| nonce.hash.cast_signed()).collect();
    if !nonces.is_empty() {
        sqlx::query("DELETE FROM nonces WHERE hash IN (SELECT value FROM json_each(?))")
            .bind(json(&nonces)?)
            .execute(&mut *tx)
            .await?;
    }
    let claims = over.iter().filter_map(|over| over.idempotency.as_ref());
    let keys: Vec<(ApplicationId, &str)> = claims.map(|claim| (claim.application_id, claim.key.as_str())).collect();
    if !keys.is_empty() {
        sqlx::query(
            "DELETE FROM idempotency_keys
             WHERE (application_id, key) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
        )
        .bind(json(&keys)?)
        .execute(tx)
        .await?;
    }
    for (acceptance, verdict) in group.iter().zip(verdicts) {
        let key = acceptance.idempotency.as_ref().map(|claim| (claim.application_id, claim.key.as_str()));
        let nonce = acceptance.nonce.map(|nonce| nonce.hash.cast_signed());
        let freed = match verdict {
            Accepted::Replayed { .. } | Accepted::Conflict => key.is_some_and(|key| keys.contains(&key)),
            Accepted::NonceUsed => nonce.is_some_and(|nonce| nonces.contains(&nonce)),
            Accepted::Stored | Accepted::Exceeded(_) => false,
        };
        if freed {
            *verdict = Accepted::Exceeded(Vec::new());
        }
    }
    Ok(())
}

async fn insert(tx: &mut SqliteConnection, rows: &[NewRow<'_>]) -> Result<()> {
    sqlx::query(
        "WITH j AS MATERIALIZED (SELECT value FROM json_each(?))
         INSERT INTO messages
             (id, serial, application_id, batch_id, reference, recipient, country_code, class, template_id, sign_name_id,
              params, text, encoding, segments, test, status, epoch, attempts, maybe_sent,
              due_at, expires_at, send_at, created_at, updated_at, cause_code, cause_detail)
         SELECT value ->> 'id', value ->> 'serial', value ->> 'application_id', value ->> 'batch_id',
                value ->> 'reference', value ->> 'recipient', value ->> 'country_code', value ->> 'class',
                value ->> 'template_id', value ->> 'sign_name_id', value ->> 'params', value ->> 'text',
                value ->> 'encoding', value ->> 'segments', value ->> 'test', value ->> 'status', 0, 0, 0,
                value ->> 'due_at', value ->> 'expires_at', value ->> 'send_at', value ->> 'created_at',
                value ->> 'created_at', value ->> 'wait_code', value ->> 'wait_detail'
         FROM j",
    )
    .bind(json(rows)?)
    .execute(tx)
    .await?;
    Ok(())
}

async fn claim_nonces(tx: &mut SqliteConnection, group: &[Acceptance], verdicts: &mut [Accepted]) -> Result<()> {
    let claims: Vec<(i64, i64)> = group
        .iter()
        .filter_map(|acceptance| acceptance.nonce)
        .map(|nonce| (nonce.hash.cast_signed(), nonce.expires_at.as_millis()))
        .collect();
    if claims.is_empty() {
        return Ok(());
    }
    let won: Vec<i64> = sqlx::query_scalar(
        "INSERT INTO nonces (hash, expires_at)
         SELECT value ->> 0, value ->> 1
         FROM json_each(?)
         WHERE true
         ON CONFLICT (hash) DO NOTHING
         RETURNING hash",
    )
    .bind(json(&claims)?)
    .fetch_all(tx)
    .await?;
    let mut won: HashSet<i64> = won.into_iter().collect();
    for (acceptance, verdict) in group.iter().zip(verdicts) {
        if acceptance.nonce.is_some_and(|nonce| !won.remove(&nonce.hash.cast_signed())) {
            *verdict = Accepted::NonceUsed;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct KeyRow<'a> {
    application_id: ApplicationId,
    key: &'a str,
    body_hash: &'a str,
    answer: &'a str,
    expires_at: i64,
}

/// The first request with a key wins; an expired key is as good as new.
async fn claim_idempotency_keys(
    tx: &mut SqliteConnection,
    group: &[Acceptance],
    now: Timestamp,
    verdicts: &mut [Accepted],
) -> Result<()> {
    let rows: Vec<KeyRow<'_>> = group
        .iter()
        .zip(verdicts.iter())
        .filter(|(_, verdict)| **verdict == Accepted::Stored)
        .filter_map(|(acceptance, _)| acceptance.idempotency.as_ref())
        .map(|claim| KeyRow {
            application_id: claim.application_id,
            key: &claim.key,
            body_hash: &claim.body_hash,
            answer: &claim.answer,
            expires_at: claim.expires_at.as_millis(),
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rows = json(&rows)?;
    let won: Vec<(String, String)> = sqlx::query_as(
        "INSERT INTO idempotency_keys (application_id, key, body_hash, answer, expires_at)
         SELECT value ->> 'application_id', value ->> 'key', value ->> 'body_hash', value ->> 'answer',
                value ->> 'expires_at'
         FROM json_each(?1)
         WHERE true
         ON CONFLICT (application_id, key) DO UPDATE
         SET body_hash = excluded.body_hash, answer = excluded.answer, expires_at = excluded.expires_at
         WHERE idempotency_keys.expires_at <= ?2
         RETURNING application_id, key",
    )
    .bind(&rows)
    .bind(now.as_millis())
    .fetch_all(&mut *tx)
    .await?;
    let mut won: HashSet<(String, String)> = won.into_iter().collect();
    let stored: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT k.application_id, k.key, k.body_hash, k.answer
         FROM json_each(?) j
         JOIN idempotency_keys k ON k.application_id = j.value ->> 'application_id' AND k.key = j.value ->> 'key'",
    )
    .bind(&rows)
    .fetch_all(tx)
    .await?;
    let stored: HashMap<(String, String), (String, String)> =
        stored.into_iter().map(|(application, key, hash, answer)| ((application, key), (hash, answer))).collect();
    for (acceptance, verdict) in group.iter().zip(verdicts) {
        let Some(claim) = acceptance.idempotency.as_ref().filter(|_| *verdict == Accepted::Stored) else { continue };
        let name = (claim.application_id.to_string(), claim.key.clone());
        if won.remove(&name) {
            continue;
        }
        *verdict = match stored.get(&name) {
            Some((hash, answer)) if *hash == claim.body_hash => Accepted::Replayed { answer: answer.clone() },
            _ => Accepted::Conflict,
        };
    }
    Ok(())
}
