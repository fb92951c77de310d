//! Limits on MySQL: counts what the windows hold already, adds what the same transaction accepts, and says what is too much.
//!
//! The messages themselves are the count: a window is a range of an index, so there is nothing to keep in step. Nodes that accept for the
//! same number or application take turns by a row of `limit_locks`, held until the commit: what one stored, the next one counts.

use super::batch::{self, Value, id};
use crate::{Acceptance, Accepted, Exceeded, ExceededLimit, QuotaClaim, Result};
use jixinda_domain::{ApplicationId, LimitKey, LimitRule, Message, MessageId, Timestamp};
use sqlx::MySqlConnection;
use std::collections::{BTreeSet, HashMap};

/// One window: what it counts, and since when.
#[derive(Clone, PartialEq, Eq, Hash)]
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
    tx: &mut MySqlConnection,
    group: &[Acceptance],
    now: Timestamp,
    verdicts: &mut [Accepted],
) -> Result<()> {
    let limited = |acceptance: &Acceptance| !acceptance.limits.rules.is_empty() || acceptance.limits.quota.is_some();
    if !group.iter().any(limited) {
        return Ok(());
    }
    lock(tx, group, now, verdicts).await?;
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
    tx: &mut MySqlConnection,
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
    // Each half is a range of an index. What was called back before it was sent does not count.
    let mut counted: HashMap<usize, Held> = HashMap::new();
    for (column, index_column) in [("recipient", "recipient"), ("application", "application_id")] {
        let rows: Vec<[Value<'_>; 6]> = windows
            .iter()
            .filter_map(|(window, place)| {
                let subject: Value<'_> = match (column, window.recipient, window.application) {
                    ("recipient", Some(recipient), _) => recipient.into(),
                    ("application", _, Some(application)) => id(application),
                    _ => return None,
                };
                Some([
                    i64::try_from(*place).unwrap_or(i64::MAX).into(),
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
    Ok(places.into_iter().filter_map(|(window, place)| Some((window, *counted.get(&place)?))).collect())
}

/// Waits until no other transaction accepts for the same numbers and applications, as far as rules count them.
async fn lock(tx: &mut MySqlConnection, group: &[Acceptance], now: Timestamp, verdicts: &[Accepted]) -> Result<()> {
    let mut subjects: BTreeSet<String> = BTreeSet::new();
    for (acceptance, _) in group.iter().zip(verdicts).filter(|(_, verdict)| **verdict == Accepted::Stored) {
        for message in &acceptance.messages {
            for rule in acceptance.limits.rules.iter().filter(|rule| rule.concerns(message.class)) {
                subjects.insert(match rule.by {
                    LimitKey::Application => message.application_id.to_string(),
                    LimitKey::Number | LimitKey::NumberAndTemplate => message.recipient.e164().to_owned(),
                });
            }
        }
    }
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

fn quota_key(quota: &QuotaClaim) -> (ApplicationId, String) {
    (quota.application_id, quota.day.clone())
}

async fn used_quotas(tx: &mut MySqlConnection, group: &[Acceptance]) -> Result<HashMap<(ApplicationId, String), u64>> {
    let mut keys: Vec<(ApplicationId, String)> =
        group.iter().filter_map(|acceptance| acceptance.limits.quota.as_ref()).map(quota_key).collect();
    keys.sort_unstable();
    keys.dedup();
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
    let mut added: Vec<((ApplicationId, String), usize)> = added.into_iter().collect();
    added.sort_unstable();
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
