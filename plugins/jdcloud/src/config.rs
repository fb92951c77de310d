//! An account's settings. The gateway has checked them against `config.schema.json`; secrets come apart.

use jixinda_plugin_kit::types::{Account, Failure, Message};
use jixinda_plugin_kit::{Gateway, settings};
use serde::Deserialize;

use crate::auth::{Credentials, Version};

/// Settings that are no secrets.
#[derive(Deserialize, Debug, PartialEq)]
pub struct Config {
    access_key_id: String,
    sign_id: Option<String>,
    pub app_id: Option<String>,
    #[serde(default = "default_endpoint")]
    endpoint: String,
    #[serde(default = "default_region")]
    pub region: String,
    #[serde(default)]
    signature_version: Version,
    #[serde(default = "default_codes")]
    delivered_codes: Vec<String>,
    #[serde(default)]
    delivered_statuses: Vec<i64>,
    #[serde(default)]
    pending_statuses: Vec<i64>,
    #[serde(default = "default_pause")]
    pub inbound_every_seconds: u32,
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
            key_id: self.access_key_id.clone(),
            key_secret: settings::secret(gateway, "access_key_secret")?,
            region: self.region.clone(),
            version: self.signature_version,
        })
    }

    /// The sign id of a message.
    pub fn sign_id_of<'a>(&'a self, message: &'a Message) -> Option<&'a str> {
        let bound = message.sign_code.as_deref().filter(|code| !code.is_empty());
        bound.or(self.sign_id.as_deref().filter(|id| !id.is_empty()))
    }

    /// What a receipt's code and number mean is UNCONFIRMED, so both can be set.
    pub fn says_delivered(&self, code: &str, status: Option<i64>) -> bool {
        let by_number = status.is_some_and(|status| self.delivered_statuses.contains(&status));
        by_number || self.delivered_codes.iter().any(|known| known.eq_ignore_ascii_case(code))
    }

    pub fn says_pending(&self, status: Option<i64>) -> bool {
        status.is_some_and(|status| self.pending_statuses.contains(&status))
    }
}

fn default_endpoint() -> String {
    "https://sms.jdcloud-api.com".into()
}

fn default_region() -> String {
    "cn-north-1".into()
}

fn default_codes() -> Vec<String> {
    vec!["DELIVRD".into()]
}

/// An answer holds the whole day: it need not be asked for more often.
fn default_pause() -> u32 {
    60
}

fn default_timeout() -> u32 {
    10_000
}
