//! Section `[webhooks]`: how applications are told.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksConfig {
    pub allow_networks: Vec<IpNet>,
    pub timeout_ms: u64,
    pub per_endpoint: usize,
    pub retries_s: Vec<u64>,
    pub key_overlap_s: u64,
}

impl WebhooksConfig {
    /// How long an endpoint may take to answer.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.max(1))
    }

    /// Pauses before an event is tried again.
    pub fn retries(&self) -> Vec<Duration> {
        self.retries_s.iter().map(|seconds| Duration::from_secs(*seconds)).collect()
    }

    /// How long the old signing key of an endpoint signs beside the new one.
    pub fn key_overlap(&self) -> Duration {
        Duration::from_secs(self.key_overlap_s)
    }
}
