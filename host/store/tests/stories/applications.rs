//! Applications: what is written comes back, and so does what is changed.

use super::support::*;
use jixinda_domain::*;

#[tokio::test]
async fn an_application_is_read_as_it_was_written_and_changed() {
    let story = begin().await;
    let limit = LimitRule { by: LimitKey::Application, classes: vec![MessageClass::Notice], most: 9, per_seconds: 60 };
    let mut application = Application {
        id: ApplicationId::new(NOW, 1),
        name: "shop".to_owned(),
        active: true,
        networks: vec!["192.0.2.0/24".parse().expect("a network")],
        limits: vec![limit],
        daily_quota: Some(5),
        weight: Application::MAX_WEIGHT,
        allow_bearer: false,
        created_at: NOW,
    };
    story.store.insert_application(&application).await.expect("written");
    assert_eq!(story.store.applications().await.expect("read"), [application.clone()]);
    application.active = false;
    application.networks.clear();
    application.limits.clear();
    application.daily_quota = None;
    application.weight = Application::DEFAULT_WEIGHT;
    application.allow_bearer = true;
    application.name = "market".to_owned();
    assert!(story.store.update_application(&application).await.expect("written"));
    assert_eq!(story.store.applications().await.expect("read"), [application.clone()]);
    application.id = ApplicationId::new(NOW, 2);
    assert!(!story.store.update_application(&application).await.expect("written"), "there is no such application");
}
