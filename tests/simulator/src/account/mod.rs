//! Accounts that the simulated providers know: what a test registers.
//!
//! The live side of an account (faults, tally, pushes) is in `state`; finding one by its key in `registry`; what may be
//! registered in `check`.

mod check;
mod registry;
mod state;
mod tally;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// Whether, when and how receipts travel.
    #[serde(default)]
    pub receipts: ReceiptOptions,
    /// What is left, as text in the provider's own unit; without it the provider tells of a thousand.
    #[serde(default)]
    pub balance: Option<String>,
    /// How the account is set up at its provider: a JSON object, read by the provider's module.
    #[serde(default)]
    pub options: Value,
}

/// How an account's delivery receipts (回执) travel while nothing is broken.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReceiptOptions {
    /// Off: texts are still delivered (a lookup shows it), but there is no receipt.
    pub enabled: bool,
    /// From taking a text to its receipt.
    pub delay_ms: u64,
    /// Who brings them, and inbound texts too. By default they are pushed where the account has a callback URL, and wait
    /// where it has none, as far as the provider can do either.
    pub mode: Option<ReceiptMode>,
}

/// How receipts and inbound texts leave an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptMode {
    /// The provider calls back.
    Push,
    /// They wait until they are polled.
    Pull,
}

impl Account {
    /// An account as the provider sets it up by itself, without a callback URL.
    pub fn new(provider: Provider, key: &str, secret: &str) -> Self {
        Self {
            provider,
            key: key.to_owned(),
            secret: secret.to_owned(),
            callback_url: None,
            receipts: ReceiptOptions::default(),
            balance: None,
            options: Value::Null,
        }
    }

    /// An Aliyun account without a callback URL.
    pub fn aliyun(key: &str, secret: &str) -> Self {
        Self::new(Provider::Aliyun, key, secret)
    }

    /// The same account with receipts and inbound texts pushed to `url`.
    pub fn with_callback(self, url: impl Into<String>) -> Self {
        Self { callback_url: Some(url.into()), ..self }
    }

    /// The same account with receipts and inbound texts waiting to be polled.
    pub fn polled(mut self) -> Self {
        self.receipts.mode = Some(ReceiptMode::Pull);
        self
    }

    /// The same account, set up otherwise at its provider.
    pub fn with_options(self, options: Value) -> Self {
        Self { options, ..self }
    }

    /// The same account with so much left on it.
    pub fn with_balance(self, balance: &str) -> Self {
        Self { balance: Some(balance.to_owned()), ..self }
    }

    /// How receipts and inbound texts leave it.
    pub(crate) fn mode(&self) -> ReceiptMode {
        self.receipts.mode.unwrap_or_else(|| {
            let nature = self.provider.wire().nature();
            let is_called = self.callback_url.is_some() || !nature.polls;
            if nature.pushes && is_called { ReceiptMode::Push } else { ReceiptMode::Pull }
        })
    }

    /// The options in the provider's own type, which `Wire::check` has read once already.
    pub(crate) fn options<T: DeserializeOwned + Default>(&self) -> T {
        if self.options.is_null() { T::default() } else { T::deserialize(&self.options).unwrap_or_default() }
    }

    /// What is left on it.
    pub(crate) fn balance(&self) -> &str {
        self.balance.as_deref().unwrap_or("1000")
    }
}

impl Default for ReceiptOptions {
    fn default() -> Self {
        Self { enabled: true, delay_ms: 50, mode: None }
    }
}
