//! Accepting messages on MySQL: a group of requests in a few statements, after nonces and idempotency keys have had their say.
//!
//! Other nodes accept at the same time. A key that two of them bring has one row, and whoever comes second waits for the first.

use super::batch::{self, Value, id};
use super::{json, limit};
use crate::rows::encoding_word;
use crate::{Acceptance, Accepted, IdempotencyClaim, Result, StoreError};
use jixinda_domain::{Message, Timestamp};
use sqlx::MySqlConnection;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Stores what is new, after nonces and idempotency keys have had their say.
pub(super) async fn accept(tx: &mut MySqlConnection, group: &[Acceptance], now: Timestamp) -> Result<Vec<Accepted>> {
    let mut verdicts = vec![Accepted::Stored; group.len()];
    claim_nonces(tx, group, &mut verdicts).await?;
    claim_idempotency_keys(tx, group, now, &mut verdicts).await?;
    limit::check(tx, group, now, &mut verdicts).await?;
    give_back(tx, group, &mut verdicts).await?;
    let stored = group.iter().zip(&verdicts).filter(|(_, verdict)| **verdict == Accepted::Stored);
    let mut messages: Vec<&Message> =
        stored.flat_map(|(acceptance, _)| acceptance.messages.iter().map(AsRef::as_ref)).collect();
    messages.sort_unstable_by_key(|message| message.id);
    insert(tx, &messages).await?;
    remember_waits(tx, &messages).await?;
    Ok(verdicts)
}

/// A message that must wait for a reason of ours was never queued: the reason is remembered as its first step.
async fn remember_waits(tx: &mut MySqlConnection, messages: &[&Message]) -> Result<()> {
    let waits = messages.iter().filter(|message| message.cause_code.is_some());
    let rows: Vec<[Value<'_>; 9]> = waits
        .map(|message| {
            [
                id(message.id),
                0_u32.into(),
                "queued".into(),
                message.status.as_str().into(),
                message.created_at.as_millis().into(),
                message.due_at.as_millis().into(),
                "gateway".into(),
                message.cause_code.as_deref().into(),
                message.cause_detail.as_deref().into(),
            ]
        })
        .collect();
    super::transition::insert_moves(tx, &rows).await
}

/// Nonces and keys of what exceeds a limit are as good as new; whoever was refused because of them is to come again.
async fn give_back(tx: &mut MySqlConnection, group: &[Acceptance], verdicts: &mut [Accepted]) -> Result<()> {
    let over = group.iter().zip(verdicts.iter()).filter(|(_, verdict)| matches!(verdict, Accepted::Exceeded(_)));
    let over: Vec<&Acceptance> = over.map(|(acceptance, _)| acceptance).collect();
    let nonces: HashSet<u64> = over.iter().filter_map(|over| over.nonce).map(|nonce| nonce.hash).collect();
    let keys: HashSet<Key> = over.iter().filter_map(|over| over.idempotency.as_ref()).map(key).collect();
    if nonces.is_empty() && keys.is_empty() {
        return Ok(());
    }
    let rows: Vec<[Value<'_>; 1]> = nonces.iter().map(|hash| [(*hash).into()]).collect();
    batch::execute(tx, &rows, &[], |shape| format!("DELETE FROM nonces WHERE hash IN ({})", shape.list())).await?;
    for (application, key) in &keys {
        sqlx::query("DELETE FROM idempotency_keys WHERE application_id = ? AND `key` = ?")
            .bind(application)
            .bind(key)
            .execute(&mut *tx)
            .await?;
    }
    for (acceptance, verdict) in group.iter().zip(verdicts) {
        let freed = match verdict {
            Accepted::Replayed { .. } | Accepted::Conflict => {
                acceptance.idempotency.as_ref().is_some_and(|claim| keys.contains(&key(claim)))
            }
            Accepted::NonceUsed => acceptance.nonce.is_some_and(|nonce| nonces.contains(&nonce.hash)),
            Accepted::Stored | Accepted::Exceeded(_) => false,
        };
        if freed {
            *verdict = Accepted::Exceeded(Vec::new());
        }
    }
    Ok(())
}

async fn insert(tx: &mut MySqlConnection, messages: &[&Message]) -> Result<()> {
    let mut rows: Vec<[Value<'_>; 22]> = Vec::with_capacity(messages.len());
    for message in messages {
        rows.push([
            id(message.id),
            message.serial.into(),
            id(message.application_id),
            message.batch_id.map(|id| id.to_string()).into(),
            message.reference.as_deref().into(),
            message.recipient.e164().into(),
            message.recipient.country_code().into(),
            message.class.as_str().into(),
            id(message.template_id),
            id(message.sign_name_id),
            json(&message.params)?.into(),
            message.text.as_str().into(),
            encoding_word(message.encoding).into(),
            message.segments.into(),
            message.test.into(),
            message.status.as_str().into(),
            message.due_at.as_millis().into(),
            message.expires_at.as_millis().into(),
            message.send_at.map(Timestamp::as_millis).into(),
            message.created_at.as_millis().into(),
            message.cause_code.as_deref().into(),
            message.cause_detail.as_deref().into(),
        ]);
    }
    batch::execute(tx, &rows, &[], |shape| {
        // Epoch, attempts and maybe_sent begin at nothing; it was changed last when it was made.
        let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, created_at)";
        format!(
            "INSERT INTO messages
                 (id, serial, application_id, batch_id, reference, recipient, country_code, class, template_id,
                  sign_name_id, params, text, encoding, segments, test, status, due_at, expires_at, send_at, created_at,
                  cause_code, cause_detail, epoch, attempts, maybe_sent, updated_at)
             VALUES {}",
            vec![row; shape.rows()].join(", ")
        )
    })
    .await?;
    Ok(())
}

/// What other nodes took at the same moment is only seen by the next try.
fn contended() -> StoreError {
    StoreError::Interrupted("another node took the same key at the same time".to_owned())
}

/// The first request with a nonce has it.
async fn claim_nonces(tx: &mut MySqlConnection, group: &[Acceptance], verdicts: &mut [Accepted]) -> Result<()> {
    let mut claims: BTreeMap<i64, i64> = BTreeMap::new();
    for nonce in group.iter().filter_map(|acceptance| acceptance.nonce) {
        claims.entry(nonce.hash.cast_signed()).or_insert(nonce.expires_at.as_millis());
    }
    if claims.is_empty() {
        return Ok(());
    }
    let keys: Vec<[Value<'_>; 1]> = claims.keys().map(|hash| [(*hash).into()]).collect();
    let used: Vec<(i64,)> =
        batch::fetch(tx, &keys, &[], |shape| format!("SELECT hash FROM nonces WHERE hash IN ({})", shape.list()))
            .await?;
    for (hash,) in used {
        claims.remove(&hash);
    }
    let rows: Vec<[Value<'_>; 2]> = claims.iter().map(|(hash, until)| [(*hash).into(), (*until).into()]).collect();
    let won = batch::execute(tx, &rows, &[], |shape| {
        format!("INSERT IGNORE INTO nonces (hash, expires_at) VALUES {}", shape.values())
    })
    .await?;
    if won != rows.len() as u64 {
        return Err(contended());
    }
    for (acceptance, verdict) in group.iter().zip(verdicts) {
        if acceptance.nonce.is_some_and(|nonce| claims.remove(&nonce.hash.cast_signed()).is_none()) {
            *verdict = Accepted::NonceUsed;
        }
    }
    Ok(())
}

type Key = (String, String);

fn key(claim: &IdempotencyClaim) -> Key {
    (claim.application_id.to_string(), claim.key.clone())
}

/// The first request with a key wins; an expired key is as good as new.
async fn claim_idempotency_keys(
    tx: &mut MySqlConnection,
    group: &[Acceptance],
    now: Timestamp,
    verdicts: &mut [Accepted],
) -> Result<()> {
    let mut claims: BTreeMap<Key, &IdempotencyClaim> = BTreeMap::new();
    for (acceptance, _) in group.iter().zip(verdicts.iter()).filter(|(_, verdict)| **verdict == Accepted::Stored) {
        if let Some(claim) = &acceptance.idempotency {
            claims.entry(key(claim)).or_insert(claim);
        }
    }
    if claims.is_empty() {
        return Ok(());
    }
    let mut remembered = remembered(tx, &claims).await?;
    let is_new = |key: &Key| remembered.get(key).is_none_or(|(.., expires_at)| *expires_at <= now.as_millis());
    let new: Vec<(&Key, &IdempotencyClaim)> =
        claims.iter().filter(|(key, _)| is_new(key)).map(|(key, claim)| (key, *claim)).collect();
    let expired: Vec<[Value<'_>; 2]> = new
        .iter()
        .filter(|(key, _)| remembered.contains_key(*key))
        .map(|((application, key), _)| [application.as_str().into(), key.as_str().into()])
        .collect();
    batch::execute(tx, &expired, &[now.as_millis().into()], |shape| {
        format!(
            "DELETE k
             FROM {} STRAIGHT_JOIN idempotency_keys k ON k.application_id = j.application AND k.`key` = j.name
             WHERE k.expires_at <= ?",
            shape.table(&["application", "name"])
        )
    })
    .await?;
    let rows: Vec<[Value<'_>; 5]> = new
        .iter()
        .map(|((application, key), claim)| {
            [
                application.as_str().into(),
                key.as_str().into(),
                claim.body_hash.as_str().into(),
                claim.answer.as_str().into(),
                claim.expires_at.as_millis().into(),
            ]
        })
        .collect();
    let won = batch::execute(tx, &rows, &[], |shape| {
        format!(
            "INSERT IGNORE INTO idempotency_keys (application_id, `key`, body_hash, answer, expires_at) VALUES {}",
            shape.values()
        )
    })
    .await?;
    if won != rows.len() as u64 {
        return Err(contended());
    }
    let mut won: HashSet<Key> = HashSet::new();
    for (key, claim) in new {
        won.insert(key.clone());
        remembered.insert(key.clone(), (claim.body_hash.clone(), claim.answer.clone(), claim.expires_at.as_millis()));
    }
    for (acceptance, verdict) in group.iter().zip(verdicts) {
        let Some(claim) = acceptance.idempotency.as_ref().filter(|_| *verdict == Accepted::Stored) else { continue };
        let key = key(claim);
        if won.remove(&key) {
            continue;
        }
        *verdict = match remembered.get(&key) {
            Some((hash, answer, _)) if *hash == claim.body_hash => Accepted::Replayed { answer: answer.clone() },
            _ => Accepted::Conflict,
        };
    }
    Ok(())
}

/// For each key that is known: the hash of its body, its answer, and when it is forgotten.
async fn remembered(
    tx: &mut MySqlConnection,
    claims: &BTreeMap<Key, &IdempotencyClaim>,
) -> Result<HashMap<Key, (String, String, i64)>> {
    let keys: Vec<[Value<'_>; 2]> =
        claims.keys().map(|(application, key)| [application.as_str().into(), key.as_str().into()]).collect();
    let rows: Vec<(String, String, String, String, i64)> = batch::fetch(tx, &keys, &[], |shape| {
        format!(
            "SELECT k.application_id, k.`key`, k.body_hash, k.answer, k.expires_at
             FROM {} STRAIGHT_JOIN idempotency_keys k ON k.application_id = j.application AND k.`key` = j.name",
            shape.table(&["application", "name"])
        )
    })
    .await?;
    Ok(rows.into_iter().map(|(app, key, hash, answer, until)| ((app, key), (hash, answer, until))).collect())
}
