//! `QuerySendDetails`.

use provider_simulator::{Options, Remember};
use serde_json::{Value, json};
use time::macros::{format_description, offset};
use time::{Duration, OffsetDateTime};

use crate::support::{Client, PATIENCE, account, break_it, start, start_with};

/// The local day `days` from now.
fn day(days: i64) -> String {
    let day = OffsetDateTime::now_utc().to_offset(offset!(+8)) + Duration::days(days);
    day.format(format_description!("[year][month][day]")).expect("a day")
}

async fn look_up(client: &Client, day: &str, more: &[(&str, &str)]) -> Value {
    let params = [&[("PhoneNumber", "13800000001"), ("SendDate", day), ("CurrentPage", "1")], more].concat();
    client.call("QuerySendDetails", &params).await.expect("an answer").1
}

fn rows(answer: &Value) -> &Vec<Value> {
    answer["SmsSendDetailDTOs"]["SmsSendDetailDTO"].as_array().expect("rows")
}

#[tokio::test]
async fn a_lookup_follows_a_texts_fate() {
    let (simulator, client) = start().await;
    break_it(&simulator, json!({ "receipts": { "late_ms": 60_000 } }));
    let (_, waiting) = client.send("13800000001").await.expect("an answer");
    break_it(&simulator, json!({ "receipts": { "fail_share": 1.0 } }));
    let (_, failed) = client.send("13800000001").await.expect("an answer");
    break_it(&simulator, json!({}));
    let (_, delivered) = client.send("13800000001").await.expect("an answer");

    for (sent, status) in [(&waiting, 1), (&failed, 2), (&delivered, 3)] {
        let biz_id = sent["BizId"].as_str().expect("an id");
        let found = async {
            loop {
                let answer = look_up(&client, &day(0), &[("PageSize", "50"), ("BizId", biz_id)]).await;
                if rows(&answer)[0]["SendStatus"] == status {
                    return answer;
                }
            }
        };
        let answer = tokio::time::timeout(PATIENCE, found).await.expect("the status comes");
        assert_eq!((&answer["Code"], &answer["TotalCount"]), (&json!("OK"), &json!(1)));
        let row = &rows(&answer)[0];
        assert_eq!((&row["PhoneNum"], &row["OutId"]), (&json!("13800000001"), &json!("msg-0001")));
        assert_eq!(row["SendDate"].as_str().map(str::len), Some("2024-01-02 11:04:05".len()));
        assert_eq!(row["ReceiveDate"].is_string(), status != 1);
    }
}

#[tokio::test]
async fn lookups_are_paged_newest_first_and_by_day() {
    let (simulator, client) = start().await;
    for _ in 0..3 {
        client.send("13800000001").await.expect("an answer");
    }
    let answer = look_up(&client, &day(0), &[("PageSize", "2")]).await;
    assert_eq!((&answer["TotalCount"], rows(&answer).len()), (&json!(3), 2));
    assert_eq!(look_up(&client, &day(-1), &[("PageSize", "2")]).await["TotalCount"], 0);
    assert_eq!(look_up(&client, "2024-01-02", &[("PageSize", "2")]).await["Code"], "isv.INVALID_PARAMETERS");
    assert_eq!(look_up(&client, &day(0), &[("PageSize", "51")]).await["Code"], "isv.INVALID_PARAMETERS");
    assert_eq!(simulator.summary().lookups, 3 - 1);
}

#[tokio::test]
async fn what_was_not_taken_is_not_found() {
    let (simulator, client) = start().await;
    break_it(&simulator, json!({ "error": { "code": "isp.SYSTEM_ERROR", "http_status": 500 } }));
    client.send("13800000001").await.expect("an answer");
    assert_eq!(look_up(&client, &day(0), &[("PageSize", "50")]).await["TotalCount"], 0);
}

#[tokio::test]
async fn one_account_does_not_see_anothers_texts() {
    let (simulator, client) = start().await;
    client.send("13800000001").await.expect("an answer");
    let mut other = account();
    other.key = "LTAIotherKeyId".to_owned();
    simulator.register(other).expect("an account");
    let other = Client { key: "LTAIotherKeyId".to_owned(), ..Client::new(&simulator.url()) };
    assert_eq!(look_up(&other, &day(0), &[("PageSize", "50")]).await["TotalCount"], 0);
}

#[tokio::test]
async fn counts_alone_still_answer_by_number() {
    let (simulator, client) = start_with(Options { remember: Remember::Counts, ..Options::default() }).await;
    let (_, sent) = client.send("13800000001").await.expect("an answer");
    let biz_id = sent["BizId"].as_str().expect("an id");
    let answer = look_up(&client, &day(0), &[("PageSize", "50"), ("BizId", biz_id)]).await;
    assert_eq!((&answer["TotalCount"], &rows(&answer)[0]["SendStatus"]), (&json!(1), &json!(3)));
    client.send("13800000001").await.expect("an answer");
    assert_eq!(simulator.doubled()[0].taken, 2);
}
