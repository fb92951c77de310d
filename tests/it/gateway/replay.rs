//! `jixinda routing replay`: recorded traffic decided again, beside the gateway that recorded it.

use super::*;
use crate::support::program;
use jixinda_test_support::bind;
use std::process::{Command, Output};

const TEXTS: u64 = 200;

/// All there is: it costs nothing that the window is wider than the traffic.
const ALWAYS: [&str; 4] = ["--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"];

/// Where the store is, as the environment tells it.
type Place = Vec<(String, String)>;

/// Runs the replay on the store of this place.
fn replay(place: &Place, words: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.args(["routing", "replay"]).args(words);
    command.envs(place.iter().cloned()).env("JIXINDA__LOG__LEVEL", "warn");
    command.output().expect("it runs")
}

fn report(data: &Place, words: &[&str]) -> Value {
    let output = replay(data, &[&ALWAYS, words, &["--format", "json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn complaint(data: &Place, words: &[&str]) -> String {
    let output = replay(data, words);
    assert!(!output.status.success() && output.stdout.is_empty());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The replayed share of a channel's first choices.
fn share(report: &Value, name: &str) -> f64 {
    let channels = report["channels"].as_array().expect("channels");
    let channel = channels.iter().find(|channel| channel["name"] == name);
    channel.map_or(0.0, |channel| channel["first_share"]["replayed"].as_f64().expect("a share"))
}

/// A stage with two channels that has sent its texts, all through the first.
async fn stage_that_has_sent() -> Stage {
    let stage = stage().await;
    let admin = stage.gateway.admin();
    let second = json!({"name": "second", "account": "main", "position": 1, "price": {"value": "0.05", "unit": "CNY"}});
    admin.post("/channels", &second).await.expect("an answer").ok().expect("made");
    bind(&admin, "second").await.expect("bound");
    let price = json!({"price": {"value": "0.04", "unit": "CNY"}});
    admin.call("PATCH", "/channels/aliyun-1", &price).await.expect("an answer").ok().expect("changed");
    let api = stage.api();
    let messages: Vec<Value> = (0..TEXTS).map(|number| notice(&format!("13800000{number:03}"))).collect();
    let batch = json!({"messages": messages});
    api.post("/v1/messages/batch", &batch).await.expect("an answer").ok().expect("taken");
    until("all texts to arrive", PATIENCE, || {
        let api = api.clone();
        async move {
            let answer = api.get("/v1/messages?limit=200&status=delivered").await.ok()?;
            (answer.json["messages"].as_array()?.len() as u64 == TEXTS).then_some(())
        }
    })
    .await
    .expect("delivered");
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_traffic_is_decided_again_by_other_settings() {
    let mut stage = stage_that_has_sent().await;
    let data = stage.gateway.environment();
    // Beside the running gateway, by its own settings: everything goes as it went.
    let same = report(&data, &[]);
    assert_eq!((&same["texts"], &same["differences"]["count"]), (&json!(TEXTS), &json!(0)), "{same}");
    assert_eq!(share(&same, "aliyun-1"), 1.0, "{same}");
    assert_eq!(same["basis"]["recorded_share"], json!(1.0));
    assert_eq!(same["acceptance"], json!({"recorded": 1.0, "replayed": 1.0}));
    assert_eq!(same["delivery"], json!({"recorded": 1.0, "replayed": 1.0}));
    assert_eq!(same["costs"], json!([{"currency": "CNY", "recorded": "8.000000", "replayed": "8.000000"}]));
    // Without a gateway, and the store stays as it is.
    stage.gateway.terminate().await.expect("it stops");
    let file = stage.gateway.data().join("jixinda.db");
    let bytes = || std::fs::read(&file).ok();
    let before = bytes();
    let folder = tempfile::tempdir().expect("a folder");
    let other = folder.path().join("other.toml");
    std::fs::write(&other, "[routing]\nstrategy = \"weighted\"\n").expect("written");
    let with = ["--with", other.to_str().expect("a path")];
    let halves = report(&data, &with);
    let first = share(&halves, "aliyun-1");
    assert!((first - 0.5).abs() < 0.12 && (first + share(&halves, "second") - 1.0).abs() < 1e-9, "{halves}");
    let moved = halves["differences"]["count"].as_u64().expect("a count");
    assert_eq!(halves["differences"]["examples"][0]["replayed"], "second");
    assert_eq!(halves["basis"]["recorded"].as_u64().expect("a count") + moved, TEXTS, "the rest is not on record");
    assert_eq!(halves["basis"]["assumed"], json!(moved), "nothing is known of the second channel");
    assert_eq!(report(&data, &with), halves, "the same seed gives the same answer");
    assert_ne!(report(&data, &[&with[..], &["--seed", "2"]].concat()), halves);
    // By other policies.
    let policies = folder.path().join("policies.json");
    std::fs::write(&policies, r#"{"routing_policies": [{"class": "notice", "pinned": ["second"]}]}"#).expect("written");
    let pinned = report(&data, &["--policies", policies.to_str().expect("a path")]);
    assert_eq!(share(&pinned, "second"), 1.0, "{pinned}");
    assert_eq!(pinned["costs"][0]["replayed"], "10.000000");
    let told = replay(&data, &[&ALWAYS[..], &with].concat());
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    for words in ["200 texts from", "is on record", "is assumed", "What is drawn or assumed is an estimate.", "second"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(bytes() == before, "nothing is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_replayed_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere =
        complaint(&vec![("JIXINDA__DATA__DIR".to_owned(), folder.path().display().to_string())], &["--from", "-1h"]);
    assert!(nowhere.contains("there is no file") && nowhere.contains("data.dir"), "{nowhere}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is made");
    let stage = stage().await;
    let data = stage.gateway.environment();
    let empty = complaint(&data, &["--from", "yesterday"]);
    assert!(empty.contains("choose another --from and --to") && empty.contains("retention.calls_days"), "{empty}");
    assert!(complaint(&data, &["--from", "-1h", "--to", "-2h"]).contains("must be before --to"));
    assert!(complaint(&data, &["--from", "soon"]).contains("\"soon\" is no time"));
    let other = folder.path().join("other.toml");
    let with = ["--from", "-1h", "--with", other.to_str().expect("a path")];
    assert!(complaint(&data, &with).contains("does not exist"));
    std::fs::write(&other, "[routing]\nmargin = 7.0\n").expect("written");
    let wrong = complaint(&data, &with);
    assert!(wrong.contains("routing.margin") && wrong.contains("leave --with out"), "{wrong}");
}
