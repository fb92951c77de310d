//! An account's settings: which wrong to do, and with what.

use jixinda_plugin_kit::types::{Account, Failure};
use serde::Deserialize;

/// All but `behaviour` may be left out.
#[derive(Deserialize)]
pub struct Settings {
    pub behaviour: String,
    /// Where requests go.
    #[serde(default)]
    pub url: String,
    #[serde(default)]
    pub timeout_ms: Option<u32>,
    /// How many, of whatever the behaviour repeats.
    #[serde(default)]
    pub count: usize,
    /// A mark to look for in the log, or the header to send.
    #[serde(default)]
    pub mark: String,
}

impl Settings {
    pub fn read(account: &Account) -> Result<Self, Failure> {
        serde_json::from_str(&account.config).map_err(|error| Failure::BadConfig(error.to_string()))
    }
}
