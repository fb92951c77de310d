//! How an account is set up at Twilio.

use serde::Deserialize;

/// The keys of an account's `options`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TwilioOptions {
    /// Taken beside the SID and the auth token.
    pub(super) api_key: Option<ApiKey>,
    /// What `From` may be; without any, everything well formed.
    pub(super) senders: Vec<String>,
    /// The number that inbound texts come to, and that a messaging service sends from.
    pub(super) sender: String,
    pub(super) currency: String,
}

/// A second pair of credentials.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiKey {
    pub(super) sid: String,
    pub(super) secret: String,
}

impl Default for TwilioOptions {
    fn default() -> Self {
        let (sender, currency) = ("+15550000001".to_owned(), "USD".to_owned());
        Self { api_key: None, senders: Vec::new(), sender, currency }
    }
}
