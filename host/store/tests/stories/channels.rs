//! Channels and their bindings: what is written comes back.

use super::support::*;
use jixinda_domain::*;

pub async fn with_account() -> Story {
    let story = begin().await;
    let main = Account {
        id: account(),
        name: "main".to_owned(),
        provider: "aliyun".to_owned(),
        config: "{}".to_owned(),
        sealed_secrets: Vec::new(),
        callback_token: "token".to_owned(),
        enabled: true,
        created_at: NOW,
        updated_at: NOW,
    };
    story.store.insert_account(&main).await.expect("written");
    story
}

#[tokio::test]
async fn what_routing_weighs_comes_back_as_it_was_written() {
    let story = with_account().await;
    let plain = channel_named("plain", 1);
    let full = Channel {
        rate_per_second: Some(20),
        weight: 250,
        price: Some(Amount { value: "0.045".to_owned(), unit: "CNY".to_owned() }),
        countries: vec![86, 852],
        carriers: vec![Carrier::Mobile, Carrier::Broadnet],
        rules: Some(r#"{"frequency":[]}"#.to_owned()),
        ..channel_named("full", 2)
    };
    for channel in [&plain, &full] {
        story.store.insert_channel(channel).await.expect("written");
    }
    assert_eq!(story.store.channels().await.expect("read"), [plain.clone(), full.clone()]);
    // Each takes the other's fields: what was set can be taken away.
    let swapped = [
        Channel { id: plain.id, name: plain.name.clone(), created_at: plain.created_at, ..full.clone() },
        Channel { id: full.id, name: full.name.clone(), created_at: full.created_at, ..plain.clone() },
    ];
    for channel in &swapped {
        assert!(story.store.update_channel(channel).await.expect("written"));
    }
    assert_eq!(story.store.channels().await.expect("read"), swapped);
}

#[tokio::test]
async fn a_sign_name_is_bound_for_some_carriers_and_again_for_all() {
    let story = with_account().await;
    let (carrier_bound, sign_name) = (channel_named("way", 1), SignNameId::new(NOW, 1));
    story.store.insert_channel(&carrier_bound).await.expect("written");
    let brand = SignName { id: sign_name, code: "brand".to_owned(), text: "示例".to_owned(), created_at: NOW };
    story.store.insert_sign_name(&brand).await.expect("written");
    for carriers in [vec![Carrier::Unicom, Carrier::Telecom], Vec::new()] {
        let binding = SignNameBinding {
            channel_id: carrier_bound.id,
            sign_name_id: sign_name,
            provider_code: Some("7".to_owned()),
            carriers,
            refusal: None,
        };
        story.store.put_sign_name_binding(&binding).await.expect("written");
        assert_eq!(story.store.sign_name_bindings().await.expect("read"), [binding]);
    }
}
