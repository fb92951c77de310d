//! Routing policies (路由策略) in the picture: what holds for a message, found without a lock, and worked out once for each kind of message.
//!
//! Messages differ for policies only by whether an application or a template is named by any. So there is a slot for each named
//! application, or none, with each named template, or none, and each class. A slot is filled by the first message that comes to it.

use jixinda_domain::{ApplicationId, EffectivePolicy, MessageClass, PolicyScope, RoutingPolicy, TemplateId};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

#[derive(Default)]
pub struct Policies {
    by_scope: HashMap<PolicyScope, RoutingPolicy>,
    /// Their rows; 0 is that of all others.
    applications: HashMap<ApplicationId, usize>,
    /// Their places in a row, in units of all classes; 0 is that of all others.
    templates: HashMap<TemplateId, usize>,
    rows: Box<[OnceLock<Row>]>,
}

/// What holds for one application's messages by template and class. Made when the first of them comes.
type Row = Box<[OnceLock<Option<Arc<EffectivePolicy>>>]>;

impl Policies {
    pub fn new(policies: Vec<RoutingPolicy>) -> Self {
        let mut known = Self::default();
        for policy in policies {
            if let Some(id) = policy.application_id {
                let next = known.applications.len() + 1;
                known.applications.entry(id).or_insert(next);
            }
            if let Some(id) = policy.template_id {
                let next = known.templates.len() + 1;
                known.templates.entry(id).or_insert(next);
            }
            known.by_scope.insert(policy.scope(), policy);
        }
        known.rows = empty(known.applications.len() + 1);
        known
    }

    /// What all policies say together about such a message; `None` where none is about it.
    pub fn effective(
        &self,
        application: ApplicationId,
        template: TemplateId,
        class: MessageClass,
    ) -> Option<Arc<EffectivePolicy>> {
        if self.by_scope.is_empty() {
            return None;
        }
        let row = self.applications.get(&application).copied().unwrap_or(0);
        let place = self.templates.get(&template).copied().unwrap_or(0);
        let row = self.rows.get(row)?.get_or_init(|| empty((self.templates.len() + 1) * MessageClass::ALL.len()));
        let slot = row.get(place * MessageClass::ALL.len() + class as usize)?;
        slot.get_or_init(|| self.resolve(application, template, class)).clone()
    }

    fn resolve(
        &self,
        application: ApplicationId,
        template: TemplateId,
        class: MessageClass,
    ) -> Option<Arc<EffectivePolicy>> {
        let scopes = PolicyScope::covering(Some(application), Some(template), Some(class));
        let effective = EffectivePolicy::resolve(scopes.iter().filter_map(|scope| self.by_scope.get(scope)));
        (!effective.policies.is_empty()).then(|| Arc::new(effective))
    }
}

fn empty<T>(length: usize) -> Box<[OnceLock<T>]> {
    std::iter::repeat_with(OnceLock::new).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::{RoutingPolicyId, Timestamp};
    use std::collections::BTreeMap;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn application(number: u128) -> ApplicationId {
        ApplicationId::new(NOW, number)
    }

    fn template(number: u128) -> TemplateId {
        TemplateId::new(NOW, number)
    }

    /// Policy `number` for these numbers of application and template, and this class.
    fn policy(number: u128, whose: Option<u128>, of: Option<u128>, class: Option<MessageClass>) -> RoutingPolicy {
        RoutingPolicy {
            id: RoutingPolicyId::new(NOW, number),
            application_id: whose.map(application),
            template_id: of.map(template),
            class,
            strategy: None,
            pinned: Vec::new(),
            excluded: Vec::new(),
            weights: BTreeMap::new(),
            note: String::new(),
            created_at: NOW,
            updated_at: NOW,
        }
    }

    #[test]
    fn every_message_finds_the_policies_that_a_look_at_all_of_them_finds() {
        let (otp, sale) = (Some(MessageClass::Otp), Some(MessageClass::Marketing));
        let all = [
            policy(1, Some(1), None, None),
            policy(2, Some(1), Some(1), otp),
            policy(3, Some(2), Some(1), None),
            policy(4, None, Some(2), None),
            policy(5, None, Some(3), sale),
            policy(6, None, None, otp),
            policy(7, Some(3), None, sale),
        ];
        let known = Policies::new(all.to_vec());
        // Twice: what is worked out, and what is remembered.
        for _ in 0..2 {
            for (whose, of) in (1..=4).flat_map(|whose| (1..=4).map(move |of| (application(whose), template(of)))) {
                for class in MessageClass::ALL {
                    let applies = |policy: &&RoutingPolicy| {
                        policy.application_id.is_none_or(|id| id == whose)
                            && policy.template_id.is_none_or(|id| id == of)
                            && policy.class.is_none_or(|named| named == class)
                    };
                    let expected = EffectivePolicy::resolve(all.iter().filter(applies));
                    let expected = (!expected.policies.is_empty()).then_some(expected);
                    assert_eq!(known.effective(whose, of, class).as_deref(), expected.as_ref(), "{whose} {of} {class}");
                }
            }
        }
    }

    #[test]
    fn what_was_worked_out_is_shared() {
        let known = Policies::new(vec![policy(1, None, None, None)]);
        let held = |number| known.effective(application(number), template(number), MessageClass::Notice).expect("one");
        assert!(Arc::ptr_eq(&held(1), &held(2)), "neither application nor template is named, so they share a slot");
        let none = Policies::new(Vec::new());
        assert_eq!(none.effective(application(1), template(1), MessageClass::Otp), None);
        assert_eq!(Policies::default().effective(application(1), template(1), MessageClass::Otp), None);
    }
}
