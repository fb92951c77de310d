//! 乐信: no id of its own, receipts by our serial, refusals in words; both families of its functions.

use super::scene::{Row, losing, refusing};
use super::*;

fn provided(options: Value, config: fn(&str) -> Value) -> Provided {
    Provided {
        id: "lexin",
        simulated: Provider::Lexin,
        key: "acct01",
        secret: "123456",
        config,
        options,
        polled: true,
        codes: None,
        sign_code: None,
    }
}

fn config(url: &str) -> Value {
    json!({"base_url": format!("{url}/sdk/"), "account": "acct01", "password": "123456"})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day() {
    let scene = Scene::ordinary_day(&provided(json!({}), config)).await;
    scene.hears_a_person().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_family() {
    let provided = provided(json!({"family": 2, "case": "lower"}), |url| {
        let mut config = config(url);
        (config["family"], config["digest_case"]) = (json!("2"), json!("lower"));
        config
    });
    let scene = Scene::set(&provided).await;
    let id = scene.send(&scene::login("13800000001")).await;
    scene.becomes(&id, "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome() {
    // A refusal has words alone; its code is always 0.
    let word = |word: &'static str, outcome, reason| Row { code: "0", ..refusing(word, outcome, reason) };
    let rows = vec![
        word("含有敏感词", "rejected", "content-refused"),
        word("发送频率过快", "deferred", "rate-limited"),
        word("余额不足", "deferred", "no-balance"),
        word("密码错误", "deferred", "auth-failed"),
        word("系统繁忙", "uncertain", ""),
        losing(),
    ];
    Scene::outcomes(&provided(json!({}), config), rows).await;
}
