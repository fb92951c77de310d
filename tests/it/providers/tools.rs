//! The tools of those who write plugins, as they type them: recording, playing, calling by hand, and what is refused.

use crate::support::program;
use provider_simulator::{Account, Options, Provider, Simulator};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const SECRET: &str = "a-real/secret+0001";

/// A plugin with a copy of its cases that may be changed.
struct Desk {
    folder: tempfile::TempDir,
    plugin: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folder = tempfile::tempdir().expect("a folder");
        copy(&root.join("host/gateway/scaffold/rust/cases"), &folder.path().join("cases"));
        Self { folder, plugin: root.join("tests/fixtures/wit-0.1/acme-rust.wasm") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, value: &Value) {
        std::fs::write(self.path(name), value.to_string()).expect("written");
    }

    /// Whether it worked, and what it said on both outputs.
    async fn plugin(&self, words: &[&str]) -> (bool, String) {
        let mut command = Command::new(program());
        command.args(["plugin", words[0]]).arg(&self.plugin).args(&words[1..]).current_dir(self.folder.path());
        // It asks the simulator, which lives in this process.
        let output = tokio::task::spawn_blocking(move || command.output().expect("it runs")).await.expect("it ends");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Every file below the folder, as one text.
    fn everything(&self) -> String {
        fn gather(folder: &Path, text: &mut String) {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => gather(&path, text),
                    false => text.push_str(&std::fs::read_to_string(&path).expect("text")),
                }
            }
        }
        let mut text = String::new();
        gather(&self.path("cases"), &mut text);
        text
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() { copy(&path, &target) } else { std::fs::copy(&path, &target).map(drop).expect("copied") }
    }
}

async fn simulator() -> Simulator {
    let simulator = Simulator::start(Options::default()).await.expect("it starts");
    simulator.register(Account::new(Provider::Generic, "example-account", SECRET)).expect("registered");
    simulator
}

fn settings(simulator: &Simulator) -> Value {
    json!({"account": "example-account", "secret": SECRET, "endpoint": format!("{}/generic", simulator.url())})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_case_plays_again_and_holds_no_secret() {
    let (desk, simulator) = (Desk::new(), simulator().await);
    desk.write("account.json", &settings(&simulator));
    std::fs::remove_file(desk.path("cases/accepted/provider.json")).expect("removed");
    let words = [
        "test",
        "--cases",
        "cases",
        "--record",
        "--only",
        "accepted",
        "--config",
        "account.json",
        "--allow-network",
        "127.0.0.0/8",
    ];
    let (worked, said) = desk.plugin(&words).await;
    assert!(worked && said.contains("recorded accepted: 1 exchanges"), "{said}");
    assert_eq!(simulator.summary().total.texts, 1, "the provider was really asked");
    let (worked, said) = desk.plugin(&["test", "--cases", "cases"]).await;
    assert!(worked && said.contains("5 passed, 0 failed"), "{said}");
    // Where no answer comes, the case stays as it was.
    let before = desk.everything();
    let (worked, said) = desk.plugin(&words[..words.len() - 2]).await;
    assert!(!worked && said.contains("the case is unchanged"), "{said}");
    assert_eq!(desk.everything(), before);
    let kept = desk.everything();
    assert!(kept.contains("example-secret-0001"), "the invented secret stands in the request");
    assert!(!kept.contains(SECRET), "the real one does not");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_by_hand_shows_the_exchange_and_masks_the_secret() {
    let (desk, simulator) = (Desk::new(), simulator().await);
    desk.write("account.json", &settings(&simulator));
    let to = ["--to", "13800000001", "--sign-name", "示例签名", "--text", "你好"];
    let words = [&["call", "--config", "account.json", "--allow-network", "127.0.0.0/8"][..], &to].concat();
    let (worked, said) = desk.plugin(&words).await;
    assert!(worked && said.contains("> Authorization: Bearer [secret]") && said.contains("\"accepted\""), "{said}");
    assert!(!said.contains(SECRET), "{said}");
    // Without leave for this machine's own network nothing is sent, and it says so.
    let (worked, said) = desk.plugin(&[&["call", "--config", "account.json"][..], &to].concat()).await;
    assert!(!worked && said.contains("nothing had left") && said.contains("deferred"), "{said}");
    let (worked, said) = desk.plugin(&["call", "--config", "account.json", "--to", "1"]).await;
    assert!(!worked && said.lines().count() == 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_case_is_said_by_its_place() {
    let desk = Desk::new();
    let wrong = json!({"outcomes": [{"outcome": "accepted", "upstream_id": "up-0002"}]});
    desk.write("cases/accepted/expected.json", &wrong);
    let (worked, said) = desk.plugin(&["test", "--cases", "cases"]).await;
    assert!(!worked && said.contains("4 passed, 1 failed") && said.contains("outcomes[0].upstream_id"), "{said}");
    for (input, named) in [
        (json!({"config": {"secret": "x"}, "ask": {"send": {"messages": [{}]}}}), "secret is a secret"),
        (json!({"config": {"colour": "x"}, "ask": {"send": {"messages": [{}]}}}), "colour"),
        (json!({"ask": {"sing": {}}}), "sing"),
        (json!({"ask": {"send": {"messages": [{"too": "x"}]}}}), "too"),
    ] {
        desk.write("cases/accepted/input.json", &input);
        let (worked, said) = desk.plugin(&["test", "--cases", "cases"]).await;
        assert!(!worked && said.contains(named) && said.contains("accepted"), "{input}: {said}");
    }
    std::fs::rename(desk.path("cases/accepted/input.json"), desk.path("cases/accepted/inptu.json")).expect("renamed");
    let (worked, said) = desk.plugin(&["test", "--cases", "cases"]).await;
    assert!(!worked && said.contains("misnamed"), "{said}");
    let (worked, said) = desk.plugin(&["test", "--cases", "nowhere"]).await;
    assert!(!worked && said.contains("nowhere"), "{said}");
    let (worked, said) = desk.plugin(&["check", "--conformance", "--cases", "cases/accepted"]).await;
    assert!(!worked && said.contains("has no case"), "{said}");
}
