//! Applications share a busy channel by weight: a campaign of one does not stand in front of another's texts.

use super::*;

/// Another application than the stage's; answers its API.
async fn bank(stage: &Stage) -> Client {
    let made = stage.gateway.admin().post("/applications", &json!({"name": "bank"})).await.expect("an answer").json;
    let word = |name: &str| made["key"][name].as_str().expect("a word").to_owned();
    stage.gateway.api(&format!("{}.{}", word("id"), word("secret")))
}

async fn slow_down(stage: &Stage, rate_per_second: u32) {
    let rate = json!({"rate_per_second": rate_per_second});
    stage.gateway.admin().call("PATCH", "/channels/aliyun-1", &rate).await.expect("an answer").ok().expect("slow");
}

async fn weigh(stage: &Stage, weight: u32) {
    let change = json!({"weight": weight});
    let answer = stage.gateway.admin().call("PATCH", "/applications/shop", &change).await.expect("an answer");
    assert_eq!((answer.status, &answer.json["weight"]), (200, &json!(weight)), "{}", answer.json);
}

/// Queues a notice for each number, in batches.
async fn campaign(api: &Client, numbers: &[String]) {
    let defaults = json!({"template": "shipped", "sign_name": SIGN_NAME, "params": {"order": "A-1"}});
    for part in numbers.chunks(2500) {
        let messages: Vec<Value> = part.iter().map(|number| json!({"to": number})).collect();
        let body = json!({"messages": messages, "defaults": defaults});
        assert_eq!(api.post("/v1/messages/batch", &body).await.expect("an answer").json["accepted"], part.len());
    }
}

fn numbers(of: u32, count: u32) -> Vec<String> {
    (0..count).map(|number| format!("13800{of}{number:05}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_texts_are_delivered_while_anothers_campaign_of_five_thousand_waits() {
    let stage = stage().await;
    slow_down(&stage, 100).await;
    let (shop, bank) = (stage.api(), bank(&stage).await);
    campaign(&shop, &numbers(1, 5000)).await;
    stage.simulator.wait_until(|summary| summary.texts > 0, PATIENCE).await.expect("the campaign runs");
    let before = stage.simulator.summary().texts;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(accepted(&bank, &notice(&format!("1380000000{number}"))).await);
    }
    let code = accepted(&shop, &otp("13800000009")).await;
    becomes(&shop, &code, "delivered").await;
    for id in &ids {
        becomes(&bank, id, "delivered").await;
    }
    // A fifth of the rate is kept for codes: what the others had meanwhile tells the time, at 80 a second.
    let meanwhile = stage.simulator.summary().texts - before;
    assert!(meanwhile <= 480, "the five waited for {meanwhile} texts");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_campaigns_share_by_weight_and_a_new_weight_is_in_force_at_once() {
    let stage = stage().await;
    slow_down(&stage, 500).await;
    weigh(&stage, 3).await;
    let bank = bank(&stage).await;
    let (of_shop, of_bank) = (numbers(1, 5000), numbers(2, 4000));
    campaign(&stage.api(), &of_shop).await;
    campaign(&bank, &of_bank).await;
    let sent = || [&of_shop, &of_bank].map(|numbers| numbers.len() - stage.simulator.missing(numbers).len());
    // Looks on while so many are sent; answers the part of them that was the shop's.
    let share = async |texts: usize| {
        let before = sent();
        let looked = until("the campaigns to go on", PATIENCE, || {
            let [shop, bank] = sent();
            let (shop, bank) = (shop - before[0], bank - before[1]);
            std::future::ready((shop + bank >= texts).then(|| shop as f64 / (shop + bank) as f64))
        });
        looked.await.expect("they go on")
    };
    until("both to run", PATIENCE, || std::future::ready((sent()[1] > 0).then_some(()))).await.expect("both run");
    let part = share(1600).await;
    assert!((0.68..=0.82).contains(&part), "3:1, and the shop had {part}");
    weigh(&stage, 1).await;
    // What was begun at the old weight.
    share(400).await;
    let part = share(1000).await;
    assert!((0.4..=0.6).contains(&part), "1:1, and the shop had {part}");
    assert!(sent()[0] < of_shop.len() && sent()[1] < of_bank.len(), "both still wait: {:?}", sent());
    assert!(stage.simulator.doubled().is_empty());
}
