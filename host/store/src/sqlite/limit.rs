//! Limits on SQLite: counts what the windows hold already, adds what the same transaction accepts, and says what is too much.
//!
//! The messages themselves are the count: a window is a range of an index, so there is nothing to keep in step. One statement reads all
//! windows of a group, each once.

use super::{json, rows_as_json};
use crate::{Acceptance, Accepted, Exceeded, ExceededLimit, QuotaClaim, Result};
use jixinda_domain::{ApplicationId, LimitKey, LimitRule, Message, MessageId, Timestamp};
use serde::Serialize;
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// One window: what it counts, and since when.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
struct Window<'a> {
    recipient: Option<&'a str>,
    application: Option<ApplicationId>,
    template: Option<jixinda_domain::TemplateId>,
    /// Words of the classes it counts, joined; empty for all.
    classes: String,
    test: u8,
    /// The first id that counts: ids sort by age.
    since: MessageId,
}

/// What a window holds.
#[derive(Clone, Copy)]
struct Held {
    count: u64,
    oldest: Timestamp,
}

impl<'a> Window<'a> {
    fn of(rule: &LimitRule, message: &'a Message, now: Timestamp) -> Self {
        let classes: Vec<&str> = rule.classes.iter().map(|class| class.as_str()).collect();
        let by_application = rule.by == LimitKey::Application;
        Self {
            recipient: (!by_application).then(|| message.recipient.e164()),
            application: by_application.then_some(message.application_id),
            template: (rule.by == LimitKey::NumberAndTemplate).then_some(message.template_id),
            classes: classes.join(" "),
            test: message.test.into(),
            since: MessageId::new(now - rule.window(), 0),
        }
    }
}

/// Turns the verdict of acceptances that exceed a limit; nothing of those is stored.
pub(super) async fn check(
    tx: &mut SqliteConnection,
    group: &[Acceptance],
    now: Timestamp,
    verdicts: &mut [Accepted],
) -> Result<()> {
    let limited = |acceptance: &Acceptance| !acceptance.limits.rules.is_empty() || acceptance.limits.quota.is_some();
    if !group.iter().any(limited) {
        return Ok(());
    }
    let mut held = windows(tx, group, now, verdicts).await?;
    let mut used = used_quotas(tx, group).await?;
    for (acceptance, verdict) in
        group.iter().zip(verdicts.iter_mut()).filter(|(_, verdict)| **verdict == Accepted::Stored)
    {
        let exceeded = exceeded(acceptance, now, &mut held, &mut used);
        if !exceeded.is_empty() {
            *verdict = Accepted::Exceeded(exceeded);
        }
    }
    save_quotas(tx, group, verdicts).await
}

/// Counts an acceptance in where it fits; answers what does not.
fn exceeded<'a>(
    acceptance: &'a Acceptance,
    now: Timestamp,
    held: &mut HashMap<Window<'a>, Held>,
    used: &mut HashMap<(ApplicationId, String), u64>,
) -> Vec<Exceeded> {
    let mut exceeded = Vec::new();
    let mut taken: Vec<Window<'a>> = Vec::new();
    let mut fitting = 0;
    for (index, message) in acceptance.messages.iter().enumerate() {
        let rules = acceptance.limits.rules.iter().filter(|rule| rule.concerns(message.class));
        let windows: Vec<(&LimitRule, Window<'a>)> = rules.map(|rule| (rule, Window::of(rule, message, now))).collect();
        let full = windows
            .iter()
            .find(|(rule, window)| held.get(window).is_some_and(|held| held.count >= u64::from(rule.most)));
        if let Some((rule, window)) = full {
            let oldest = held.get(window).map_or(now, |held| held.oldest);
            let until = oldest + rule.window();
            exceeded.push(Exceeded { index, limit: ExceededLimit::Rule((*rule).clone()), until });
            continue;
        }
        if let Some(quota) = acceptance.limits.quota.as_ref().filter(|_| !message.test) {
            let used = used.get(&quota_key(quota)).copied().unwrap_or(0);
            if used + fitting >= quota.most {
                let limit = ExceededLimit::Quota(quota.most);
                exceeded.push(Exceeded { index, limit, until: quota.ends_at });
                continue;
            }
            fitting += 1;
        }
        for (_, window) in windows {
            held.entry(window.clone()).or_insert(Held { count: 0, oldest: now }).count += 1;
            taken.push(window);
        }
    }
    if exceeded.is_empty() {
        if let Some(quota) = &acceptance.limits.quota {
            *used.entry(quota_key(quota)).or_default() += fitting;
        }
    } else {
        // Nothing of it is stored now: the request is decided about anew without what exceeds.
        for window in taken {
            if let Some(held) = held.get_mut(&window) {
                held.count -= 1;
            }
        }
    }
    exceeded
}

async fn windows<'a>(
    tx: &mut SqliteConnection,
    group: &'a [Acceptance],
    now: Timestamp,
    verdicts: &[Accepted],
) -> Result<HashMap<Window<'a>, Held>> {
    let mut places: HashMap<Window<'a>, usize> = HashMap::new();
    let stored = group.iter().zip(verdicts).filter(|(_, verdict)| **verdict == Accepted::Stored);
    for (acceptance, _) in stored {
        for message in &acceptance.messages {
            for rule in acceptance.limits.rules.iter().filter(|rule| rule.concerns(message.class)) {
                let place = places.len();
                places.entry(Window::of(rule, message, now)).or_insert(place);
            }
        }
    }
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let mut windows: Vec<(&Window<'a>, usize)> = places.iter().map(|(window, place)| (window, *place)).collect();
    windows.sort_unstable_by_key(|(_, place)| *place);
    let asked: Vec<&Window<'a>> = windows.into_iter().map(|(window, _)| window).collect();
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
    let rows: Vec<(usize, u64, i64)> = rows_as_json(gathered.bind(json(&asked)?).fetch_one(tx).await?)?;
    let counted: HashMap<usize, Held> = rows
        .into_iter()
        .map(|(at, count, oldest)| (at, Held { count, oldest: Timestamp::from_millis(oldest) }))
        .collect();
    Ok(places.into_iter().filter_map(|(window, place)| Some((window, *counted.get(&place)?))).collect())
}

fn quota_key(quota: &QuotaClaim) -> (ApplicationId, String) {
    (quota.application_id, quota.day.clone())
}

async fn used_quotas(tx: &mut SqliteConnection, group: &[Acceptance]) -> Result<HashMap<(ApplicationId, String), u64>> {
    let mut keys: Vec<(ApplicationId, String)> =
        group.iter().filter_map(|acceptance| acceptance.limits.quota.as_ref()).map(quota_key).collect();
    keys.sort_unstable();
    keys.dedup();
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
    let mut added: HashMap<(ApplicationId, String), usize> = HashMap::new();
    for (acceptance, _) in group.iter().zip(verdicts).filter(|(_, verdict)| **verdict == Accepted::Stored) {
        if let Some(quota) = &acceptance.limits.quota {
            let counted = acceptance.messages.iter().filter(|message| !message.test).count();
            *added.entry(quota_key(quota)).or_default() += counted;
        }
    }
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
