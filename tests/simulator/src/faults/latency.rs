//! How long answers take.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use crate::dice::Dice;

/// The longest wait a draw may give; a log-normal tail has no end of its own.
const LONGEST_MS: f64 = 600_000.0;

/// A distribution of answer times.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Latency {
    /// Always the same.
    FixedMs(u64),
    /// Anything between the two, equally likely.
    UniformMs(u64, u64),
    /// As real services behave: most near the median, a few much later.
    LogNormal {
        /// Half of the answers take longer.
        median_ms: f64,
        /// The spread; 0.5 puts one answer in a hundred over three medians.
        sigma: f64,
    },
}

impl Latency {
    pub(super) fn check(&self) -> Result<()> {
        match *self {
            Self::FixedMs(_) => {}
            Self::UniformMs(from, to) => ensure!(from <= to, "latency.uniform_ms goes from {from} down to {to}"),
            Self::LogNormal { median_ms, sigma } => {
                ensure!(median_ms > 0.0 && sigma >= 0.0, "latency.log_normal needs median_ms > 0 and sigma >= 0");
            }
        }
        Ok(())
    }

    pub(super) fn draw(&self, dice: &Dice) -> Duration {
        let ms = match *self {
            Self::FixedMs(ms) => ms as f64,
            Self::UniformMs(from, to) => from as f64 + (to - from) as f64 * dice.fraction(),
            Self::LogNormal { median_ms, sigma } => median_ms * (sigma * dice.gaussian()).exp(),
        };
        Duration::from_secs_f64(ms.min(LONGEST_MS) / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_normal_median_is_kept() {
        let (dice, latency) = (Dice::new(3), Latency::LogNormal { median_ms: 30.0, sigma: 0.5 });
        let longer = (0..10_000).filter(|_| latency.draw(&dice) > Duration::from_millis(30)).count();
        assert!((4_800..5_200).contains(&longer), "{longer}");
    }

    #[test]
    fn uniform_stays_inside() {
        let (dice, latency) = (Dice::new(3), Latency::UniformMs(10, 50));
        assert!((0..1_000).all(|_| (10..=50).contains(&latency.draw(&dice).as_millis())));
    }
}
