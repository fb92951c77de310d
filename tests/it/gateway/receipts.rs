//! Receipts and inbound texts: early, repeated, lost at our door, for nobody, forged.

use super::*;
use bytes::Bytes;

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_before_our_own_commit_is_matched() {
    let stage = stage().await;
    faults(&stage, json!({"receipts": {"early": true}, "latency": {"fixed_ms": 300}}));
    let id = accepted(&stage.api(), &otp("13800000001")).await;
    let story = becomes(&stage.api(), &id, "delivered").await;
    assert_eq!(story["receipts"].as_array().expect("a list").len(), 1);
    until("the attempt", PATIENCE, || {
        let (api, id) = (stage.api(), id.clone());
        async move { (super::story(&api, &id).await["attempts"][0]["outcome"] == "accepted").then_some(()) }
    })
    .await
    .expect("the outcome is recorded beside the receipt");
    assert_eq!(super::story(&stage.api(), &id).await["status"], "delivered", "the outcome does not undo the receipt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_told_twice_is_one_receipt() {
    let stage = stage().await;
    faults(&stage, json!({"receipts": {"duplicate": 2}}));
    let id = accepted(&stage.api(), &otp("13800000001")).await;
    becomes(&stage.api(), &id, "delivered").await;
    stage.simulator.wait_until(|summary| summary.receipts_pushed >= 2, PATIENCE).await.expect("pushed");
    assert_eq!(story(&stage.api(), &id).await["receipts"].as_array().expect("a list").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_tells_why() {
    let stage = stage().await;
    faults(&stage, json!({"receipts": {"fail_share": 1.0, "err_code": "MOBILE_SEND_LIMIT"}}));
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    let story = becomes(&stage.api(), &id, "undelivered").await;
    assert_eq!(story["cause"]["code"], "MOBILE_SEND_LIMIT");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_wait_for_a_gateway_that_is_down() {
    let mut stage = stage().await;
    faults(&stage, json!({"receipts": {"late_ms": 1500}}));
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    becomes(&stage.api(), &id, "sent").await;
    stage.gateway.kill().expect("killed");
    stage
        .simulator
        .wait_until(|summary| summary.pushes_failed >= 1, PATIENCE)
        .await
        .expect("the provider calls in vain");
    stage.gateway.start_again().await.expect("a start");
    becomes(&stage.api(), &id, "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_for_providers_is_not_guessed() {
    let stage = stage().await;
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    becomes(&stage.api(), &id, "delivered").await;
    let anyone = Client::new(stage.gateway.url(), None);
    let forged =
        json!([{"phone_number": "13800000001", "success": false, "err_code": "X", "out_id": id, "biz_id": "1^0"}])
            .to_string();
    let path = stage.callback_url.strip_prefix(&stage.gateway.url()).expect("our own address").to_owned();
    let (account, _) = path.rsplit_once('/').expect("a token");
    for wrong in [format!("{account}/guess"), account.to_owned(), format!("/callbacks/acc_nope/{}", "x".repeat(32))] {
        let answer = anyone.raw("POST", &wrong, &[], Bytes::from(forged.clone())).await.expect("an answer");
        assert_eq!(answer.status, 404, "{wrong}");
    }
    for (rubbish, status) in [("rubbish", 400), ("{}", 400), ("", 400)] {
        let answer = anyone.raw("POST", &path, &[], Bytes::from(rubbish)).await.expect("an answer");
        assert_eq!(answer.status, status, "{rubbish:?}");
    }
    let large = anyone.raw("POST", &path, &[], Bytes::from(vec![b' '; 10 << 20])).await;
    assert!(large.is_err() || large.is_ok_and(|answer| answer.status == 413), "10 MB are not read");
    // A receipt for nobody is taken, so that the provider does not call for ever, and changes nothing.
    let stray = json!([{"phone_number": "13800000077", "success": true, "err_code": "DELIVERED", "biz_id": "77^0", "sms_size": "1"}]);
    assert_eq!(anyone.raw("POST", &path, &[], stray.to_string().into()).await.expect("an answer").status, 200);
    assert_eq!(story(&stage.api(), &id).await["status"], "delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_a_person_reaches_the_application_that_wrote_once() {
    let stage = stage().await;
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    becomes(&stage.api(), &id, "delivered").await;
    let text = json!({"account": jixinda_test_support::ACCESS_KEY_ID, "number": "13800000001", "content": "TD", "dest_code": "01"});
    stage.simulator.push_inbound(serde_json::from_value(text).expect("a text")).expect("pushed");
    let inbound = until("the answer", PATIENCE, || {
        let api = stage.api();
        async move {
            api.get("/v1/inbound").await.ok()?.json["inbound"].as_array().filter(|texts| !texts.is_empty()).cloned()
        }
    })
    .await
    .expect("it arrives");
    assert_eq!(inbound.len(), 1);
    assert_eq!(
        (&inbound[0]["from"], &inbound[0]["text"], &inbound[0]["extension"]),
        (&json!("+8613800000001"), &json!("TD"), &json!("01"))
    );
}
