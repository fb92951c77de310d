//! An account's settings. The gateway has checked them against `config.schema.json`; secrets come apart.

use jixinda_plugin_kit::Gateway;
use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::types::{Account, Failure};
use serde::Deserialize;

use crate::auth::Credentials;

/// Settings that are no secrets.
#[derive(Deserialize)]
pub struct Config {
    access_key_id: String,
    #[serde(default = "default_endpoint")]
    endpoint: String,
    #[serde(default = "default_region")]
    pub region: String,
    #[serde(default)]
    pub signature_version: SignatureVersion,
    #[serde(default = "default_timeout")]
    pub request_timeout_ms: u32,
    receipt_time_zone: Option<String>,
}

/// Which of Aliyun's request signatures to use.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SignatureVersion {
    V1,
    #[default]
    V3,
}

impl Config {
    pub fn read(account: &Account) -> Result<Self, Failure> {
        serde_json::from_str(&account.config).map_err(|error| Failure::BadConfig(error.to_string()))
    }

    /// Scheme and authority, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        self.endpoint.trim_end_matches('/')
    }

    /// That receipts are in Beijing time is UNCONFIRMED, so it can be set.
    pub fn receipt_zone(&self) -> Zone {
        self.receipt_time_zone.as_deref().and_then(Zone::parse).unwrap_or(Zone::CHINA)
    }

    pub fn credentials(&self, gateway: &dyn Gateway) -> Result<Credentials, Failure> {
        let key_secret = gateway
            .secret("access_key_secret")
            .ok_or_else(|| Failure::BadConfig("access_key_secret is not set".into()))?;
        let security_token = gateway.secret("security_token").filter(|token| !token.is_empty());
        Ok(Credentials { key_id: self.access_key_id.clone(), key_secret, security_token })
    }
}

fn default_endpoint() -> String {
    "https://dysmsapi.aliyuncs.com".into()
}

fn default_region() -> String {
    "cn-hangzhou".into()
}

fn default_timeout() -> u32 {
    10_000
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::fake::FakeGateway;

    use super::*;
    use crate::testing::account;

    #[test]
    fn the_least_config_gets_defaults() {
        let config = Config::read(&account(r#"{"access_key_id":"LTAIexampleKeyId"}"#)).unwrap();
        assert_eq!(config.endpoint(), "https://dysmsapi.aliyuncs.com");
        assert_eq!(config.region, "cn-hangzhou");
        assert_eq!(config.request_timeout_ms, 10_000);
        assert_eq!(config.receipt_zone(), Zone::CHINA);
        assert!(config.signature_version == SignatureVersion::V3);
    }

    #[test]
    fn a_missing_key_or_secret_is_bad_config() {
        assert!(matches!(Config::read(&account("{}")), Err(Failure::BadConfig(_))));
        let config = Config::read(&account(r#"{"access_key_id":"x"}"#)).unwrap();
        assert!(matches!(config.credentials(&FakeGateway::default()), Err(Failure::BadConfig(_))));
    }
}
