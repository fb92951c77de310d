//! Opt-outs on SQLite. They are recorded in the transaction of the text that asks for them.

use super::{SqliteStore, json, revision};
use crate::rows::{OptOutRow, all};
use crate::{BlocklistChange, OptOut, OptOutStore, Result, StoredInbound};
use async_trait::async_trait;
use jixinda_domain::{SignNameId, Timestamp};
use serde::Serialize;
use sqlx::SqliteConnection;

#[derive(Serialize)]
struct WishRow<'a> {
    account_id: String,
    fingerprint: String,
    sender: &'a str,
    number: u64,
    word: &'a str,
    sign_name_id: Option<SignNameId>,
    /// Their words, joined.
    classes: String,
    received_at: i64,
}

/// Records what a group of texts asks for, after the texts themselves; answers what is new.
pub(super) async fn record(tx: &mut SqliteConnection, group: &[StoredInbound]) -> Result<Vec<OptOut>> {
    let wishes: Vec<WishRow<'_>> = group
        .iter()
        .filter_map(|inbound| {
            let wish = inbound.opt_out.as_ref()?;
            Some(WishRow {
                account_id: inbound.account_id.to_string(),
                fingerprint: inbound.fingerprint(),
                sender: &inbound.message.sender,
                number: wish.number,
                word: &wish.word,
                sign_name_id: wish.sign_name_id,
                classes: wish.classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(" "),
                received_at: inbound.received_at.as_millis(),
            })
        })
        .collect();
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    // Whose text was answered is told by the texts, not by the rules for inbound ones: a rule may give all of them to one application.
    let rows = sqlx::query_as::<_, OptOutRow>(
        "WITH j AS MATERIALIZED (SELECT value AS v FROM json_each(?)),
              a AS MATERIALIZED (SELECT j.v,
                                        coalesce((SELECT m.id
                                                  FROM messages m
                                                  WHERE m.recipient = j.v ->> 'sender'
                                                    AND m.account_id = j.v ->> 'account_id'
                                                    AND m.sign_name_id = coalesce(j.v ->> 'sign_name_id', m.sign_name_id)
                                                    AND instr(j.v ->> 'classes', m.class) > 0
                                                  ORDER BY m.id DESC
                                                  LIMIT 1),
                                                 (SELECT m.id
                                                  FROM messages m
                                                  WHERE m.recipient = j.v ->> 'sender'
                                                    AND m.account_id = j.v ->> 'account_id'
                                                    AND m.sign_name_id = coalesce(j.v ->> 'sign_name_id', m.sign_name_id)
                                                  ORDER BY m.id DESC
                                                  LIMIT 1)) AS answered
                                 FROM j)
         INSERT INTO opt_outs (number, application_id, sign_name_id, word, inbound_id, created_at)
         SELECT a.v ->> 'number', coalesce(m.application_id, ''),
                coalesce(a.v ->> 'sign_name_id', m.sign_name_id, ''),
                a.v ->> 'word', i.id, a.v ->> 'received_at'
         FROM a
         JOIN inbound_messages i
           ON i.account_id = a.v ->> 'account_id' AND i.fingerprint = a.v ->> 'fingerprint'
         LEFT JOIN messages m ON m.id = a.answered
         WHERE true
         ON CONFLICT (number, application_id, sign_name_id) DO NOTHING
         RETURNING *",
    );
    let new: Vec<OptOut> = all(rows.bind(json(&wishes)?).fetch_all(&mut *tx).await?)?;
    if let Some(last) = new.iter().map(|opt_out| opt_out.created_at).max() {
        let numbers = BlocklistChange::OptOuts(new.iter().map(|opt_out| opt_out.number).collect());
        revision::note(tx, &numbers, last).await?;
    }
    Ok(new)
}

#[async_trait]
impl OptOutStore for SqliteStore {
    async fn opt_outs(&self, after: u64, limit: u32) -> Result<Vec<OptOut>> {
        let rows = sqlx::query_as::<_, OptOutRow>(
            "SELECT *
             FROM opt_outs
             WHERE number IN (SELECT DISTINCT number FROM opt_outs WHERE number > ? ORDER BY number LIMIT ?)
             ORDER BY number",
        );
        all(rows.bind(after.cast_signed()).bind(limit).fetch_all(&self.readers).await?)
    }

    async fn opt_outs_of(&self, number: u64) -> Result<Vec<OptOut>> {
        let rows = sqlx::query_as::<_, OptOutRow>("SELECT * FROM opt_outs WHERE number = ?");
        all(rows.bind(number.cast_signed()).fetch_all(&self.readers).await?)
    }

    async fn delete_opt_outs(&self, number: u64, now: Timestamp) -> Result<u64> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let done =
            sqlx::query("DELETE FROM opt_outs WHERE number = ?").bind(number.cast_signed()).execute(&mut *tx).await?;
        if done.rows_affected() > 0 {
            revision::note(&mut tx, &BlocklistChange::OptOuts(vec![number]), now).await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}
