//! [`Digest`]: how long things took, in buckets that grow by the square root of two, from 1 ms to about 17 minutes. A quantile is
//! right within a fifth. It fades like any count, which an exact digest could not.

use serde::{Deserialize, Serialize};

const BUCKETS: usize = 40;

/// Durations in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    buckets: Vec<f32>,
}

impl Default for Digest {
    fn default() -> Self {
        Self { buckets: vec![0.0; BUCKETS] }
    }
}

impl Digest {
    /// Something took this long.
    pub fn add(&mut self, millis: f64) {
        let bucket = (millis.max(1.0).log2() * 2.0) as usize;
        if let Some(count) = self.buckets.get_mut(bucket.min(BUCKETS - 1)) {
            *count += 1.0;
        }
    }

    /// Fades.
    pub fn decay(&mut self, keeps: f32) {
        for count in &mut self.buckets {
            *count *= keeps;
            if *count < 1e-6 {
                *count = 0.0;
            }
        }
    }

    /// Adds what another one holds.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
    }

    /// How many are in it.
    pub fn count(&self) -> f64 {
        self.buckets.iter().map(|count| f64::from(*count)).sum()
    }

    /// The duration that this share of them stayed within; `None` where there are none.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let wanted = self.count() * share;
        let mut seen = 0.0;
        self.buckets.iter().enumerate().find_map(|(bucket, count)| {
            seen += f64::from(*count);
            // The middle of the bucket, on its own scale.
            (*count > 0.0 && seen >= wanted).then(|| 2_f64.powf((bucket as f64 + 0.5) / 2.0))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_within_a_fifth() {
        let mut digest = Digest::default();
        for millis in 1..=1000 {
            digest.add(f64::from(millis));
        }
        for (share, exact) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0)] {
            let told = digest.quantile(share).expect("not empty");
            assert!((told / exact - 1.0).abs() < 0.2, "{share}: {told} for {exact}");
        }
        assert_eq!(Digest::default().quantile(0.5), None);
        digest.add(f64::MAX);
        digest.add(-1.0);
    }
}
