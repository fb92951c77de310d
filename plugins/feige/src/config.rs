//! An account's settings. The gateway has checked them against `config.schema.json`; secrets come apart.

use jixinda_plugin_kit::settings;
use jixinda_plugin_kit::types::{Account, Failure, Message};
use serde::Deserialize;

const V1_ENDPOINT: &str = "http://api.feige.ee";
const V2_ENDPOINT: &str = "https://api.4321.sh";

/// Settings that are no secrets.
#[derive(Deserialize, Debug, PartialEq)]
pub struct Config {
    #[serde(default)]
    pub api_version: Version,
    pub key: String,
    #[serde(default)]
    sign_id: String,
    #[serde(default = "default_endpoint")]
    endpoint: String,
    #[serde(default)]
    report_endpoint: String,
    #[serde(default = "default_inbound_endpoint")]
    inbound_endpoint: String,
    #[serde(default = "default_report_path")]
    pub v1_report_path: String,
    #[serde(default = "default_numbers")]
    pub max_numbers: usize,
    #[serde(default)]
    pub international: bool,
    #[serde(default = "default_timeout")]
    pub request_timeout_ms: u32,
}

/// Which generation of the API an account is of.
#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Version {
    V1,
    #[default]
    V2,
}

impl Config {
    pub fn read(account: &Account) -> Result<Self, Failure> {
        settings::read(account)
    }

    /// An account of the old generation that names no address has the new one's by default: it means its own.
    pub fn endpoint(&self) -> &str {
        match (self.api_version, settings::base(&self.endpoint)) {
            (Version::V1, V2_ENDPOINT) => V1_ENDPOINT,
            (_, endpoint) => endpoint,
        }
    }

    /// That receipts are fetched where texts are sent is UNCONFIRMED.
    pub fn report_endpoint(&self) -> &str {
        match self.api_version {
            Version::V1 => self.endpoint(),
            Version::V2 if self.report_endpoint.is_empty() => self.endpoint(),
            Version::V2 => settings::base(&self.report_endpoint),
        }
    }

    pub fn inbound_endpoint(&self) -> &str {
        match self.api_version {
            Version::V1 => self.endpoint(),
            Version::V2 => settings::base(&self.inbound_endpoint),
        }
    }

    /// The sign id of a message.
    pub fn sign_id_of<'a>(&'a self, message: &'a Message) -> Option<&'a str> {
        let bound = message.sign_code.as_deref().unwrap_or_default();
        Some(if bound.is_empty() { &self.sign_id } else { bound }).filter(|id| !id.is_empty())
    }
}

fn default_endpoint() -> String {
    V2_ENDPOINT.into()
}

fn default_inbound_endpoint() -> String {
    "https://data.4321.sh".into()
}

fn default_report_path() -> String {
    "/ReportMo/Report".into()
}

fn default_numbers() -> usize {
    500
}

fn default_timeout() -> u32 {
    10_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{v1, v2};

    #[test]
    fn each_generation_has_its_addresses() {
        let config = Config::read(&v2("")).unwrap();
        assert_eq!((config.endpoint(), config.report_endpoint()), ("https://api.4321.sh", "https://api.4321.sh"));
        assert_eq!(config.inbound_endpoint(), "https://data.4321.sh");
        let config = Config::read(&v1("")).unwrap();
        assert_eq!((config.endpoint(), config.inbound_endpoint()), ("http://api.feige.ee", "http://api.feige.ee"));
        let moved = r#","endpoint":"https://a.example.com/","report_endpoint":"https://b.example.com""#;
        let config = Config::read(&v2(moved)).unwrap();
        assert_eq!((config.endpoint(), config.report_endpoint()), ("https://a.example.com", "https://b.example.com"));
    }
}
