//! Routing policies: what is written comes back, a scope has one, and what a policy names is not deleted under it.

use super::support::*;
use jixinda_domain::*;
use jixinda_store::{
    StoreError, 
};
use std::collections::BTreeMap;

fn id(number: u128) -> ChannelId {
    ChannelId::new(NOW, number)
}

fn policy(number: u128) -> RoutingPolicy {
    RoutingPolicy {
        id: RoutingPolicyId::new(NOW, number),
        application_id: None,
        template_id: None,
        class: None,
        strategy: None,
        pinned: Vec::new(),
        excluded: Vec::new(),
        weights: BTreeMap::new(),
        note: String::new(),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A policy that says all there is to say.
fn full(number: u128) -> RoutingPolicy {
    RoutingPolicy {
        application_id: Some(ApplicationId::new(NOW, 1)),
        template_id: Some(TemplateId::new(NOW, 1)),
        class: Some(MessageClass::Marketing),
        strategy: Some(Strategy::Weighted),
        pinned: vec![id(3), id(1)],
        excluded: vec![id(4), id(2)],
        weights: BTreeMap::from([(id(1), 1), (id(3), 1000)]),
        note: "晚上不走 \"B\"".to_owned(),
        ..policy(number)
    }
}

/// A store with four channels, an application and a template.
async fn with_channels() -> Story {
    let story = super::channels::with_account().await;
    for number in 1..=4 {
        story.store.insert_channel(&channel_named(&format!("c{number}"), number)).await.expect("written");
    }
    let application = Application {
        id: ApplicationId::new(NOW, 1),
        name: "shop".to_owned(),
        active: true,
        networks: Vec::new(),
        allow_bearer: true,
        limits: Vec::new(),
        daily_quota: None,
        weight: Application::DEFAULT_WEIGHT,
        created_at: NOW,
    };
    story.store.insert_application(&application).await.expect("written");
    let template = Template {
        id: TemplateId::new(NOW, 1),
        code: "sale".to_owned(),
        name: "sale".to_owned(),
        class: MessageClass::Marketing,
        content: "sale".to_owned(),
        params: Vec::new(),
        created_at: NOW,
    };
    story.store.insert_template(&template).await.expect("written");
    story
}

#[tokio::test]
async fn a_policy_comes_back_as_it_was_written_changed_and_is_removed() {
    let story = with_channels().await;
    let (mut plain, mut whole) = (policy(1), full(2));
    for policy in [&plain, &whole] {
        story.store.insert_routing_policy(policy).await.expect("written");
    }
    assert_eq!(story.store.routing_policies().await.expect("read"), [plain.clone(), whole.clone()]);
    let later = NOW + std::time::Duration::from_secs(5);
    plain = RoutingPolicy { pinned: vec![id(2), id(1), id(4)], strategy: Some(Strategy::Quality), ..plain };
    whole = RoutingPolicy {
        strategy: None,
        pinned: Vec::new(),
        excluded: Vec::new(),
        weights: BTreeMap::new(),
        note: String::new(),
        updated_at: later,
        ..whole
    };
    for policy in [&plain, &whole] {
        assert!(story.store.update_routing_policy(policy).await.expect("written"));
    }
    assert_eq!(story.store.routing_policies().await.expect("read"), [plain.clone(), whole.clone()]);
    assert!(story.store.delete_routing_policy(plain.id).await.expect("written"));
    assert!(!story.store.delete_routing_policy(plain.id).await.expect("written"));
    assert!(!story.store.update_routing_policy(&plain).await.expect("written"));
    assert_eq!(story.store.routing_policies().await.expect("read"), [whole]);
}

#[tokio::test]
async fn a_scope_has_one_policy() {
    let story = with_channels().await;
    let half = |number| RoutingPolicy { application_id: full(1).application_id, ..policy(number) };
    for (first, twin) in [(policy(1), policy(2)), (full(3), full(4)), (half(5), half(6))] {
        story.store.insert_routing_policy(&first).await.expect("written");
        let refused = story.store.insert_routing_policy(&twin).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }
    // What was refused left nothing behind.
    assert_eq!(story.store.routing_policies().await.expect("read"), [policy(1), full(3), half(5)]);
}

#[tokio::test]
async fn what_a_policy_names_exists_and_is_not_deleted_under_it() {
    let story = with_channels().await;
    for stray in [
        RoutingPolicy { pinned: vec![id(9)], ..policy(1) },
        RoutingPolicy { weights: BTreeMap::from([(id(9), 1)]), ..policy(1) },
        RoutingPolicy { application_id: Some(ApplicationId::new(NOW, 9)), ..policy(1) },
        RoutingPolicy { template_id: Some(TemplateId::new(NOW, 9)), ..policy(1) },
    ] {
        let refused = story.store.insert_routing_policy(&stray).await;
        assert!(matches!(refused, Err(StoreError::Reference)), "{refused:?}");
    }
    assert!(story.store.routing_policies().await.expect("read").is_empty());
    let whole = full(2);
    story.store.insert_routing_policy(&whole).await.expect("written");
    for number in 1..=3 {
        let refused = story.store.delete_channel(id(number)).await;
        assert!(matches!(refused, Err(StoreError::Reference)), "{number}: {refused:?}");
    }
    let refused = story.store.delete_template(TemplateId::new(NOW, 1)).await;
    assert!(matches!(refused, Err(StoreError::Reference)), "{refused:?}");
    assert_eq!(story.store.routing_policies().await.expect("read"), std::slice::from_ref(&whole));
    story.store.delete_routing_policy(whole.id).await.expect("written");
    assert!(story.store.delete_channel(id(1)).await.expect("written"));
    assert!(story.store.delete_template(TemplateId::new(NOW, 1)).await.expect("written"));
}
