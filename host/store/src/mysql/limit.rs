//! Limits on MySQL: counts what the windows hold already; what is too much is judged in [`window`](crate::window).
//!
//! The messages themselves are the count: a window is a range of an index, so there is nothing to keep in step. Nodes that accept for the
//! same number or application take turns by a row of `limit_locks`, held until the commit: what one stored, the next one counts.

use super::batch::{self, Value, id};
use crate::window::{self, Held, QuotaKey, Window};
use crate::{Acceptance, Accepted, Result};
use jixinda_domain::{ApplicationId, Timestamp};
use sqlx::MySqlConnection;
use std::collections::{BTreeSet, HashMap};

/// Turns the verdict of acceptances that exceed a limit; nothing of those is stored.
pub(super) async fn check(
    tx: &mut MySqlConnection,
    group: &[Acceptance],
    now: Timestamp,
    verdicts: &mut [Accepted],
) -> Result<()> {
    if !window::is_limited(group) {
        return Ok(());
    }
    let windows = window::windows(group, verdicts, now);
    lock(tx, &windows, now).await?;
    let held = count(tx, windows).await?;
    let used = used_quotas(tx, group).await?;
    window::judge(group, verdicts, now, held, used);
    save_quotas(tx, group, verdicts).await
}

async fn count<'a>(tx: &mut MySqlConnection, windows: Vec<Window<'a>>) -> Result<HashMap<Window<'a>, Held>> {
    // Each half is a range of an index. What was called back before it was sent does not count.
    let mut counted: HashMap<usize, Held> = HashMap::new();
    for (column, index_column) in [("recipient", "recipient"), ("application", "application_id")] {
        let rows: Vec<[Value<'_>; 6]> = windows
            .iter()
            .enumerate()
            .filter_map(|(place, window)| {
                let subject: Value<'_> = match (column, window.recipient, window.application) {
                    ("recipient", Some(recipient), _) => recipient.into(),
                    ("application", _, Some(application)) => id(application),
                    _ => return None,
                };
                Some([
                    i64::try_from(place).unwrap_or(i64::MAX).into(),
                    subject,
                    window.template.map_or_else(String::new, |template| template.to_string()).into(),
                    window.classes.as_str().into(),
                    window.test.into(),
                    id(window.since),
                ])
            })
            .collect();
        let found: Vec<(i64, i64, i64)> = batch::fetch(tx, &rows, &[], |shape| {
            format!(
                "SELECT j.at, COUNT(*), MIN(m.created_at)
                 FROM {} STRAIGHT_JOIN messages m ON m.{index_column} = j.subject AND m.id >= j.since
                 WHERE m.test = j.test
                   AND m.status <> 'cancelled'
                   AND (j.template = '' OR m.template_id = j.template)
                   AND (j.classes = '' OR INSTR(j.classes, m.class) > 0)
                 GROUP BY j.at",
                shape.table(&["at", "subject", "template", "classes", "test", "since"])
            )
        })
        .await?;
        for (place, count, oldest) in found {
            let held = Held { count: count.cast_unsigned(), oldest: Timestamp::from_millis(oldest) };
            counted.insert(usize::try_from(place).unwrap_or(usize::MAX), held);
        }
    }
    let held = windows.into_iter().enumerate();
    Ok(held.filter_map(|(place, window)| Some((window, *counted.get(&place)?))).collect())
}

/// Waits until no other transaction accepts for the same numbers and applications, as far as rules count them.
async fn lock(tx: &mut MySqlConnection, windows: &[Window<'_>], now: Timestamp) -> Result<()> {
    let subjects: BTreeSet<String> = windows.iter().filter_map(Window::subject).collect();
    let rows: Vec<[Value<'_>; 2]> =
        subjects.iter().map(|subject| [subject.as_str().into(), now.as_millis().into()]).collect();
    batch::execute(tx, &rows, &[], |shape| {
        format!(
            "INSERT INTO limit_locks (subject, used_at) VALUES {} ON DUPLICATE KEY UPDATE used_at = VALUES(used_at)",
            shape.values()
        )
    })
    .await?;
    Ok(())
}

async fn used_quotas(tx: &mut MySqlConnection, group: &[Acceptance]) -> Result<HashMap<QuotaKey, u64>> {
    let keys = window::quotas(group);
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    // Held until the commit: another node that wants of the same quota waits, and sees what is left.
    let rows: Vec<[Value<'_>; 2]> =
        keys.iter().map(|(application, day)| [id(application), day.as_str().into()]).collect();
    batch::execute(tx, &rows, &[], |shape| {
        let row = "(?, ?, 0)";
        format!(
            "INSERT INTO quota_days (application_id, day, used) VALUES {} ON DUPLICATE KEY UPDATE used = used",
            vec![row; shape.rows()].join(", ")
        )
    })
    .await?;
    let found: Vec<(String, String, i64)> = batch::fetch(tx, &rows, &[], |shape| {
        format!(
            "SELECT q.application_id, q.day, q.used
             FROM {} STRAIGHT_JOIN quota_days q ON q.application_id = j.application AND q.day = j.day",
            shape.table(&["application", "day"])
        )
    })
    .await?;
    let names: HashMap<String, ApplicationId> = keys.iter().map(|(id, _)| (id.to_string(), *id)).collect();
    let used = found
        .into_iter()
        .filter_map(|(application, day, used)| Some(((*names.get(&application)?, day), used.cast_unsigned())));
    Ok(used.collect())
}

async fn save_quotas(tx: &mut MySqlConnection, group: &[Acceptance], verdicts: &[Accepted]) -> Result<()> {
    let added = window::added(group, verdicts);
    let rows: Vec<[Value<'_>; 3]> = added
        .iter()
        .map(|((application, day), count)| {
            [id(application), day.as_str().into(), i64::try_from(*count).unwrap_or(i64::MAX).into()]
        })
        .collect();
    batch::execute(tx, &rows, &[], |shape| {
        format!(
            "INSERT INTO quota_days (application_id, day, used)
             VALUES {}
             ON DUPLICATE KEY UPDATE used = used + VALUES(used)",
            shape.values()
        )
    })
    .await?;
    Ok(())
}
