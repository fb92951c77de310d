//! Configuration: `config.default.toml`, overridden by a file, overridden by the environment. One struct for each section.

mod webhooks;

pub use webhooks::WebhooksConfig;

use figment::Figment;
use figment::providers::{Env, Format as _, Toml};
use ipnet::IpNet;
use jixinda_runtime::HostGrant;
use jixinda_runtime::watch::WatchMode;
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
    pub master_key: MasterKeyConfig,
    pub plugins: PluginsConfig,
    pub egress: EgressConfig,
    pub dispatch: DispatchConfig,
    pub polling: PollingConfig,
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
pub struct QueueConfig {
    pub url: String,
    pub window: usize,
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
    pub receipt_lookups_ms: Vec<u64>,
    pub drain_ms: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PollingConfig {
    pub every_ms: u64,
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

    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.queue.url == "memory", "queue.url: only \"memory\" is known to this version");
        anyhow::ensure!(
            self.store.url.is_empty() || self.store.url.starts_with("sqlite:"),
            "store.url: only sqlite:<path> is known to this version"
        );
        if !self.server.public_url.is_empty() {
            let url = url::Url::parse(&self.server.public_url);
            let usable = url.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
            anyhow::ensure!(usable, "server.public_url must look like https://sms.example.com");
        }
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
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Config::load(Some(Path::new("nowhere.toml"))).expect_err("no such file");
        assert!(error.to_string().contains("nowhere.toml"));
    }
}
