//! How load moves between channels (排名, 降级): in steps, when another one is clearly better, and back by a slow drift.
//!
//! A channel's *share* says how much of the load that the operator's order gives it, it really gets. What it does not get goes to the
//! next in that order. A demoted channel keeps a trickle, so that it can show that it is well again.

use crate::evidence::seconds_between;
use crate::rating::Rating;
use crate::settings::Settings;
use jixinda_domain::{ChannelId, Timestamp};
use serde::{Deserialize, Serialize};

/// Why load leaves a channel although it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demotion {
    /// Another one that could carry its texts is clearly better.
    Worse,
    /// Its calls take too long.
    Slow,
    /// Its receipts tell of deliveries, and the codes in them are not used.
    Lying,
}

impl Demotion {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Slow => "slow",
            Self::Lying => "lying",
        }
    }
}

/// A channel's share of its load for one class, or for one destination.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// 0 to 1.
    pub value: f64,
    /// Why it is on its way down, and since when.
    pub demotion: Option<(Demotion, Timestamp)>,
}

impl Default for Share {
    fn default() -> Self {
        Self { value: 1.0, demotion: None }
    }
}

/// One of those that could carry the same texts.
#[derive(Clone, Copy, Debug)]
pub struct Rival {
    /// Which.
    pub id: ChannelId,
    /// How good.
    pub rating: Rating,
    /// It may be told apart from others: neither suspended nor probing, slow or lying.
    pub sound: bool,
}

/// A demotion, or the end of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// Why it was demoted; `None` where it was restored.
    pub demotion: Option<Demotion>,
    /// Who is better.
    pub rival: Option<(ChannelId, f64)>,
}

/// A slow or lying channel loses its share this much faster than one that is merely worse: every text on it is late or lost.
const URGENCY: f64 = 2.0;

impl Share {
    /// What happens to a share within `passed_s` seconds.
    pub fn step(
        &mut self,
        rating: &Rating,
        flag: Option<Demotion>,
        rivals: &[Rival],
        passed_s: f64,
        settings: &Settings,
        now: Timestamp,
    ) -> Option<Turn> {
        // Without a sound one there is nowhere to go.
        let best = rivals
            .iter()
            .filter(|rival| rival.sound)
            .max_by(|one, other| one.rating.score.total_cmp(&other.rating.score).then(other.id.cmp(&one.id)));
        let beaten = |margin: f64| best.is_some_and(|best| best.rating.is_clearly_better_than(rating, margin));
        let flag = flag.filter(|_| best.is_some());
        let turn = match (self.demotion, flag) {
            (None, Some(flag)) => Some(Some(flag)),
            (None, None) if beaten(settings.margin) => Some(Some(Demotion::Worse)),
            (Some((was, _)), Some(flag)) if was != flag => Some(Some(flag)),
            (Some((was, since)), None) => {
                let served = seconds_between(since, now) >= settings.demotion_s || since > now;
                // Whoever was better is not any more: the mistake is mended at once.
                let alone = best.is_none_or(|best| best.rating.score < rating.score);
                let over = alone || (served && !beaten(settings.margin / 2.0));
                match (over, was) {
                    (true, _) => Some(None),
                    (false, Demotion::Worse) => None,
                    // It is not slow any more, only still worse.
                    (false, _) if served => Some(Some(Demotion::Worse)),
                    (false, _) => None,
                }
            }
            _ => None,
        };
        if let Some(demotion) = turn {
            self.demotion = demotion.map(|demotion| (demotion, now));
        }
        self.value = match self.demotion {
            Some((Demotion::Worse, _)) => self.value - settings.step_down * passed_s,
            Some(_) => self.value - URGENCY * settings.step_down * passed_s,
            None if best.is_none_or(|best| best.rating.score + settings.margin < rating.score) => {
                self.value + settings.step_down * passed_s
            }
            None => self.value + settings.step_up * passed_s,
        };
        let floor = if self.demotion.is_some() { settings.trickle } else { 0.0 };
        self.value = self.value.clamp(floor, 1.0);
        turn.map(|demotion| Turn { demotion, rival: best.map(|best| (best.id, best.rating.score)) })
    }
}

/// Moves each channel of an order at most one place up, past a neighbour that it is clearly better than. Answers who moved.
pub fn reorder(order: &mut [ChannelId], rating: impl Fn(ChannelId) -> Option<Rating>, margin: f64) -> Vec<ChannelId> {
    let mut moved = Vec::new();
    for place in (1..order.len()).rev() {
        let (Some(below), Some(above)) = (rating(order[place]), rating(order[place - 1])) else { continue };
        if below.is_clearly_better_than(&above, margin) && !moved.contains(&order[place]) {
            moved.push(order[place]);
            order.swap(place, place - 1);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rating::Part;
    use std::time::Duration;

    fn rating(score: f64) -> Rating {
        let part = Part { value: score, deviation: 0.01, samples: 100.0 };
        Rating { score, deviation: 0.01, acceptance: part, delivery: part, speed: part, conversion: None, cost: None }
    }

    fn channel(number: u128) -> ChannelId {
        ChannelId::new(Timestamp::default(), number)
    }

    fn rival(score: f64) -> Rival {
        Rival { id: channel(9), rating: rating(score), sound: true }
    }

    #[test]
    fn load_leaves_in_steps_and_drifts_back() {
        let (settings, mut share, mut now) = (Settings::default(), Share::default(), Timestamp::from_millis(0));
        let mut step = |share: &mut Share, own: f64, other: f64| {
            now = now + Duration::from_secs(1);
            share.step(&rating(own), None, &[rival(other)], 1.0, &settings, now)
        };
        let turn = step(&mut share, 0.7, 0.95).expect("demoted");
        assert_eq!((turn.demotion, share.value), (Some(Demotion::Worse), 0.75));
        for _ in 0..9 {
            assert_eq!(step(&mut share, 0.7, 0.95), None);
        }
        assert_eq!(share.value, settings.trickle, "a trickle remains");
        // Well again: it has to wait, and then it comes back slowly.
        let waited = (0..100).position(|_| step(&mut share, 0.95, 0.95).is_some()).expect("restored");
        assert!((18..=21).contains(&waited), "{waited}");
        assert!(share.value < 0.1);
        let drift = (0..100).position(|_| {
            step(&mut share, 0.95, 0.95);
            share.value == 1.0
        });
        assert!(drift.is_some_and(|seconds| seconds >= 15), "{drift:?}");
    }

    #[test]
    fn a_lead_within_the_margin_moves_nothing() {
        let (settings, mut share) = (Settings::default(), Share::default());
        assert_eq!(share.step(&rating(0.93), None, &[rival(0.95)], 1.0, &settings, Timestamp::default()), None);
        assert_eq!(share.value, 1.0);
    }

    #[test]
    fn nobody_is_demoted_where_no_one_sound_is_left() {
        let (settings, mut share) = (Settings::default(), Share::default());
        let unsound = Rival { sound: false, ..rival(0.99) };
        let now = Timestamp::default();
        assert_eq!(share.step(&rating(0.2), Some(Demotion::Slow), &[unsound], 1.0, &settings, now), None);
        assert_eq!(share.value, 1.0);
    }

    #[test]
    fn an_order_moves_one_place_at_a_time() {
        let (one, two, three) = (channel(1), channel(2), channel(3));
        let mut order = [one, two, three];
        let scores = |id: ChannelId| Some(rating(if id == three { 0.9 } else { 0.5 }));
        assert_eq!(reorder(&mut order, scores, 0.03), [three]);
        assert_eq!(order, [one, three, two]);
        reorder(&mut order, scores, 0.03);
        assert_eq!(order, [three, one, two]);
        assert!(reorder(&mut order, scores, 0.03).is_empty());
    }
}
