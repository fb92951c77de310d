//! Limits on SQLite: counts what the windows hold already; what is too much is judged in [`window`](crate::window).
//!
//! The messages themselves are the count: a window is a range of an index, so there is nothing to keep in step. One statement reads all
//! windows of a group, each once.

use super::{json, rows_as_json};
use crate::window::{self, Held, QuotaKey, Window};
use crate::{Acceptance, Accepted, Result};
use jixinda_domain::{ApplicationId, Timestamp};
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// Turns the verdict of acceptances that exceed a limit; nothing of those is stored.
pub(super) async fn check(
    tx: &mut SqliteConnection,
    group: &[Acceptance],
    now: Timestamp,
    verdicts: &mut [Accepted],
) -> Result<()> {
    if !window::is_limited(group) {
        return Ok(());
    }
    let held = count(tx, window::windows(group, verdicts, now)).await?;
    let used = used_quotas(tx, group).await?;
    window::judge(group, verdicts, now, held, used);
    save_quotas(tx, group, verdicts).await
}

async fn count<'a>(tx: &mut SqliteConnection, windows: Vec<Window<'a>>) -> Result<HashMap<Window<'a>, Held>> {
    if windows.is_empty() {
        return Ok(HashMap::new());
    }
    // Each half is a range of an index. What was called back before it was sent does not count.
    let gathered = sqlx::query_scalar(
        "WITH j AS MATERIALIZED (SELECT key AS at, value AS v FROM json_each(?))
         SELECT json_group_array(json_array(at, many, oldest))
         FROM (SELECT j.at AS at, count(*) AS many, min(m.created_at) AS oldest
               FROM j
               CROSS JOIN messages m ON m.recipient = j.v ->> 'recipient' AND m.id >= j.v ->> 'since'
               WHERE m.test = j.v ->> 'test'
                 AND m.status <> 'cancelled'
                 AND (j.v ->> 'template' IS NULL OR m.template_id = j.v ->> 'template')
                 AND (j.v ->> 'classes' = '' OR instr(j.v ->> 'classes', m.class) > 0)
               GROUP BY j.at
               UNION ALL
               SELECT j.at, count(*), min(m.created_at)
               FROM j
               CROSS JOIN messages m ON m.application_id = j.v ->> 'application' AND m.id >= j.v ->> 'since'
               WHERE m.test = j.v ->> 'test'
                 AND m.status <> 'cancelled'
                 AND (j.v ->> 'classes' = '' OR instr(j.v ->> 'classes', m.class) > 0)
               GROUP BY j.at)",
    );
    let rows: Vec<(usize, u64, i64)> = rows_as_json(gathered.bind(json(&windows)?).fetch_one(tx).await?)?;
    let counted: HashMap<usize, Held> = rows
        .into_iter()
        .map(|(at, count, oldest)| (at, Held { count, oldest: Timestamp::from_millis(oldest) }))
        .collect();
    let held = windows.into_iter().enumerate();
    Ok(held.filter_map(|(place, window)| Some((window, *counted.get(&place)?))).collect())
}

async fn used_quotas(tx: &mut SqliteConnection, group: &[Acceptance]) -> Result<HashMap<QuotaKey, u64>> {
    let keys = window::quotas(group);
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let gathered = sqlx::query_scalar(
        "SELECT json_group_array(json_array(q.application_id, q.day, q.used))
         FROM json_each(?) j
         CROSS JOIN quota_days q ON q.application_id = j.value ->> 0 AND q.day = j.value ->> 1",
    );
    let rows: Vec<(ApplicationId, String, u64)> = rows_as_json(gathered.bind(json(&keys)?).fetch_one(tx).await?)?;
    Ok(rows.into_iter().map(|(application, day, used)| ((application, day), used)).collect())
}

async fn save_quotas(tx: &mut SqliteConnection, group: &[Acceptance], verdicts: &[Accepted]) -> Result<()> {
    let added = window::added(group, verdicts);
    if added.is_empty() {
        return Ok(());
    }
    let rows: Vec<(ApplicationId, String, usize)> =
        added.into_iter().map(|((application, day), count)| (application, day, count)).collect();
    sqlx::query(
        "INSERT INTO quota_days (application_id, day, used)
         SELECT value ->> 0, value ->> 1, value ->> 2
         FROM json_each(?)
         WHERE true
         ON CONFLICT (application_id, day) DO UPDATE SET used = quota_days.used + excluded.used",
    )
    .bind(json(&rows)?)
    .execute(tx)
    .await?;
    Ok(())
}
