//! Messages on SQLite: accepting a group of them in a few statements, and the reads that queues and people need.

use super::{SqliteStore, json, rows_as_json, webhook};
use crate::rows::{AttemptRow, CallNameRow, MessageRow, OpenCallRow, QueueRow, TriesRow, all, encoding_word};
use crate::{
    Acceptance, Accepted, CallName, MessageFilter, MessageStore, OpenCall, QueueItem, Result, StoreError,
    StoredAttempt, Transition, Tries,
};
use async_trait::async_trait;
use jixinda_domain::{ApplicationId, CallId, Message, MessageClass, MessageId, MessageStatus, NodeId, Timestamp};
use serde::Serialize;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
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
        })
    }
}

/// Stores what is new, after nonces and idempotency keys have had their say.
pub(super) async fn accept(tx: &mut SqliteConnection, group: &[Acceptance], now: Timestamp) -> Result<Vec<Accepted>> {
    let mut verdicts = vec![Accepted::Stored; group.len()];
    claim_nonces(tx, group, &mut verdicts).await?;
    claim_idempotency_keys(tx, group, now, &mut verdicts).await?;
    let mut rows = Vec::new();
    for (acceptance, _) in group.iter().zip(&verdicts).filter(|(_, verdict)| **verdict == Accepted::Stored) {
        for message in &acceptance.messages {
            rows.push(NewRow::of(message)?);
        }
    }
    if !rows.is_empty() {
        insert(tx, &rows).await?;
    }
    Ok(verdicts)
}

async fn insert(tx: &mut SqliteConnection, rows: &[NewRow<'_>]) -> Result<()> {
    sqlx::query(
        "WITH j AS MATERIALIZED (SELECT value FROM json_each(?))
         INSERT INTO messages
             (id, serial, application_id, batch_id, reference, recipient, country_code, class, template_id, sign_name_id,
              params, text, encoding, segments, test, status, epoch, attempts, maybe_sent,
              due_at, expires_at, send_at, created_at, updated_at)
         SELECT value ->> 'id', value ->> 'serial', value ->> 'application_id', value ->> 'batch_id',
                value ->> 'reference', value ->> 'recipient', value ->> 'country_code', value ->> 'class',
                value ->> 'template_id', value ->> 'sign_name_id', value ->> 'params', value ->> 'text',
                value ->> 'encoding', value ->> 'segments', value ->> 'test', value ->> 'status', 0, 0, 0,
                value ->> 'due_at', value ->> 'expires_at', value ->> 'send_at', value ->> 'created_at',
                value ->> 'created_at'
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

#[derive(Serialize)]
struct TransitionRow<'a> {
    id: MessageId,
    from: &'static str,
    epoch: u32,
    to: &'static str,
    due_at: i64,
    cause_code: Option<&'a str>,
    cause_detail: Option<&'a str>,
    now: i64,
}

/// Compare-and-set on (status, epoch), for a whole group.
pub(super) async fn transition(tx: &mut SqliteConnection, group: &[Transition]) -> Result<Vec<bool>> {
    let rows: Vec<TransitionRow<'_>> = group
        .iter()
        .map(|transition| TransitionRow {
            id: transition.message_id,
            from: transition.from.as_str(),
            epoch: transition.epoch,
            to: transition.to.as_str(),
            due_at: transition.due_at.as_millis(),
            cause_code: transition.cause.as_ref().map(|cause| cause.code.as_str()),
            cause_detail: transition.cause.as_ref().map(|cause| cause.detail.as_str()),
            now: transition.now.as_millis(),
        })
        .collect();
    let moved: Vec<String> = sqlx::query_scalar(
        "UPDATE messages
         SET status = j.value ->> 'to', epoch = messages.epoch + 1, due_at = j.value ->> 'due_at',
             cause_code = coalesce(j.value ->> 'cause_code', cause_code),
             cause_detail = coalesce(j.value ->> 'cause_detail', cause_detail),
             updated_at = j.value ->> 'now'
         FROM json_each(?) j
         WHERE messages.id = j.value ->> 'id'
           AND messages.status = j.value ->> 'from'
           AND messages.epoch = j.value ->> 'epoch'
         RETURNING messages.id",
    )
    .bind(json(&rows)?)
    .fetch_all(&mut *tx)
    .await?;
    webhook::note_moves(tx, moved.iter()).await?;
    let mut moved: HashSet<String> = moved.into_iter().collect();
    Ok(group.iter().map(|transition| moved.remove(&transition.message_id.to_string())).collect())
}

pub(super) async fn release_scheduled(tx: &mut SqliteConnection, now: Timestamp, limit: u32) -> Result<Vec<QueueItem>> {
    let rows = sqlx::query_as::<_, QueueRow>(
        "UPDATE messages
         SET status = 'queued', updated_at = ?1
         WHERE id IN (SELECT id
                      FROM messages
                      WHERE status = 'scheduled' AND due_at <= ?1
                      ORDER BY due_at, id
                      LIMIT ?2)
         RETURNING id, application_id, class, due_at",
    )
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(tx)
    .await?;
    all(rows)
}

#[async_trait]
impl MessageStore for SqliteStore {
    async fn message(&self, id: MessageId) -> Result<Option<Message>> {
        let row = sqlx::query_as::<_, MessageRow>("SELECT * FROM messages WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.map(Message::try_from).transpose()
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>> {
        let rows =
            sqlx::query_as::<_, MessageRow>("SELECT m.* FROM json_each(?) j CROSS JOIN messages m ON m.id = j.value")
                .bind(json(ids)?)
                .fetch_all(&self.readers)
                .await?;
        all(rows)
    }

    async fn list_messages(&self, filter: &MessageFilter, limit: u32) -> Result<Vec<Message>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM messages WHERE true");
        if let Some(application) = filter.application_id {
            query.push(" AND application_id = ").push_bind(application.to_string());
        }
        if let Some(reference) = &filter.reference {
            query.push(" AND reference = ").push_bind(reference.clone());
        }
        if let Some(batch) = filter.batch_id {
            query.push(" AND batch_id = ").push_bind(batch.to_string());
        }
        if let Some(recipient) = &filter.recipient {
            query.push(" AND recipient = ").push_bind(recipient.clone());
        }
        if let Some(status) = filter.status {
            query.push(" AND status = ").push_bind(status.as_str());
        }
        // Ids sort by age, so a time is a range of ids.
        if let Some(from) = filter.from {
            query.push(" AND id >= ").push_bind(MessageId::new(from, 0).to_string());
        }
        if let Some(until) = filter.until {
            query.push(" AND id < ").push_bind(MessageId::new(until, 0).to_string());
        }
        if let Some(before) = filter.before {
            query.push(" AND id < ").push_bind(before.to_string());
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
        all(query.build_query_as::<MessageRow>().fetch_all(&self.readers).await?)
    }

    async fn attempts(&self, id: MessageId) -> Result<Vec<StoredAttempt>> {
        let rows = sqlx::query_as::<_, AttemptRow>(
            "SELECT no, call_id, channel_id, outcome, reason, scope, cause_code, cause_detail, upstream_id, explanation,
                    started_at, duration_ms
             FROM attempts
             WHERE message_id = ?
             ORDER BY no",
        )
        .bind(id.to_string())
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(StoredAttempt::from).collect())
    }

    async fn queued(
        &self,
        class: MessageClass,
        application: ApplicationId,
        after: Option<(Timestamp, MessageId)>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueueItem>> {
        let (after_due, after_id) =
            after.map_or((i64::MIN, String::new()), |(due, id)| (due.as_millis(), id.to_string()));
        // A range of the index messages_queued, which covers the statement.
        let gathered = sqlx::query_scalar(
            "SELECT json_group_array(json_array(id, application_id, class, due_at))
             FROM (SELECT id, application_id, class, due_at
                   FROM messages
                   WHERE status = 'queued' AND class = ? AND application_id = ?
                     AND due_at <= ? AND (due_at, id) > (?, ?)
                   ORDER BY due_at, id
                   LIMIT ?)",
        )
        .bind(class.as_str())
        .bind(application.to_string())
        .bind(now.as_millis())
        .bind(after_due)
        .bind(after_id)
        .bind(limit)
        .fetch_one(&self.readers)
        .await?;
        all(rows_as_json::<QueueRow>(gathered)?)
    }

    async fn uncertain_due(&self, now: Timestamp, limit: u32) -> Result<Vec<Message>> {
        let rows = sqlx::query_as::<_, MessageRow>(
            "SELECT * FROM messages WHERE status = 'uncertain' AND due_at <= ? ORDER BY due_at, id LIMIT ?",
        )
        .bind(now.as_millis())
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn tries(&self, ids: &[MessageId]) -> Result<Vec<Tries>> {
        let rows = sqlx::query_as::<_, TriesRow>(
            "SELECT a.message_id, a.channel_id, a.outcome, a.scope, a.cause_code, a.cause_detail
             FROM json_each(?) j
             CROSS JOIN attempts a ON a.message_id = j.value
             ORDER BY a.message_id, a.no",
        )
        .bind(json(ids)?)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn call_names(&self, ids: &[CallId]) -> Result<Vec<CallName>> {
        let rows = sqlx::query_as::<_, CallNameRow>(
            "SELECT c.id, c.serial, c.started_at
             FROM json_each(?) j
             CROSS JOIN calls c ON c.id = j.value",
        )
        .bind(json(ids)?)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn open_calls(&self, except_node: NodeId, limit: u32) -> Result<Vec<OpenCall>> {
        let rows = sqlx::query_as::<_, OpenCallRow>(
            "SELECT id, channel_id, account_id, messages, started_at
             FROM calls
             WHERE finished_at IS NULL AND node_id <> ?
             ORDER BY id
             LIMIT ?",
        )
        .bind(except_node.to_string())
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        all(rows)
    }

    async fn count_by_status(&self) -> Result<Vec<(MessageStatus, u64)>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT status, count(*) FROM messages GROUP BY status").fetch_all(&self.readers).await?;
        rows.into_iter()
            .map(|(word, count)| {
                let status =
                    word.parse().map_err(|_| StoreError::Corrupt { table: "messages", column: "status", id: word })?;
                Ok((status, u64::try_from(count).unwrap_or(0)))
            })
            .collect()
    }

    async fn remembered_answer(
        &self,
        application: ApplicationId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<(String, String)>> {
        let remembered = sqlx::query_as(
            "SELECT body_hash, answer FROM idempotency_keys WHERE application_id = ? AND key = ? AND expires_at > ?",
        )
        .bind(application.to_string())
        .bind(key)
        .bind(now.as_millis())
        .fetch_optional(&self.readers)
        .await?;
        Ok(remembered)
    }

    async fn nonces(&self, now: Timestamp) -> Result<Vec<u64>> {
        let rows: Vec<i64> = sqlx::query_scalar("SELECT hash FROM nonces WHERE expires_at > ?")
            .bind(now.as_millis())
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.into_iter().map(i64::cast_unsigned).collect())
    }

    async fn forget_expired(&self, now: Timestamp, limit: u32) -> Result<()> {
        sqlx::query("DELETE FROM nonces WHERE hash IN (SELECT hash FROM nonces WHERE expires_at <= ? LIMIT ?)")
            .bind(now.as_millis())
            .bind(limit)
            .execute(&self.writer)
            .await?;
        sqlx::query(
            "DELETE FROM idempotency_keys
             WHERE (application_id, key) IN (SELECT application_id, key
                                             FROM idempotency_keys
                                             WHERE expires_at <= ?
                                             LIMIT ?)",
        )
        .bind(now.as_millis())
        .bind(limit)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
