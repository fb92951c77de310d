//! Opt-outs on MySQL. They are recorded in the transaction of the text that asks for them.

use super::{MysqlStore, digest, revision};
use crate::rows::{OptOutRow, all};
use crate::{BlocklistChange, OptOut, OptOutStore, OptOutWish, Result, StoredInbound};
use async_trait::async_trait;
use jixinda_domain::Timestamp;
use sqlx::MySqlConnection;

/// Records what a group of texts asks for, after the texts themselves; answers what is new. Rare: text by text.
pub(super) async fn record(tx: &mut MySqlConnection, group: &[StoredInbound]) -> Result<Vec<OptOut>> {
    let mut new = Vec::new();
    for inbound in group {
        let Some(wish) = &inbound.opt_out else { continue };
        let recorded: Option<String> =
            sqlx::query_scalar("SELECT id FROM inbound_messages WHERE account_id = ? AND fingerprint = ?")
                .bind(inbound.account_id.to_string())
                .bind(digest(&inbound.fingerprint()))
                .fetch_optional(&mut *tx)
                .await?;
        let Some(inbound_id) = recorded else { continue };
        // Whose text was answered is told by the texts, not by the rules for inbound ones: a rule may give all of them to one
        // application.
        let (application, sign_name) = answered(tx, inbound, wish).await?;
        let sign_name = wish.sign_name_id.map(|id| id.to_string()).or(sign_name).unwrap_or_default();
        let row = OptOutRow {
            number: wish.number.cast_signed(),
            application_id: application.unwrap_or_default(),
            sign_name_id: sign_name,
            word: wish.word.clone(),
            inbound_id,
            created_at: inbound.received_at.as_millis(),
        };
        let done = sqlx::query(
            "INSERT IGNORE INTO opt_outs (number, application_id, sign_name_id, word, inbound_id, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(row.number)
        .bind(&row.application_id)
        .bind(&row.sign_name_id)
        .bind(&row.word)
        .bind(&row.inbound_id)
        .bind(row.created_at)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() > 0 {
            new.push(OptOut::try_from(row)?);
        }
    }
    if let Some(last) = new.iter().map(|opt_out| opt_out.created_at).max() {
        let numbers = BlocklistChange::OptOuts(new.iter().map(|opt_out| opt_out.number).collect());
        revision::note(tx, &numbers, last).await?;
    }
    Ok(new)
}

/// Application and sign name of the text that was answered: the last of the classes that an opt-out concerns, or else the last of any.
async fn answered(
    tx: &mut MySqlConnection,
    inbound: &StoredInbound,
    wish: &OptOutWish,
) -> Result<(Option<String>, Option<String>)> {
    let classes: Vec<&str> = wish.classes.iter().map(|class| class.as_str()).collect();
    let found: Option<(String, String)> = sqlx::query_as(
        "SELECT application_id, sign_name_id
         FROM messages
         WHERE recipient = ? AND account_id = ? AND sign_name_id = COALESCE(?, sign_name_id)
         ORDER BY INSTR(?, class) > 0 DESC, id DESC
         LIMIT 1",
    )
    .bind(&inbound.message.sender)
    .bind(inbound.account_id.to_string())
    .bind(wish.sign_name_id.map(|id| id.to_string()))
    .bind(classes.join(" "))
    .fetch_optional(tx)
    .await?;
    Ok(found.map_or((None, None), |(application, sign_name)| (Some(application), Some(sign_name))))
}

#[async_trait]
impl OptOutStore for MysqlStore {
    async fn opt_outs(&self, after: u64, limit: u32) -> Result<Vec<OptOut>> {
        let rows = sqlx::query_as::<_, OptOutRow>(
            "SELECT *
             FROM opt_outs
             WHERE number IN (SELECT number
                              FROM (SELECT DISTINCT number FROM opt_outs WHERE number > ? ORDER BY number LIMIT ?) page)
             ORDER BY number",
        );
        all(rows.bind(after.cast_signed()).bind(limit).fetch_all(&self.readers).await?)
    }

    async fn opt_outs_of(&self, number: u64) -> Result<Vec<OptOut>> {
        let rows = sqlx::query_as::<_, OptOutRow>("SELECT * FROM opt_outs WHERE number = ?");
        all(rows.bind(number.cast_signed()).fetch_all(&self.readers).await?)
    }

    async fn delete_opt_outs(&self, number: u64, now: Timestamp) -> Result<u64> {
        let mut tx = self.writer.begin().await?;
        let done =
            sqlx::query("DELETE FROM opt_outs WHERE number = ?").bind(number.cast_signed()).execute(&mut *tx).await?;
        if done.rows_affected() > 0 {
            revision::note(&mut tx, &BlocklistChange::OptOuts(vec![number]), now).await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}
