//! What a node is called, and when others take it for dead.

use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    pub name: String,
    pub beat_ms: u64,
    pub dead_after_ms: u64,
}

impl NodeConfig {
    /// What people call it: the machine's name where nobody said.
    pub fn name(&self) -> String {
        if self.name.is_empty() {
            let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
            machine.trim().chars().take(255).collect()
        } else {
            self.name.clone()
        }
    }

    pub fn dead_after(&self) -> Duration {
        Duration::from_millis(self.dead_after_ms)
    }

    pub(super) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.name.len() <= 255, "node.name: at most 255 bytes");
        anyhow::ensure!(
            self.beat_ms >= 50 && self.dead_after_ms >= self.beat_ms.saturating_mul(6),
            "node.beat_ms: at least 50; node.dead_after_ms: at least six beats"
        );
        Ok(())
    }
}
