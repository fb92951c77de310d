//! An account's settings. The gateway has checked them against `config.schema.json`; secrets come apart.

use jixinda_plugin_kit::types::{Account, Failure};
use jixinda_plugin_kit::{Gateway, settings};
use serde::Deserialize;

use crate::auth::Credentials;

/// Settings that are no secrets.
#[derive(Deserialize, Debug, PartialEq)]
pub struct Config {
    secret_id: String,
    pub sdk_app_id: String,
    #[serde(default)]
    pub sender_id: String,
    #[serde(default = "default_endpoint")]
    endpoint: String,
    #[serde(default = "default_region")]
    pub region: String,
    #[serde(default = "yes")]
    pub blocklist_is_global: bool,
    #[serde(default = "default_timeout")]
    pub request_timeout_ms: u32,
}

impl Config {
    pub fn read(account: &Account) -> Result<Self, Failure> {
        settings::read(account)
    }

    /// Scheme and authority, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        settings::base(&self.endpoint)
    }

    pub fn credentials(&self, gateway: &dyn Gateway) -> Result<Credentials, Failure> {
        Ok(Credentials {
            secret_id: self.secret_id.clone(),
            secret_key: settings::secret(gateway, "secret_key")?,
            token: settings::optional_secret(gateway, "token"),
        })
    }
}

fn default_endpoint() -> String {
    "https://sms.tencentcloudapi.com".into()
}

fn default_region() -> String {
    "ap-guangzhou".into()
}

fn yes() -> bool {
    true
}

fn default_timeout() -> u32 {
    10_000
}
