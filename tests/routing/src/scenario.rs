//! [`Scenario`]: what is played, and what must come of it.

use crate::channel::SimChannel;
use jixinda_routing::Settings;

/// What must come of a scenario. `None` where it is not asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// Seconds after which new texts avoid the first channel.
    pub avoided: Option<f64>,
    /// Load of the survivor as a share of what it bears.
    pub overload: Option<f64>,
    /// Seconds after the end of its fault until the first channel has its share again.
    pub trusted: Option<u64>,
    /// Of all texts, the share that is delayed by more than a second.
    pub delayed: Option<f64>,
    /// Attempts in vain, beside the texts.
    pub extra: Option<f64>,
}

/// What is played. The first channel is the one that something happens to.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// For the table.
    pub name: &'static str,
    /// What happens, in a few words.
    pub story: &'static str,
    /// Texts a second.
    pub rate: f64,
    /// The share of them that are `otp`.
    pub otp: f64,
    /// How long it is played.
    pub seconds: u64,
    /// When the fault begins and ends.
    pub fault: (u64, u64),
    /// Only texts to one carrier are to avoid the channel.
    pub unicom_only: bool,
    /// The channels.
    pub channels: Vec<SimChannel>,
    /// How routing is set.
    pub settings: Settings,
    /// What must come of it.
    pub bounds: Bounds,
}
