//! An account's settings. The gateway has checked them against `config.schema.json`; secrets come apart.

use jixinda_plugin_kit::types::{Account, Failure, Message};
use jixinda_plugin_kit::{Gateway, settings};
use serde::Deserialize;

use crate::auth::Credentials;

/// Settings that are no secrets.
#[derive(Deserialize, Debug, PartialEq)]
pub struct Config {
    endpoint: String,
    app_key: String,
    sender: Option<String>,
    #[serde(default)]
    pub auth: Auth,
    #[serde(default)]
    pub wsse_digest: DigestForm,
    #[serde(default = "yes")]
    pub send_sign_name: bool,
    #[serde(default)]
    pub verify_callbacks: bool,
    #[serde(default = "default_timeout")]
    pub request_timeout_ms: u32,
}

/// How a request proves who sends it.
#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    #[default]
    Wsse,
    Aksk,
}

/// Of what the `PasswordDigest` is the Base64: which of the two is normative is UNCONFIRMED, both are in use.
#[derive(Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum DigestForm {
    /// Of the hash's hex text.
    #[default]
    Hex,
    /// Of the hash itself.
    Raw,
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
        Ok(Credentials { key: self.app_key.clone(), secret: settings::secret(gateway, "app_secret")? })
    }

    /// The channel number that a message is sent from.
    pub fn sender_of<'a>(&'a self, message: &'a Message) -> Option<&'a str> {
        let bound = message.sign_code.as_deref().filter(|code| !code.is_empty());
        bound.or(self.sender.as_deref())
    }

    /// What follows a channel number of ours in the number that a person wrote to.
    pub fn extension_of<'a>(&self, written_to: &'a str) -> Option<&'a str> {
        written_to.strip_prefix(self.sender.as_deref()?).filter(|rest| !rest.is_empty())
    }
}

fn yes() -> bool {
    true
}

fn default_timeout() -> u32 {
    10_000
}
