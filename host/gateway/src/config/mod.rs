//! Configuration: `config.default.toml`, overridden by a file, overridden by the environment. One struct for each section.

mod address;
mod node;
mod queue;
mod webhooks;

pub use jixinda_routing::ByClass;
pub use node::NodeConfig;
pub use queue::QueueConfig;
pub use webhooks::WebhooksConfig;

use figment::Figment;
use figment::providers::{Env, Format as _, Toml};
use ipnet::IpNet;
use jixinda_domain::{LimitRule, MessageClass};
use jixinda_runtime::watch::WatchMode;
use jixinda_runtime::{CanarySettings, HostGrant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The defaults, and the manual.
pub const DEFAULTS: &str = include_str!("../../config.default.toml");

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: ServerConfig,
    pub data: DataConfig,
    pub store: StoreConfig,
    pub queue: QueueConfig,
    pub node: NodeConfig,
    pub master_key: MasterKeyConfig,
    pub plugins: PluginsConfig,
    pub egress: EgressConfig,
    pub dispatch: DispatchConfig,
    pub routing: jixinda_routing::Settings,
    pub polling: PollingConfig,
    pub limits: LimitsConfig,
    pub quiet_hours: QuietHoursConfig,
    pub opt_out: OptOutConfig,
    pub retention: RetentionConfig,
    pub webhooks: WebhooksConfig,
    pub log: LogConfig,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    pub listen: SocketAddr,
    pub public_url: String,
    pub trusted_proxies: Vec<IpNet>,
    pub max_requests: usize,
    pub body_timeout_ms: u64,
    pub leave_after_ms: u64,
}

impl ServerConfig {
    /// How long the body of a request may take to come.
    pub fn body_patience(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms.max(1))
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    pub dir: PathBuf,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    pub url: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MasterKeyConfig {
    pub file: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PluginsConfig {
    pub folder: String,
    pub watch: Watch,
    pub poll_interval_ms: u64,
    pub max_calls: u32,
    pub canary: CanarySettings,
    pub grants: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Watch {
    Events,
    Poll,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EgressConfig {
    pub allow_networks: Vec<IpNet>,
    pub connect_timeout_ms: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DispatchConfig {
    pub linger_ms: u64,
    pub ready_per_channel: usize,
    pub retry_ms: u64,
    pub max_retry_ms: u64,
    pub lookup_after_ms: u64,
    pub lookup_every_ms: u64,
    pub settling_ms: BTreeMap<String, u64>,
    pub uncertain_wait_ms: ByClass<u64>,
    pub max_tries: ByClass<u32>,
    pub receipt_overdue_ms: u64,
    pub receipt_lookups_ms: Vec<u64>,
    pub drain_ms: u64,
}

impl DispatchConfig {
    /// When a provider's "I never had it" may be believed, counted from the call.
    pub fn settling(&self, provider: &str) -> Duration {
        Duration::from_millis(self.settling_ms.get(provider).copied().unwrap_or(self.lookup_after_ms))
    }

    /// How long an uncertain text of this class waits for an answer, counted from the call.
    pub fn uncertain_wait(&self, class: MessageClass) -> Duration {
        Duration::from_millis(*self.uncertain_wait_ms.of(class))
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PollingConfig {
    pub every_ms: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    pub rules: Vec<LimitRule>,
    /// Where the day of a quota begins at midnight.
    pub time_zone: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHoursConfig {
    pub classes: Vec<MessageClass>,
    pub from: String,
    pub until: String,
    pub time_zone: String,
    /// Time zones by country calling code.
    pub countries: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OptOutConfig {
    pub classes: Vec<MessageClass>,
    pub more_words: Vec<String>,
}

/// Ages in days; 0 keeps for ever.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    pub messages_days: u32,
    pub mask_after_days: u32,
    pub calls_days: u32,
    pub unmatched_receipts_days: u32,
    pub inbound_days: u32,
    pub webhooks_days: u32,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Reads the defaults, the file (which must exist where it is named) and the environment.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            anyhow::ensure!(file.is_file(), "the configuration file {} does not exist", file.display());
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment.merge(Env::prefixed("JIXINDA__").split("__"));
        let config: Self = figment.extract().map_err(|error| anyhow::anyhow!("the configuration is wrong: {error}"))?;
        config.check()?;
        Ok(config)
    }

    /// For people to look at: addresses keep their users and lose their passwords.
    pub fn without_passwords(mut self) -> Self {
        self.store.url = address::without_password(&self.store.url);
        self.queue.url = address::without_password(&self.queue.url);
        self
    }

    fn check(&self) -> anyhow::Result<()> {
        let store = &self.store.url;
        anyhow::ensure!(
            store.is_empty() || ["sqlite:", "mysql:"].iter().any(|scheme| store.starts_with(scheme)),
            "store.url: sqlite:<path> or mysql://user:password@host/database"
        );
        self.queue.check()?;
        self.node.check()?;
        if !self.server.public_url.is_empty() {
            let url = url::Url::parse(&self.server.public_url);
            let usable = url.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
            anyhow::ensure!(usable, "server.public_url must look like https://sms.example.com");
        }
        crate::quiet_hours::QuietHours::from_config(&self.quiet_hours)?;
        crate::quiet_hours::zone("limits.time_zone", &self.limits.time_zone)?;
        for rule in &self.limits.rules {
            rule.check().map_err(|error| anyhow::anyhow!("limits.rules: {error}"))?;
            let days = rule.per_seconds.div_ceil(24 * 3600);
            let kept = [self.retention.messages_days, self.retention.mask_after_days];
            anyhow::ensure!(
                kept.into_iter().all(|kept| kept == 0 || kept >= days),
                "retention: a rule of limits.rules counts back {days} days; keep messages and their numbers as long"
            );
        }
        self.check_counts()
    }

    /// Settings of which nothing, or none, would mean that nothing works.
    fn check_counts(&self) -> anyhow::Result<()> {
        let quiet = &self.quiet_hours;
        anyhow::ensure!(
            quiet.from.is_empty() || quiet.from != quiet.until,
            "quiet_hours: from and until are the same time, which is never quiet; leave both empty to switch it off"
        );
        let tries = &self.dispatch.max_tries;
        anyhow::ensure!(tries.otp.min(tries.notice).min(tries.marketing) > 0, "dispatch.max_tries: at least 1 each");
        anyhow::ensure!(
            self.webhooks.per_endpoint > 0 && self.webhooks.timeout_ms > 0,
            "webhooks.per_endpoint and webhooks.timeout_ms: at least 1"
        );
        anyhow::ensure!(
            self.opt_out.more_words.iter().all(|word| word.chars().any(char::is_alphanumeric)),
            "opt_out.more_words: each needs a letter or a digit"
        );
        let routing = self.routing.problems();
        anyhow::ensure!(routing.is_empty(), "{}", routing.join("; "));
        self.plugins.canary.check().map_err(|words| anyhow::anyhow!("plugins.canary.{words}"))?;
        for (provider, hosts) in &self.plugins.grants {
            for host in hosts {
                host.parse::<HostGrant>().map_err(|error| anyhow::anyhow!("plugins.grants.{provider}: {error}"))?;
            }
        }
        Ok(())
    }

    pub fn database(&self) -> PathBuf {
        match self.store.url.strip_prefix("sqlite:") {
            Some(path) => PathBuf::from(path.trim_start_matches("//")),
            None => self.data.dir.join("jixinda.db"),
        }
    }

    pub fn plugin_folder(&self) -> PathBuf {
        if self.plugins.folder.is_empty() { self.data.dir.join("plugins") } else { PathBuf::from(&self.plugins.folder) }
    }

    pub fn master_key_file(&self) -> PathBuf {
        if self.master_key.file.is_empty() {
            self.data.dir.join("master.key")
        } else {
            PathBuf::from(&self.master_key.file)
        }
    }

    pub fn watch_mode(&self) -> WatchMode {
        match self.plugins.watch {
            Watch::Events => WatchMode::Events,
            Watch::Poll => WatchMode::Poll(Duration::from_millis(self.plugins.poll_interval_ms.max(100))),
        }
    }

    /// The grants of a provider that the configuration names; they were checked when it was read.
    pub fn grants(&self, provider: &str) -> Vec<HostGrant> {
        self.plugins.grants.get(provider).into_iter().flatten().filter_map(|host| host.parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_a_configuration() {
        let config = Config::load(None).expect("the defaults");
        assert_eq!(config.server.listen.port(), 8770);
        assert!(config.database().ends_with("data/jixinda.db"));
        assert_eq!(config.plugins.canary, CanarySettings::default());
        assert_eq!(config.routing, jixinda_routing::Settings::default());
    }

    #[test]
    fn settings_that_mean_nothing_are_named() {
        type Setting = (&'static str, fn(&mut Config));
        let settings: [Setting; 6] = [
            ("routing.margin", |config| config.routing.margin = 0.0),
            ("plugins.canary.shares", |config| config.plugins.canary.shares = vec![1.5]),
            ("quiet_hours", |config| {
                (config.quiet_hours.from, config.quiet_hours.until) = ("08:00".to_owned(), "08:00".to_owned());
            }),
            ("dispatch.max_tries", |config| config.dispatch.max_tries.otp = 0),
            ("opt_out.more_words", |config| config.opt_out.more_words = vec![" ".to_owned()]),
            ("retention", |config| {
                let rule = r#"{"by": "number", "most": 1, "per_seconds": 2592000}"#;
                config.limits.rules = vec![serde_json::from_str(rule).expect("a rule")];
                config.retention.mask_after_days = 29;
            }),
        ];
        for (name, set) in settings {
            let mut config = Config::load(None).expect("the defaults");
            set(&mut config);
            let error = config.check().expect_err(name).to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Config::load(Some(Path::new("nowhere.toml"))).expect_err("no such file");
        assert!(error.to_string().contains("nowhere.toml"));
    }
}
