//! [`Sandbox`]: a runtime over a plugin folder of its own, and what is needed to call into it.

use super::{components, log, until};
use jixinda_domain::Clock;
use jixinda_domain::Outcome;
use jixinda_domain::clock::{ManualClock, SystemClock};
use jixinda_domain::provider::{CallRef, OutgoingMessage};
use jixinda_runtime::call::AccountConfigs;
use jixinda_runtime::egress::{AddressPolicy, EgressOptions};
use jixinda_runtime::limits::Budgets;
use jixinda_runtime::watch::WatchMode;
use jixinda_runtime::{AccountAccess, CanarySettings, FileState, Plugin, Runtime, RuntimeOptions, Secrets};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The id that `tests/misbehaving` has unless it is told otherwise.
pub const MISBEHAVING: &str = "misbehaving";
/// The plugin folder.
const PLUGINS: &str = "plugins";
/// The account's secret `key`.
pub const SECRET: &str = "s3cret/of+this-account";

/// A running runtime.
pub struct Sandbox {
    pub runtime: Arc<Runtime>,
    folder: TempDir,
}

impl Sandbox {
    /// Over a folder that holds these files.
    pub async fn start(files: &[(&str, Vec<u8>)]) -> Self {
        Self::start_with(files, |_| {}).await
    }

    /// With the misbehaving provider.
    pub async fn misbehaving() -> Self {
        Self::start(&[("misbehaving.wasm", components::misbehaving())]).await
    }

    /// With other options than the usual.
    pub async fn start_with(files: &[(&str, Vec<u8>)], change: impl FnOnce(&mut RuntimeOptions)) -> Self {
        Self::start_for(files, change, Arc::new(|_| Vec::new())).await
    }

    /// With existing accounts.
    pub async fn start_for(
        files: &[(&str, Vec<u8>)],
        change: impl FnOnce(&mut RuntimeOptions),
        accounts: AccountConfigs,
    ) -> Self {
        Self::over(filled(files), change, Arc::new(SystemClock), accounts).await
    }

    /// With canaries, and a clock that moves when it is told to.
    pub async fn with_canaries(files: &[(&str, Vec<u8>)], settings: CanarySettings, clock: Arc<ManualClock>) -> Self {
        Self::over(filled(files), |options| options.canary = settings, clock, Arc::new(|_| Vec::new())).await
    }

    /// The same folders in a new runtime.
    pub async fn start_again(self, settings: CanarySettings, clock: Arc<ManualClock>) -> Self {
        drop(self.runtime);
        Self::over(self.folder, |options| options.canary = settings, clock, Arc::new(|_| Vec::new())).await
    }

    async fn over(
        folder: TempDir,
        change: impl FnOnce(&mut RuntimeOptions),
        clock: Arc<dyn Clock>,
        accounts: AccountConfigs,
    ) -> Self {
        log::listen();
        let mut options = options(folder.path());
        change(&mut options);
        let runtime = Runtime::start(options, clock, accounts).await.expect("a runtime");
        Self { runtime, folder }
    }

    /// Where a plugin of this name lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(PLUGINS).join(name)
    }

    /// Where the runtime keeps what must outlive a restart.
    pub fn kept(&self) -> PathBuf {
        self.folder.path().join("kept")
    }

    /// Puts a file there in one step, as a careful operator does.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let temporary = self.path(&format!(".{name}.tmp"));
        std::fs::write(&temporary, bytes).expect("a temporary file");
        std::fs::rename(temporary, self.path(name)).expect("renamed");
    }

    /// The plugin that serves the misbehaving provider.
    pub fn plugin(&self) -> Arc<Plugin> {
        self.runtime.plugin(MISBEHAVING).unwrap_or_else(|| panic!("nothing serves: {:?}", self.runtime.files()))
    }

    /// What became of a file.
    pub fn state(&self, name: &str) -> Option<FileState> {
        self.runtime.files().into_iter().find(|file| file.file == name).map(|file| file.state)
    }

    /// Waits until the misbehaving provider is served by a generation that fits.
    pub async fn until_serving(&self, what: &str, fits: impl Fn(&Plugin) -> bool) -> Arc<Plugin> {
        until(what, || self.runtime.plugin(MISBEHAVING).filter(|plugin| fits(plugin))).await
    }

    /// Waits until a file is refused, and says where and why.
    pub async fn until_refused(&self, name: &str) -> (jixinda_runtime::Step, String, Option<String>) {
        until(&format!("{name} is refused"), || match self.state(name) {
            Some(FileState::Refused { step, reason, still_serving, .. }) => Some((step, reason, still_serving)),
            _ => None,
        })
        .await
    }

    /// Sends so many messages through the misbehaving provider.
    pub async fn send(&self, account: &AccountAccess, count: u32) -> Vec<Outcome> {
        self.runtime.send(&self.plugin(), account, &call(), &messages(count)).await
    }

    /// One message, with a behaviour that needs no upstream.
    pub async fn provoke(&self, behaviour: &str) -> Outcome {
        let outcomes = self.send(&account(&serde_json::json!({ "behaviour": behaviour })), 1).await;
        let [outcome] = outcomes.as_slice() else { panic!("one message has one outcome: {outcomes:?}") };
        outcome.clone()
    }
}

/// A folder whose plugin folder holds these files.
fn filled(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(PLUGINS)).expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(PLUGINS).join(name), bytes).expect("a file");
    }
    folder
}

/// The usual options: room for eight calls, loopback open, and a new file takes all calls at once.
fn options(folder: &Path) -> RuntimeOptions {
    let loopback = vec!["127.0.0.0/8".parse().expect("a network")];
    RuntimeOptions {
        folder: folder.join(PLUGINS),
        cache: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
        compiler: jixinda(),
        watch: WatchMode::Events,
        max_calls: 8,
        budgets: Budgets::default(),
        egress: EgressOptions { addresses: AddressPolicy::allowing(loopback), ..EgressOptions::default() },
        canary: CanarySettings { enabled: false, ..CanarySettings::default() },
        kept: folder.join("kept"),
    }
}

/// The program, which cargo puts beside the folder of the test binaries.
fn jixinda() -> PathBuf {
    let test = std::env::current_exe().expect("a test binary");
    let program = test.ancestors().nth(2).expect("a target folder").join("jixinda");
    assert!(program.exists(), "{} is missing: build the whole workspace first", program.display());
    program
}

/// An account with a secret; a `url` in its settings is granted.
pub fn account(settings: &Value) -> AccountAccess {
    let grants = settings["url"].as_str().and_then(|url| url.parse().ok()).into_iter().collect();
    let secrets: Secrets = [("key".to_owned(), SECRET.to_owned())].into();
    AccountAccess::new("acc_1".to_owned(), settings.to_string(), None, grants, secrets)
}

/// The account's settings for a behaviour with an upstream.
pub fn against(url: &str, behaviour: &str) -> AccountAccess {
    account(&serde_json::json!({ "behaviour": behaviour, "url": url }))
}

pub fn call() -> CallRef {
    CallRef { id: "cal_1".to_owned(), serial: "1".to_owned() }
}

pub fn messages(count: u32) -> Vec<OutgoingMessage> {
    (0..count).map(message).collect()
}

fn message(index: u32) -> OutgoingMessage {
    OutgoingMessage {
        id: format!("msg_{index}"),
        serial: index.to_string(),
        recipient: format!("+861380000{index:04}"),
        country_code: 86,
        category: "notice",
        sign_name: "示例签名".to_owned(),
        sign_code: None,
        text: "您的验证码是1234".to_owned(),
        template_code: Some("SMS_000000".to_owned()),
        params: vec![("code".to_owned(), "1234".to_owned())],
        attempt: 1,
        maybe_sent: false,
        validity_seconds: None,
    }
}

/// The words of each outcome's kind.
pub fn kinds(outcomes: &[Outcome]) -> Vec<&'static str> {
    outcomes.iter().map(Outcome::kind).collect()
}

/// Code and detail, as one text.
pub fn words(outcome: &Outcome) -> String {
    outcome.cause().map(|cause| format!("{}: {}", cause.code, cause.detail)).unwrap_or_default()
}
