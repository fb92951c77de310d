//! Accounts that the simulated providers know: what a test registers.
//!
//! The live side of an account (faults, tally, pushes) is in `state`; finding one by its key in `registry`.

mod registry;
mod state;
mod tally;

use anyhow::{Context, Result, bail, ensure};
use hyper::Uri;
use serde::{Deserialize, Serialize};

use crate::wire::Provider;

pub(crate) use registry::Accounts;
pub(crate) use state::AccountState;
pub use tally::AccountSummary;
pub(crate) use tally::Tally;

/// An account (账号) at a provider, as the provider's console would show it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Whose account it is.
    #[serde(default)]
    pub provider: Provider,
    /// The public half of the credentials, unique over all providers; for Aliyun the AccessKey ID.
    pub key: String,
    /// The secret half; it is never shown again.
    #[serde(skip_serializing)]
    pub secret: String,
    /// Where receipts and inbound texts are pushed. Without one nothing is pushed.
    #[serde(default)]
    pub callback_url: Option<String>,
    /// Whether and when receipts are pushed.
    #[serde(default)]
    pub receipts: ReceiptOptions,
}

/// How an account's delivery receipts (回执) are pushed while nothing is broken.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReceiptOptions {
    /// Off: texts are still delivered (a lookup shows it), but no receipt is pushed.
    pub enabled: bool,
    /// From taking a text to its receipt.
    pub delay_ms: u64,
}

impl Account {
    /// An Aliyun account without a callback URL.
    pub fn aliyun(key: &str, secret: &str) -> Self {
        Self {
            provider: Provider::Aliyun,
            key: key.to_owned(),
            secret: secret.to_owned(),
            callback_url: None,
            receipts: ReceiptOptions::default(),
        }
    }

    /// The same account with receipts and inbound texts pushed to `url`.
    pub fn with_callback(self, url: impl Into<String>) -> Self {
        Self { callback_url: Some(url.into()), ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        ensure!(!self.key.is_empty(), "an account needs a key");
        ensure!(!self.secret.is_empty(), "account {} needs a secret", self.key);
        let Some(url) = &self.callback_url else { return Ok(()) };
        let uri: Uri = url.parse().with_context(|| format!("callback_url {url} is no URL"))?;
        if uri.scheme_str() != Some("http") || uri.host().is_none() {
            bail!("callback_url {url} must be an http:// address; the simulator pushes without TLS");
        }
        Ok(())
    }
}

impl Default for ReceiptOptions {
    fn default() -> Self {
        Self { enabled: true, delay_ms: 50 }
    }
}
