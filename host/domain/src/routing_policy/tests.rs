//! Policies over each other, in every order of being special.

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn channel(number: u128) -> ChannelId {
    ChannelId::new(NOW, number)
}

/// A policy for a scope: which of application, template and class it names.
fn policy(number: u128, application: bool, template: bool, class: bool) -> RoutingPolicy {
    RoutingPolicy {
        id: RoutingPolicyId::new(NOW, number),
        application_id: application.then(|| ApplicationId::new(NOW, 1)),
        template_id: template.then(|| TemplateId::new(NOW, 1)),
        class: class.then_some(MessageClass::Otp),
        strategy: None,
        pinned: Vec::new(),
        excluded: Vec::new(),
        weights: BTreeMap::new(),
        note: String::new(),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// All eight scopes of a message, the most general first, as the words of the type say it.
fn by_specificity() -> [RoutingPolicy; 8] {
    [
        policy(0, false, false, false),
        policy(1, false, false, true),
        policy(2, true, false, false),
        policy(3, true, false, true),
        policy(4, false, true, false),
        policy(5, false, true, true),
        policy(6, true, true, false),
        policy(7, true, true, true),
    ]
}

#[test]
fn the_most_special_word_counts_whatever_order_they_come_in() {
    let mut policies = by_specificity();
    for (index, policy) in policies.iter_mut().enumerate() {
        policy.weights.insert(channel(1), u32::try_from(index).expect("small") + 1);
        policy.pinned = vec![channel(u128::try_from(index).expect("small"))];
        policy.strategy = Some(Strategy::ALL[index % 4]);
    }
    // Each alone with those more general than it.
    for most in 1..=8 {
        let ids: Vec<RoutingPolicyId> = policies[..most].iter().map(|policy| policy.id).collect();
        let last = &policies[most - 1];
        let forth = EffectivePolicy::resolve(policies[..most].iter());
        assert_eq!(forth, EffectivePolicy::resolve(policies[..most].iter().rev()));
        assert_eq!((&forth.policies, forth.strategy, &forth.pinned), (&ids, last.strategy, &last.pinned));
        assert_eq!(forth.weights, last.weights);
    }
}

#[test]
fn what_is_not_said_is_left_to_the_more_general() {
    let [mut general, mut special] = [policy(0, false, false, false), policy(1, true, true, false)];
    general.strategy = Some(Strategy::Cheapest);
    general.pinned = vec![channel(2), channel(1)];
    general.weights = BTreeMap::from([(channel(1), 10), (channel(2), 20)]);
    general.excluded = vec![channel(3)];
    special.weights = BTreeMap::from([(channel(2), 30), (channel(4), 40)]);
    special.excluded = vec![channel(4)];
    let effective = EffectivePolicy::resolve([&special, &general].into_iter());
    assert_eq!(effective.strategy, Some(Strategy::Cheapest));
    assert_eq!(effective.pinned, [channel(2), channel(1)]);
    assert_eq!(effective.weights, BTreeMap::from([(channel(1), 10), (channel(2), 30), (channel(4), 40)]));
    assert_eq!(effective.excluded, BTreeSet::from([channel(3), channel(4)]));
    assert_eq!(EffectivePolicy::resolve(std::iter::empty()), EffectivePolicy::default());
}

#[test]
fn only_what_is_pinned_and_nothing_that_is_excluded_may_carry_it() {
    let mut effective = EffectivePolicy { excluded: BTreeSet::from([channel(1)]), ..EffectivePolicy::default() };
    assert!(effective.allows(channel(2)) && !effective.allows(channel(1)));
    // A special policy pins what a general one excludes: the exclusion holds.
    effective.pinned = vec![channel(1), channel(2)];
    assert!(effective.allows(channel(2)) && !effective.allows(channel(1)) && !effective.allows(channel(3)));
}

#[test]
fn a_policy_that_contradicts_itself_is_refused_by_channel() {
    let mut policy = policy(1, true, false, false);
    assert_eq!(policy.check(), Ok(()));
    policy.pinned = vec![channel(1), channel(2), channel(1)];
    assert_eq!(policy.check(), Err(InvalidRoutingPolicy::PinnedTwice(channel(1))));
    policy.pinned.pop();
    policy.excluded = vec![channel(3), channel(2)];
    assert_eq!(policy.check(), Err(InvalidRoutingPolicy::PinnedAndExcluded(channel(2))));
    policy.excluded.pop();
    policy.weights = BTreeMap::from([(channel(1), 1), (channel(2), 1000)]);
    assert_eq!(policy.check(), Ok(()));
    for weight in [0, 1001] {
        policy.weights.insert(channel(2), weight);
        assert_eq!(policy.check(), Err(InvalidRoutingPolicy::Weight(channel(2))));
    }
}

#[test]
fn a_message_is_in_eight_scopes_and_each_has_its_text() {
    let policies = by_specificity();
    let full = policies[7].scope();
    let scopes = PolicyScope::covering(full.application_id, full.template_id, full.class);
    assert_eq!(scopes, policies.each_ref().map(RoutingPolicy::scope));
    let texts: BTreeSet<String> = scopes.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 8);
    assert_eq!((scopes[0].to_string(), scopes[1].to_string()), ("*/*/*".to_owned(), "*/*/otp".to_owned()));
    assert!(scopes[2].to_string().starts_with("app_") && scopes[4].to_string().starts_with("*/tpl_"));
}
