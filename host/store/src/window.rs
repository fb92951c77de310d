//! Windows of frequency limits and days of quotas, as every backend judges them: the store says what they hold, this says what still fits.

use crate::{Acceptance, Accepted, Exceeded, ExceededLimit, QuotaClaim};
use jixinda_domain::{ApplicationId, LimitKey, LimitRule, Message, MessageId, TemplateId, Timestamp};
use serde::Serialize;
use std::collections::HashMap;

/// One window: what it counts, and since when.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Window<'a> {
    pub(crate) recipient: Option<&'a str>,
    pub(crate) application: Option<ApplicationId>,
    pub(crate) template: Option<TemplateId>,
    /// Words of the classes it counts, joined; empty for all.
    pub(crate) classes: String,
    pub(crate) test: u8,
    /// The first id that counts: ids sort by age.
    pub(crate) since: MessageId,
}

/// What a window holds.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    pub(crate) count: u64,
    pub(crate) oldest: Timestamp,
}

/// An application and a day.
pub(crate) type QuotaKey = (ApplicationId, String);

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

    /// The number or the application that it counts.
    pub(crate) fn subject(&self) -> Option<String> {
        self.recipient.map(str::to_owned).or_else(|| self.application.map(|id| id.to_string()))
    }
}

/// Whether any of these has limits at all.
pub(crate) fn is_limited(group: &[Acceptance]) -> bool {
    group.iter().any(|acceptance| !acceptance.limits.rules.is_empty() || acceptance.limits.quota.is_some())
}

/// The windows that a group falls into, each once.
pub(crate) fn windows<'a>(group: &'a [Acceptance], verdicts: &[Accepted], now: Timestamp) -> Vec<Window<'a>> {
    let mut places: HashMap<Window<'a>, usize> = HashMap::new();
    for acceptance in stored(group, verdicts) {
        for message in &acceptance.messages {
            for rule in acceptance.limits.rules.iter().filter(|rule| rule.concerns(message.class)) {
                let place = places.len();
                places.entry(Window::of(rule, message, now)).or_insert(place);
            }
        }
    }
    let mut windows: Vec<(Window<'a>, usize)> = places.into_iter().collect();
    windows.sort_unstable_by_key(|(_, place)| *place);
    windows.into_iter().map(|(window, _)| window).collect()
}

/// The quotas that a group claims of, each once and in order.
pub(crate) fn quotas(group: &[Acceptance]) -> Vec<QuotaKey> {
    let claims = group.iter().filter_map(|acceptance| acceptance.limits.quota.as_ref());
    let mut keys: Vec<QuotaKey> = claims.map(quota_key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Turns the verdict of acceptances that exceed a limit; nothing of those is stored.
pub(crate) fn judge<'a>(
    group: &'a [Acceptance],
    verdicts: &mut [Accepted],
    now: Timestamp,
    mut held: HashMap<Window<'a>, Held>,
    mut used: HashMap<QuotaKey, u64>,
) {
    for (acceptance, verdict) in
        group.iter().zip(verdicts.iter_mut()).filter(|(_, verdict)| **verdict == Accepted::Stored)
    {
        let exceeded = exceeded(acceptance, now, &mut held, &mut used);
        if !exceeded.is_empty() {
            *verdict = Accepted::Exceeded(exceeded);
        }
    }
}

/// What is added to each quota, in order.
pub(crate) fn added(group: &[Acceptance], verdicts: &[Accepted]) -> Vec<(QuotaKey, usize)> {
    let mut added: HashMap<QuotaKey, usize> = HashMap::new();
    for acceptance in stored(group, verdicts) {
        if let Some(quota) = &acceptance.limits.quota {
            let counted = acceptance.messages.iter().filter(|message| !message.test).count();
            *added.entry(quota_key(quota)).or_default() += counted;
        }
    }
    let mut added: Vec<(QuotaKey, usize)> = added.into_iter().collect();
    added.sort_unstable();
    added
}

fn stored<'a>(group: &'a [Acceptance], verdicts: &[Accepted]) -> impl Iterator<Item = &'a Acceptance> {
    group.iter().zip(verdicts).filter(|(_, verdict)| **verdict == Accepted::Stored).map(|(acceptance, _)| acceptance)
}

fn quota_key(quota: &QuotaClaim) -> QuotaKey {
    (quota.application_id, quota.day.clone())
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
