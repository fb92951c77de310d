//! An account's settings. The gateway has checked them against `config.schema.json`; secrets come apart.

use jixinda_plugin_kit::request::basic_auth;
use jixinda_plugin_kit::sign_name::Place;
use jixinda_plugin_kit::types::{Account, Failure, Message};
use jixinda_plugin_kit::{Gateway, settings};
use serde::Deserialize;

/// Settings that are no secrets.
#[derive(Deserialize, Debug, PartialEq)]
pub struct Config {
    pub account_sid: String,
    #[serde(default)]
    api_key_sid: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    messaging_service_sid: String,
    #[serde(default = "default_endpoint")]
    endpoint: String,
    #[serde(default = "nowhere")]
    pub sign_name_place: Place,
    #[serde(default = "yes")]
    pub send_validity: bool,
    #[serde(default = "yes")]
    pub verify_callbacks: bool,
    #[serde(default = "default_timeout")]
    pub request_timeout_ms: u32,
}

impl Config {
    pub fn read(account: &Account) -> Result<Self, Failure> {
        settings::read(account)
    }

    /// The URL of something below the account.
    pub fn url_of(&self, resource: &str) -> String {
        format!("{}/2010-04-01/Accounts/{}/{resource}", settings::base(&self.endpoint), self.account_sid)
    }

    /// The value of `Authorization`: of the API key where there is one, else of the account itself.
    pub fn authorization(&self, gateway: &dyn Gateway) -> Result<String, Failure> {
        if self.api_key_sid.is_empty() {
            return Ok(basic_auth(&self.account_sid, &settings::secret(gateway, "auth_token")?));
        }
        Ok(basic_auth(&self.api_key_sid, &settings::secret(gateway, "api_key_secret")?))
    }

    /// Who a message is from, as the field that says so.
    pub fn sender_of<'a>(&'a self, message: &'a Message) -> Option<(&'static str, &'a str)> {
        let bound = message.sign_code.as_deref().unwrap_or_default();
        let candidates = [("From", bound), ("MessagingServiceSid", &self.messaging_service_sid), ("From", &self.from)];
        candidates.into_iter().find(|(_, sender)| !sender.is_empty())
    }
}

fn default_endpoint() -> String {
    "https://api.twilio.com".into()
}

fn nowhere() -> Place {
    Place::None
}

fn yes() -> bool {
    true
}

fn default_timeout() -> u32 {
    10_000
}
