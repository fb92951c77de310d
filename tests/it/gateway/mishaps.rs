//! What went wrong in other gateways, by their own issue trackers, and does not here. Each test is named after the mishap.
//!
//! Loss and doubling under kills, full disks and the like is the crash harness's (`crash.rs`); webhooks have their own file.

use super::failover::second_channel;
use super::*;

fn attempts(story: &Value) -> Vec<&str> {
    let attempts = story["attempts"].as_array().expect("a list");
    attempts.iter().filter_map(|attempt| attempt["outcome"].as_str()).collect()
}

/// An id was answered, and the process died before anything was queued (jasmin#928).
#[tokio::test(flavor = "multi_thread")]
async fn answered_with_an_id_and_lost_before_it_was_queued() {
    let mut stage = stage().await;
    let api = stage.api();
    let mut ids = Vec::new();
    for number in 0..50 {
        ids.push(accepted(&api, &notice(&format!("138000001{number:02}"))).await);
    }
    stage.gateway.kill().expect("killed");
    stage.gateway.start_again().await.expect("a start");
    for id in &ids {
        becomes(&api, id, "delivered").await;
    }
    assert!(stage.simulator.doubled().is_empty());
}

/// A time-out put the text back into the queue, and it was sent and charged again and again (jasmin#247, #268).
#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_was_requeued_and_sent_again_and_again() {
    let stage = stage_with(&[
        ("DISPATCH__LOOKUP_AFTER_MS", "400"),
        ("DISPATCH__LOOKUP_EVERY_MS", "300"),
        ("DISPATCH__UNCERTAIN_WAIT_MS__NOTICE", "2000"),
    ])
    .await;
    faults(&stage, json!({"reset": {"when": "after_read"}, "lookups": true, "receipts": {"lost_share": 1.0}}));
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    let story = becomes(&stage.api(), &id, "parked").await;
    assert_eq!(attempts(&story), ["uncertain"], "{story}");
    assert_eq!(stage.simulator.texts("13800000001").len(), 1);
    assert!(told(&story).contains("it is not sent again without a person's word (gateway)"), "{}", told(&story));
    // Nor by a person who does not say that it may arrive twice.
    let admin = stage.gateway.admin();
    let answer = admin.post("/parked/retry", &json!({"ids": [id]})).await.expect("an answer").json;
    assert_eq!(answer["retried"], 0, "{answer}");
}

/// A receipt came after the text had been given up, and was thrown away (capcom6#44, jasmin#423).
#[tokio::test(flavor = "multi_thread")]
async fn a_late_receipt_was_thrown_away() {
    let stage = stage_with(&[
        ("DISPATCH__LOOKUP_AFTER_MS", "300"),
        ("DISPATCH__LOOKUP_EVERY_MS", "300"),
        ("DISPATCH__UNCERTAIN_WAIT_MS__NOTICE", "600"),
    ])
    .await;
    faults(&stage, json!({"reset": {"when": "after_read"}, "lookups": true, "receipts": {"late_ms": 4000}}));
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    becomes(&stage.api(), &id, "parked").await;
    let story = becomes(&stage.api(), &id, "delivered").await;
    let history = told(&story);
    let order = [
        "queued: accepted",
        "sending: try 1",
        "uncertain: aliyun-1 may have taken it",
        "parked: ",
        "delivered: a receipt says delivered",
    ];
    let places: Vec<usize> =
        order.iter().map(|line| history.find(line).unwrap_or_else(|| panic!("{line}: {history}"))).collect();
    assert!(places.is_sorted(), "{history}");
    assert!(stage.simulator.doubled().is_empty());
}

/// A code was resent for ever; here once, and it is counted.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_without_an_answer_was_sent_for_ever() {
    let stage = stage_with(&[
        ("DISPATCH__LOOKUP_AFTER_MS", "300"),
        ("DISPATCH__LOOKUP_EVERY_MS", "300"),
        ("DISPATCH__UNCERTAIN_WAIT_MS__OTP", "700"),
    ])
    .await;
    faults(&stage, json!({"reset": {"when": "after_read"}, "lookups": true, "receipts": {"lost_share": 1.0}}));
    let mut code = otp("13800000001");
    code["expires_in"] = json!(5);
    let id = accepted(&stage.api(), &code).await;
    let story = becomes(&stage.api(), &id, "expired").await;
    assert_eq!(attempts(&story), ["uncertain", "uncertain"], "{story}");
    assert_eq!(story["resends"], 1);
    assert_eq!(stage.simulator.texts("13800000001").len(), 2);
    assert!(told(&story).contains("it is sent once more, and may arrive twice (gateway)"), "{}", told(&story));
}

/// One message was requeued 5,412 times (jasmin#1036, #1213).
#[tokio::test(flavor = "multi_thread")]
async fn one_message_was_requeued_5412_times() {
    let stage = stage_with(&[("DISPATCH__MAX_TRIES__NOTICE", "1")]).await;
    faults(&stage, json!({"error": {"code": "isv.BUSINESS_LIMIT_CONTROL", "message": "触发分钟级流控"}}));
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    let story = becomes(&stage.api(), &id, "parked").await;
    assert_eq!(attempts(&story), ["deferred"]);
    assert_eq!(story["cause"]["code"], "tries_exhausted");
    assert!(story["cause"]["detail"].as_str().expect("words").contains("isv.BUSINESS_LIMIT_CONTROL"), "{story}");
}

/// The provider said 429, and it was taken for a refusal (novu#8692).
#[tokio::test(flavor = "multi_thread")]
async fn a_429_was_taken_for_a_refusal() {
    let stage = stage().await;
    faults(&stage, json!({"http_status": {"status": 429, "body": "slow down", "share": 1.0, "times": 1}}));
    let id = accepted(&stage.api(), &notice("13800000001")).await;
    becomes(&stage.api(), &id, "delivered").await;
    assert!(stage.simulator.doubled().is_empty());
}

/// A connector that was not ready dropped texts in silence after twenty minutes (jasmin listeners.py).
#[tokio::test(flavor = "multi_thread")]
async fn dropped_in_silence_while_the_connector_was_not_ready() {
    let stage = stage().await;
    let port = stage.simulator.address().port();
    stage.simulator.close_listener(port).await.expect("closed");
    let mut short = notice("13800000001");
    short["expires_in"] = json!(2);
    let id = accepted(&stage.api(), &short).await;
    let story = becomes(&stage.api(), &id, "expired").await;
    let history = told(&story);
    assert!(history.contains("did not take it now, unreachable"), "{history}");
    assert!(history.lines().last().expect("a line").starts_with("expired: "), "{history}");
}

/// The queue was full and threw away what did not fit (Kannel's limit of a million).
#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_fit_into_the_queue_was_thrown_away() {
    let stage = stage_with(&[("QUEUE__WINDOW", "1000"), ("DISPATCH__READY_PER_CHANNEL", "50")]).await;
    let messages: Vec<Value> = (0..3000).map(|number| json!({"to": format!("1380002{number:04}")})).collect();
    let defaults = json!({"template": "shipped", "sign_name": SIGN_NAME, "params": {"order": "A-1"}});
    let body = json!({"messages": messages, "defaults": defaults});
    assert_eq!(stage.api().post("/v1/messages/batch", &body).await.expect("an answer").json["accepted"], 3000);
    stage.simulator.wait_until(|summary| summary.texts >= 3000, PATIENCE).await.expect("all arrive");
    assert!(stage.simulator.doubled().is_empty());
}

/// After an outage nothing moved until somebody restarted the gateway (jasmin#1162, #986, svix#1844).
#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_nothing_moved_until_a_restart() {
    let stage = stage().await;
    let (api, port) = (stage.api(), stage.simulator.address().port());
    stage.simulator.close_listener(port).await.expect("closed");
    let mut ids = Vec::new();
    for number in 0..40 {
        let body = if number % 2 == 0 {
            otp(&format!("138000001{number:02}"))
        } else {
            notice(&format!("138000001{number:02}"))
        };
        ids.push(accepted(&api, &body).await);
    }
    until("a try", PATIENCE, || {
        let (api, id) = (api.clone(), ids[0].clone());
        async move { (!story(&api, &id).await["attempts"].as_array()?.is_empty()).then_some(()) }
    })
    .await
    .expect("tried in vain");
    stage.simulator.reopen_listener(port).await.expect("open again");
    for id in &ids {
        becomes(&api, id, "delivered").await;
    }
    assert!(stage.simulator.doubled().is_empty());
}

/// After a crash a burst of everything that had waited, expired or not, went out (nav#1276).
#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_stale_codes_went_out_in_a_burst() {
    let mut stage = stage().await;
    let (api, admin) = (stage.api(), stage.gateway.admin());
    admin.call("PATCH", "/channels/aliyun-1", &json!({"enabled": false})).await.expect("an answer").ok().expect("off");
    let mut stale = otp("13800000001");
    stale["expires_in"] = json!(1);
    let id = accepted(&api, &stale).await;
    stage.gateway.kill().expect("killed");
    let killed = std::time::Instant::now();
    let expired = until("its time to pass", PATIENCE, || {
        std::future::ready((killed.elapsed() > Duration::from_secs(2)).then_some(()))
    });
    expired.await.expect("a second passes");
    stage.gateway.start_again().await.expect("a start");
    admin.call("PATCH", "/channels/aliyun-1", &json!({"enabled": true})).await.expect("an answer").ok().expect("on");
    becomes(&api, &id, "expired").await;
    assert!(stage.simulator.texts("13800000001").is_empty());
}

/// Scheduled texts blocked those that were due (playsms#579).
#[tokio::test(flavor = "multi_thread")]
async fn scheduled_texts_stood_in_front_of_those_that_were_due() {
    let stage = stage().await;
    let api = stage.api();
    for number in 0..200 {
        let mut later = notice(&format!("13800001{number:03}"));
        later["send_at"] = json!("2027-01-01T00:00:00Z");
        accepted(&api, &later).await;
    }
    let id = accepted(&api, &notice("13800000001")).await;
    becomes(&api, &id, "delivered").await;
    assert_eq!(stage.simulator.summary().texts, 1);
}

/// A test key reached a real person (GSA#827, #856).
#[tokio::test(flavor = "multi_thread")]
async fn a_test_reached_a_person() {
    let stage = stage().await;
    let key =
        stage.gateway.admin().post("/applications/shop/keys", &json!({"test": true})).await.expect("an answer").json;
    let key = format!("{}.{}", key["id"].as_str().expect("an id"), key["secret"].as_str().expect("a secret"));
    let api = stage.gateway.api(&key);
    let id = accepted(&api, &otp("13800000001")).await;
    let story = becomes(&api, &id, "delivered").await;
    assert!(told(&story).ends_with("it came with a test key: nobody was reached (gateway)"), "{}", told(&story));
    assert_eq!(stage.simulator.summary().requests, 0);
}

/// One channel's throttling held up every text, though another channel was free (va#208).
#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_number_held_up_everybody() {
    let stage = stage().await;
    let second = second_channel(&stage).await;
    faults(
        &stage,
        json!({"error": {"code": "isv.BUSINESS_LIMIT_CONTROL", "message": "触发分钟级流控", "numbers": ["13800000001"]}}),
    );
    let api = stage.api();
    let id = accepted(&api, &otp("13800000001")).await;
    becomes(&api, &id, "delivered").await;
    assert_eq!(second.texts("13800000001").len(), 1, "the throttled one went elsewhere");
    // The first channel is no worse for anybody else, and is not asked for that number again within its minute.
    becomes(&api, &accepted(&api, &otp("13800000002")).await, "delivered").await;
    assert_eq!(stage.simulator.texts("13800000002").len(), 1);
    // A notice this time: a second code within the minute is one that no Aliyun account takes, and would wait.
    let requests = stage.simulator.summary().requests;
    becomes(&api, &accepted(&api, &notice("13800000001")).await, "delivered").await;
    assert_eq!(stage.simulator.summary().requests, requests, "no submit that is known to be refused");
}

/// Timed texts never fired, because two places wrote dates differently (our predecessor); here also over a restart.
#[tokio::test(flavor = "multi_thread")]
async fn a_timed_text_never_fired() {
    let mut stage = stage().await;
    let api = stage.api();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let send_at = i64::try_from(now).expect("small") + 3000;
    let mut later = notice("13800000001");
    later["send_at"] = json!(jixinda_domain::Timestamp::from_millis(send_at).to_string());
    let id = accepted(&api, &later).await;
    assert_eq!(story(&api, &id).await["status"], "scheduled");
    stage.gateway.kill().expect("killed");
    stage.gateway.start_again().await.expect("a start");
    let story = becomes(&api, &id, "delivered").await;
    let text = serde_json::to_value(&stage.simulator.texts("13800000001")[0]).expect("JSON");
    let late = text["at_ms"].as_i64().expect("a time") - send_at;
    assert!((0..5000).contains(&late), "{late} ms late");
    let history = told(&story);
    assert!(history.contains("queued: its time has come (gateway)"), "{history}");
}

/// The process died between the provider's yes and its own record of it, and sent the text again after the restart (notifyd's reaper,
/// celery's visibility time-out).
#[tokio::test(flavor = "multi_thread")]
async fn crashed_between_the_providers_yes_and_our_record() {
    let mut stage = stage_with(&[("DISPATCH__LOOKUP_AFTER_MS", "700"), ("DISPATCH__LOOKUP_EVERY_MS", "500")]).await;
    faults(&stage, json!({"latency": {"fixed_ms": 30_000}, "receipts": {"lost_share": 1.0}}));
    let api = stage.api();
    let id = accepted(&api, &notice("13800000001")).await;
    stage.simulator.wait_until(|summary| summary.texts == 1, PATIENCE).await.expect("the provider took it");
    stage.gateway.kill().expect("killed");
    faults(&stage, json!({"receipts": {"lost_share": 1.0}}));
    stage.gateway.start_again().await.expect("a start");
    let story = becomes(&api, &id, "delivered").await;
    assert_eq!(attempts(&story), ["uncertain"], "{story}");
    assert!(told(&story).contains("interrupted: the gateway stopped before it heard the outcome"), "{}", told(&story));
    assert_eq!(stage.simulator.texts("13800000001").len(), 1);
}

/// A bulk sender starved everybody's codes (cds-snc#2843, GSA#425).
#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_stood_in_front_of_the_codes() {
    let stage = stage().await;
    let (api, admin) = (stage.api(), stage.gateway.admin());
    let slow = json!({"rate_per_second": 20});
    admin.call("PATCH", "/channels/aliyun-1", &slow).await.expect("an answer").ok().expect("slow");
    let messages: Vec<Value> = (0..2000).map(|number| json!({"to": format!("1380002{number:04}")})).collect();
    let defaults = json!({"template": "sale", "sign_name": SIGN_NAME, "params": {"shop": "A"}});
    let body = json!({"messages": messages, "defaults": defaults});
    assert_eq!(api.post("/v1/messages/batch", &body).await.expect("an answer").json["accepted"], 2000);
    stage.simulator.wait_until(|summary| summary.texts > 0, PATIENCE).await.expect("the campaign runs");
    for number in 0..10 {
        let id = accepted(&api, &otp(&format!("1380000001{number}"))).await;
        becomes(&api, &id, "delivered").await;
    }
    let texts = stage.simulator.summary().texts;
    assert!(texts < 2000, "the codes waited for the whole campaign");
}
