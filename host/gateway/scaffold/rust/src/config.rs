//! An account's settings. The gateway has checked them against `config.schema.json`; secrets come apart.

use jixinda_plugin_kit::Gateway;
use jixinda_plugin_kit::types::{Account, Failure};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Config {
    pub account: String,
    endpoint: String,
}

impl Config {
    pub fn read(account: &Account) -> Result<Self, Failure> {
        serde_json::from_str(&account.config).map_err(|error| Failure::BadConfig(error.to_string()))
    }

    /// The URL of an operation.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.endpoint.trim_end_matches('/'))
    }
}

pub fn secret(gateway: &dyn Gateway) -> Result<String, Failure> {
    gateway.secret("secret").ok_or_else(|| Failure::BadConfig("secret is not set".into()))
}
