//! The command line as operators type it: the real program against a running gateway and its folders.

use super::{PATIENCE, SIGN_NAME, stage};
use crate::support::program;
use jixinda_test_support::{Stage, component, until};
use std::process::Command;

/// The program, with a token of the stage's gateway and its data folder.
struct Shell<'a> {
    stage: &'a Stage,
    token: String,
}

impl<'a> Shell<'a> {
    fn new(stage: &'a Stage) -> Self {
        let mut shell = Self { stage, token: String::new() };
        shell.token = shell.ok(&["admin", "token", "add", "me"]);
        shell
    }

    /// Whether it worked, and what it said on both outputs.
    fn run(&self, words: &[&str]) -> (bool, String) {
        let mut command = Command::new(program());
        command.args(words).envs(self.stage.gateway.environment());
        command.env("JIXINDA_SERVER", self.stage.gateway.url()).env("SECRET", "exampleKeySecret");
        if !self.token.is_empty() {
            command.env("JIXINDA_TOKEN", &self.token);
        }
        let output = command.output().expect("it runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).trim().to_owned())
    }

    fn ok(&self, words: &[&str]) -> String {
        let (worked, said) = self.run(words);
        assert!(worked, "{words:?}: {said}");
        said
    }

    fn refused(&self, words: &[&str], expected: &str) {
        let (worked, said) = self.run(words);
        assert!(!worked && said.contains(expected) && said.lines().count() == 1, "{words:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_sent_and_followed() {
    let stage = stage().await;
    let shell = Shell::new(&stage);
    let key = ["--key", &stage.key];
    let login = ["send", "13800000001", "--template", "login", "--sign-name", SIGN_NAME, "--param", "code=824913"];
    let told = shell.ok(&[&login[..], &key, &["--wait"]].concat());
    assert!(told.contains("a receipt says delivered"), "{told}");
    let once = ["--idempotency-key", "one", "--output", "json"];
    let first = shell.ok(&[&login[..], &key, &once].concat());
    assert_eq!(first, shell.ok(&[&login[..], &key, &once].concat()), "nothing is sent a second time");
    let first: serde_json::Value = serde_json::from_str(&first).expect("JSON");
    let id = first["id"].as_str().expect("an id");
    let story = shell.ok(&[&["status", id, "--wait", "--output", "json"][..], &key].concat());
    let story: serde_json::Value = serde_json::from_str(&story).expect("JSON");
    assert_eq!((&story["status"], &story["attempts"][0]["no"]), (&"delivered".into(), &1.into()));
    shell.refused(&login, "no application key");
    shell.refused(&[&["send", "12", "--template", "login", "--sign-name", SIGN_NAME][..], &key].concat(), "to:");
    shell.refused(&[&["status", "msg_nothing"][..], &key].concat(), "not_found");
    assert!(shell.ok(&["completions", "bash"]).contains("--idempotency-key"), "a shell knows the commands");
}

#[tokio::test(flavor = "multi_thread")]
async fn nouns_are_added_changed_and_removed() {
    let stage = stage().await;
    let shell = Shell::new(&stage);
    let added = shell.ok(&[
        "account",
        "add",
        "second",
        "--provider",
        "aliyun",
        "--set",
        "access_key_id=LTAIexampleKeyId",
        "--secret-from-env",
        "access_key_secret=SECRET",
        "--set",
        "request_timeout_ms=5000",
        "--output",
        "json",
    ]);
    assert!(added.contains("\"request_timeout_ms\": 5000") && !added.contains("exampleKeySecret"), "{added}");
    shell.ok(&["account", "change", "second", "--unset", "request_timeout_ms", "--name", "other"]);
    assert!(shell.ok(&["account", "show", "other"]).contains("\"request_timeout_ms\":10000"));
    shell.ok(&["channel", "add", "way", "--account", "other", "--position", "-1", "--country", "86"]);
    let rules = r#"{"frequency":[{"per":["recipient"],"window_seconds":60,"max":1}]}"#;
    let set = ["--weight", "250", "--price", "0.045", "--carrier", "mobile", "--carrier", "unicom", "--rules", rules];
    let shown = shell.ok(&[&["channel", "change", "way"][..], &set].concat());
    assert!(shown.contains("0.045 CNY") && shown.contains("window_seconds"), "{shown}");
    let listed = shell.ok(&["channel", "list"]);
    assert!(listed.contains("250") && listed.contains("mobile, unicom"), "{listed}");
    shell.refused(&["channel", "change", "way", "--carrier", "cmcc"], "cmcc");
    let cleared = shell.ok(&["channel", "change", "way", "--no-price", "--any-carrier", "--no-rules"]);
    assert!(
        !cleared.contains("CNY") && !cleared.contains("unicom") && !cleared.contains("window_seconds"),
        "{cleared}"
    );
    shell.ok(&["template", "add", "code", "--class", "otp", "--content", "${code}", "--limit", "code=6"]);
    shell.ok(&["sign-name", "add", "示例"]);
    shell.ok(&["channel", "bind-template", "way", "code", "--provider-code", "SMS_000009", "--param", "code=number"]);
    assert!(shell.ok(&["channel", "bind-sign-name", "way", "示例", "--carrier", "telecom"]).contains("telecom"));
    let bound = shell.ok(&["channel", "bind-sign-name", "way", "示例"]);
    assert!(bound.contains(r#"{"from":"code","to":"number"}"#) && bound.contains("SMS_000009"), "{bound}");
    shell.refused(&["account", "remove", "other"], "in_use");
    shell.refused(&["channel", "remove", "way"], "disable the channel first");
    shell.ok(&["channel", "disable", "way"]);
    shell.ok(&["channel", "remove", "way"]);
    shell.ok(&["account", "disable", "other"]);
    shell.ok(&["account", "remove", "other"]);
    shell.ok(&["application", "add", "bank", "--weight", "40"]);
    assert!(shell.ok(&["application", "list"]).contains("40"));
    let changed = shell.ok(&["application", "change", "bank", "--weight", "77", "--output", "json"]);
    assert!(changed.contains("\"weight\": 77"), "{changed}");
    for senseless in ["0", "101"] {
        shell.refused(&["application", "change", "bank", "--weight", senseless], "weight: 1 to 100");
    }
    let key = shell.ok(&["application", "key-add", "shop", "--test"]);
    assert!(key.contains("key_"), "{key}");
    assert!(shell.ok(&["provider", "list"]).contains("serving"));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_added_changed_and_removed() {
    let stage = stage().await;
    let shell = Shell::new(&stage);
    let url = "https://example.com/hooks";
    let added = shell.ok(&["webhook", "add", "shop", url, "--event", "message.updated", "--status", "delivered"]);
    assert!(added.contains("signing key (shown only now): whsec_"), "{added}");
    let id = added.split_whitespace().find(|word| word.starts_with("whk_")).expect("an id");
    let changed = shell.ok(&["webhook", "update", "shop", id, "--active", "false", "--any-status"]);
    assert!(changed.contains("no") && !changed.contains("delivered"), "{changed}");
    let listed = shell.ok(&["webhook", "list", "shop"]);
    assert!(listed.contains(id) && listed.contains(url) && !listed.contains("whsec_"), "{listed}");
    assert!(shell.ok(&["webhook", "rotate", "shop", id]).contains("whsec_"));
    assert!(
        shell.ok(&["webhook", "deliveries", "--application", "shop", "--state", "parked"]).contains("there are none")
    );
    assert!(shell.ok(&["webhook", "replay", "shop", id]).contains('0'));
    shell.refused(&["webhook", "add", "shop", "https://10.0.0.1/"], "not a public address");
    shell.refused(&["webhook", "add", "shop", url, "--status", "queued"], "applications are not told of queued");
    shell.ok(&["webhook", "remove", "shop", id]);
    shell.refused(&["webhook", "test", "shop", id], "there is no such webhook (not_found)");
}

#[tokio::test(flavor = "multi_thread")]
async fn routing_policies_are_set_shown_and_removed() {
    let stage = stage().await;
    let shell = Shell::new(&stage);
    assert!(shell.ok(&["routing", "policy", "list"]).contains("there are none"));
    let scope = ["routing", "policy", "set", "--application", "shop", "--template", "login"];
    let words = ["--strategy", "weighted", "--pin", "aliyun-1", "--weight", "aliyun-1=300", "--note", "codes"];
    let made = shell.ok(&[&scope[..], &words].concat());
    let id = made.split_whitespace().find(|word| word.starts_with("rpo_")).expect("an id");
    assert!(made.contains("weighted") && made.contains(r#"{"aliyun-1":300}"#), "{made}");
    // The same scope again, the application by its id: the policy is changed, and what is not named stays.
    let application = shell.ok(&["application", "list", "--output", "json"]);
    let application: serde_json::Value = serde_json::from_str(&application).expect("JSON");
    let application = application["applications"][0]["id"].as_str().expect("an id");
    let scope = ["routing", "policy", "set", "--application", application, "--template", "login"];
    let changed = shell.ok(&[&scope[..], &["--no-strategy", "--no-pins"]].concat());
    assert!(changed.contains(id) && changed.contains("300") && !changed.contains("weighted"), "{changed}");
    shell.ok(&["routing", "policy", "set", "--exclude", "aliyun-1"]);
    assert_eq!(shell.ok(&["routing", "policy", "list"]).lines().count(), 3);
    let effective = shell.ok(&["routing", "policy", "effective", "shop", "login"]);
    assert!(effective.contains(id) && effective.contains("aliyun-1"), "{effective}");
    shell.refused(&["routing", "policy", "set", "--pin", "nowhere"], "pinned: there is no channel");
    shell.refused(&["routing", "policy", "set", "--weight", "aliyun-1=much"], "--weight aliyun-1: expected a number");
    shell.ok(&["routing", "policy", "remove", id]);
    shell.refused(&["routing", "policy", "remove", id], "there is no such routing policy");
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_in_one_line() {
    let stage = stage().await;
    let shell = Shell::new(&stage);
    let add = ["account", "add", "x", "--provider", "aliyun", "--set"];
    shell.refused(&[&add[..], &["access_key_id=a"]].concat(), "access_key_secret is missing");
    shell.refused(&[&add[..], &["request_timeout_ms=soon"]].concat(), "--set request_timeout_ms: an integer");
    shell.refused(&["channel", "show", "nowhere"], "there is no such channel (not_found)");
    shell.refused(&["channel", "list", "--token", "wrong"], "does not know this admin token");
    shell.refused(&["channel", "list", "--server", "http://127.0.0.1:1"], "is the gateway running?");
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_are_checked_installed_and_rolled_back() {
    let stage = stage().await;
    let shell = Shell::new(&stage);
    let (first, second) = (component("dist/aliyun.wasm"), component("variants/aliyun-0.1.1.wasm"));
    let (first, second) = (first.to_str().expect("a path"), second.to_str().expect("a path"));
    assert!(shell.ok(&["plugin", "check", first]).contains("may serve"));
    let scratch = tempfile::tempdir().expect("a folder");
    let rubbish = scratch.path().join("rubbish.wasm");
    std::fs::write(&rubbish, b"rubbish").expect("writes");
    let rubbish = rubbish.to_str().expect("a path");
    shell.refused(&["plugin", "check", rubbish], "this is not a WebAssembly component");
    shell.refused(&["plugin", "install", rubbish], "this is not a WebAssembly component");
    shell.refused(&["plugin", "rollback", "aliyun"], "nothing is kept of aliyun");

    shell.ok(&["plugin", "install", second]);
    shell.refused(&["plugin", "install", first], "give --force to go back");
    let folder = stage.gateway.plugins();
    let versions = || shell.ok(&["plugin", "list", "--folder", folder.to_str().expect("a path")]);
    assert!(versions().contains("0.1.1"));
    shell.ok(&["plugin", "rollback", "aliyun"]);
    assert!(versions().contains("0.1.0"));
    shell.ok(&["plugin", "rollback", "aliyun"]);
    assert!(versions().contains("0.1.1"), "a second rollback undoes the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_shown_and_ended_and_now_skips_it() {
    let stage = stage().await;
    let shell = Shell::new(&stage);
    let variant = |version: &str| component(&format!("variants/aliyun-{version}.wasm"));
    let (first, second, third) = (component("dist/aliyun.wasm"), variant("0.1.1"), variant("0.2.0"));
    let [first, second, third] = [&first, &second, &third].map(|file| file.to_str().expect("a path"));
    // Once somebody reads it so: the gateway looks at its folder when it is told of a change.
    let shows = async |wanted: &[&str]| {
        let what = format!("the list to show {wanted:?}");
        let shown = until(&what, PATIENCE, || {
            let listed = shell.ok(&["plugin", "list"]);
            async move { wanted.iter().all(|words| listed.contains(words)).then_some(()) }
        });
        shown.await.unwrap_or_else(|error| panic!("{error}: {}", shell.ok(&["plugin", "list"])));
    };
    shell.refused(&["plugin", "abort", "aliyun"], "no canary of aliyun runs (conflict)");
    shell.ok(&["plugin", "install", second]);
    shows(&["CANARY OF", "0.1.1", "95 %", "5 %", "FAULTS", "REFUSALS"]).await;
    assert!(shell.ok(&["plugin", "abort", "aliyun"]).contains("0.1.0"));
    shows(&["rolled_back", "an operator aborted it"]).await;
    // The very file again, at an operator's word; and a word for none that is tried.
    assert!(shell.ok(&["plugin", "install", "--now", second]).contains("holds this very file already"));
    shows(&["serving", "aliyun.wasm", "0.1.1"]).await;
    shell.ok(&["plugin", "install", third]);
    shows(&["CANARY OF", "0.2.0"]).await;
    assert!(shell.ok(&["plugin", "promote", "aliyun"]).contains("0.2.0"));
    // Going back is for all calls at once, and so is a file that is installed so.
    for (words, version) in
        [(&["plugin", "rollback", "aliyun"][..], "0.1.1"), (&["plugin", "install", "--now", "--force", first], "0.1.0")]
    {
        shell.ok(words);
        until(&format!("{version} to serve"), PATIENCE, || {
            let admin = stage.gateway.admin();
            async move {
                let provider = admin.get("/providers/aliyun").await.ok()?.json["provider"].clone();
                (provider["version"] == version && provider["canary"].is_null()).then_some(())
            }
        })
        .await
        .expect("it serves");
    }
    assert!(!shell.ok(&["plugin", "list"]).contains("CANARY OF"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rankings_and_events_are_read_at_the_terminal() {
    let stage = stage().await;
    let shell = Shell::new(&stage);
    let ranking = shell.ok(&["routing", "ranking"]);
    assert!(ranking.lines().any(|line| line.starts_with("aliyun-1") && line.contains("active")), "{ranking}");
    assert_eq!(ranking.lines().count(), 4, "a heading, and a line for each class: {ranking}");
    assert!(shell.ok(&["routing", "ranking", "--output", "json"]).starts_with('{'));
    assert_eq!(shell.ok(&["routing", "events", "--channel", "aliyun-1"]), "there are none");
    shell.refused(&["routing", "events", "--channel", "nobody"], "channel");
    shell.refused(&["routing", "probe", "aliyun-1"], "not suspended");
}
