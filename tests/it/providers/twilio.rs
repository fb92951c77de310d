//! Twilio: one text a request, receipts and inbound texts pushed with a signature over our address, lookup and balance.

use super::scene::{losing, refusing};
use super::*;

fn provided() -> Provided {
    Provided {
        id: "twilio",
        simulated: Provider::Twilio,
        key: "AC00000000000000000000000000000001",
        secret: "twilioAuthTokenExample",
        config: |url| {
            json!({"account_sid": "AC00000000000000000000000000000001", "auth_token": "twilioAuthTokenExample",
                "from": "+15550000001", "endpoint": url})
        },
        options: json!({}),
        polled: false,
        codes: None,
        sign_code: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_of_signed_pushes() {
    let scene = Scene::ordinary_day(&provided()).await;
    scene.hears_a_person().await;
    let balance = scene.balance().await;
    assert_eq!((&balance["balance"], &balance["unit"]), (&json!("321"), &json!("USD")));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome() {
    let rows = vec![
        refusing("21211", "rejected", "bad-recipient"),
        refusing("20429", "deferred", "rate-limited"),
        refusing("20003", "deferred", "auth-failed"),
        losing(),
    ];
    Scene::outcomes(&provided(), rows).await;
}
