//! [`Rating`] (通道评级): how good a channel is for a class, between 0 and 1, with its parts and how sure that is.
//!
//! Each rate is the mean of a Beta distribution, learnt in steps: what the last quarter of an hour showed corrects the assumption, what
//! the last minute showed of all classes corrects that, and what it showed of this class corrects it again. So a channel with little traffic stays near the assumption, with a wide range, and one that
//! breaks is seen to within seconds. The score is the weighted geometric mean of the parts: one part near 0 cannot be made up for.
//! `docs/ROUTING.md` has the formulas and an example that `tests/routing` recomputes.

use crate::evidence::{Digest, Evidence, Kind, Speed, Tally, Window};
use crate::settings::Settings;
use jixinda_domain::MessageClass;
use serde::{Deserialize, Serialize};

/// Standard deviations between a score and the ends of its range: nine in ten lie within.
pub const RANGE: f64 = 1.645;
/// A lead counts from so many of its standard deviations on. Every channel is compared every second: with fewer, chance alone demotes.
pub const CLEAR: f64 = 2.5;
/// No part counts as less: a logarithm of nothing is no number.
const LEAST: f64 = 0.001;
/// Calls of the last ten seconds that say how fast a channel is.
const ENOUGH_CALLS: f64 = 10.0;
/// How sure a speed is that is known: buckets are a fifth wide.
const SPEED_DEVIATION: f64 = 0.05;

/// One part of a rating.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Between 0 and 1.
    pub value: f64,
    /// Standard deviation.
    pub deviation: f64,
    /// Tries, receipts or calls of the last quarter of an hour that it rests on.
    pub samples: f64,
}

/// How good a channel is for a class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// Between 0 and 1.
    pub score: f64,
    /// Standard deviation of the score.
    pub deviation: f64,
    /// Of what was handed over, what the provider took.
    pub acceptance: Part,
    /// Of what it told about, what arrived.
    pub delivery: Part,
    /// How fast it answers and delivers.
    pub speed: Part,
    /// Of what it delivered some time ago, what was used; `None` where conversions are not looked at.
    pub conversion: Option<Part>,
    /// How cheap it is beside the cheapest of its rivals; `None` where its price is not known.
    pub cost: Option<f64>,
}

/// What a rating is made from.
pub struct Basis<'a> {
    /// Of this class on this channel.
    pub evidence: &'a Evidence,
    /// Of all classes, where they say something of this one.
    pub overall: Option<&'a Evidence>,
    /// Of this class on this channel.
    pub speed: &'a Speed,
    /// How long calls of all classes took in the last ten seconds: what the others show counts where this class has none.
    pub calls_of_all: &'a Digest,
    /// Rates of success that are assumed where the evidence says nothing.
    pub assumed: Assumed,
    /// The class.
    pub class: MessageClass,
    /// Its price beside that of its cheapest rival, at least 1.
    pub price_ratio: Option<f64>,
}

/// What is assumed of a channel before it shows what it is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumed {
    /// Acceptance.
    pub acceptance: f64,
    /// Delivery.
    pub delivery: f64,
    /// Conversion.
    pub conversion: f64,
}

impl Rating {
    /// The lower end of the range.
    pub fn low(&self) -> f64 {
        (self.score - RANGE * self.deviation).max(0.0)
    }

    /// The upper end of the range.
    pub fn high(&self) -> f64 {
        (self.score + RANGE * self.deviation).min(1.0)
    }

    /// Whether this one is better by more than `margin`, and by more than chance explains.
    pub fn is_clearly_better_than(&self, other: &Self, margin: f64) -> bool {
        let lead = self.score - other.score;
        lead > margin && lead > CLEAR * self.deviation.hypot(other.deviation)
    }
}

/// Rates a channel for a class.
pub fn rate(basis: &Basis<'_>, settings: &Settings) -> Rating {
    let acceptance =
        learn(basis, basis.assumed.acceptance, settings, |tally| (tally.of(Kind::Accepted), tally.tries()));
    let delivery =
        learn(basis, basis.assumed.delivery, settings, |tally| (tally.of(Kind::Delivered), tally.receipts()));
    let speed = speed(basis, settings);
    let conversion = settings.conversion.then(|| {
        learn(basis, basis.assumed.conversion, settings, |tally| (tally.of(Kind::Converted), tally.of(Kind::Ripe)))
    });
    let cost = basis.price_ratio.map(|ratio| 1.0 / ratio.max(1.0));
    let weights = settings.parts;
    let parts = [
        (weights.acceptance, acceptance.value, acceptance.deviation),
        (weights.delivery, delivery.value, delivery.deviation),
        (weights.speed, speed.value, speed.deviation),
        (
            if conversion.is_some() { weights.conversion } else { 0.0 },
            conversion.map_or(1.0, |part| part.value),
            conversion.map_or(0.0, |part| part.deviation),
        ),
        (weights.cost, cost.unwrap_or(1.0), 0.0),
    ];
    let (score, deviation) = combine(&parts);
    Rating { score, deviation, acceptance, delivery, speed, conversion, cost }
}

/// The weighted geometric mean of parts, each (weight, value, standard deviation), with its own standard deviation to first order, the
/// parts taken as independent.
pub fn combine(parts: &[(f64, f64, f64)]) -> (f64, f64) {
    let all: f64 = parts.iter().map(|(weight, ..)| weight).sum();
    let logarithm: f64 = parts.iter().map(|(weight, value, _)| weight / all * value.max(LEAST).ln()).sum();
    let score = logarithm.exp().clamp(0.0, 1.0);
    let relative = |(weight, value, deviation): &(f64, f64, f64)| (weight / all * deviation / value.max(LEAST)).powi(2);
    let variance: f64 = parts.iter().map(relative).sum();
    (score, score * variance.sqrt())
}

/// A rate, learnt from the quarter of an hour, from the last minute of all classes, and from that of its own.
fn learn(basis: &Basis<'_>, assumed: f64, settings: &Settings, counts: impl Fn(&Tally) -> (f32, f32)) -> Part {
    let strength = settings.prior_strength;
    let (good, all) = counts(&basis.evidence.within(Window::Quarter));
    let samples = f64::from(all);
    let lasting = mean(assumed, strength, good, all);
    let lately = basis.overall.map_or(lasting, |overall| {
        let (good, all) = counts(&overall.within(Window::Minute));
        mean(lasting, strength, good, all)
    });
    let (good, all) = counts(&basis.evidence.within(Window::Minute));
    let value = mean(lately, strength, good, all);
    Part { value, deviation: deviation(value, strength, all), samples }
}

/// The standard deviation of a Beta distribution with that mean, resting on an assumption of that strength and `all` tries.
pub fn deviation(mean: f64, strength: f64, all: f32) -> f64 {
    (mean * (1.0 - mean) / (strength + f64::from(all) + 1.0)).sqrt()
}

/// The mean of a Beta distribution after `good` of `all`, where `assumed` is worth `strength` tries.
pub fn mean(assumed: f64, strength: f64, good: f32, all: f32) -> f64 {
    (assumed * strength + f64::from(good.min(all))) / (strength + f64::from(all))
}

/// The geometric mean of how the calls (nine in ten) and the receipts (half) keep to their targets; 1 where nothing is known.
fn speed(basis: &Basis<'_>, settings: &Settings) -> Part {
    let kept = |took: Option<f64>, target: f64, samples: f64| {
        let kept = took.map_or(1.0, |took| (target / took).min(1.0));
        // As with rates: few of them are little to go by.
        (settings.prior_strength + kept * samples) / (settings.prior_strength + samples)
    };
    // The latest that there are enough of.
    let recent = [&basis.speed.calls_now, basis.calls_of_all];
    let calls = recent.into_iter().find(|calls| calls.count() >= ENOUGH_CALLS).unwrap_or(&basis.speed.calls);
    let receipts = &basis.speed.receipts;
    let call = kept(calls.quantile(0.9), *settings.call_target_ms.of(basis.class), calls.count());
    let receipt = kept(receipts.quantile(0.5), *settings.receipt_target_ms.of(basis.class), receipts.count());
    let samples = calls.count();
    let known = samples / (samples + settings.prior_strength);
    Part { value: (call * receipt).sqrt(), deviation: SPEED_DEVIATION * (1.0 - known), samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSUMED: Assumed = Assumed { acceptance: 0.95, delivery: 0.95, conversion: 0.5 };

    fn rated(seen: &[(Kind, f32)]) -> Rating {
        let mut evidence = Evidence::default();
        for (kind, count) in seen {
            evidence.add(*kind, *count);
        }
        let basis = Basis {
            evidence: &evidence,
            overall: None,
            speed: &Speed::default(),
            calls_of_all: &Digest::default(),
            assumed: ASSUMED,
            class: MessageClass::Notice,
            price_ratio: None,
        };
        rate(&basis, &Settings::default())
    }

    #[test]
    fn little_traffic_is_neither_trusted_nor_condemned() {
        let (unknown, failed_twice) = (rated(&[]), rated(&[(Kind::Unreachable, 2.0)]));
        let proven = rated(&[(Kind::Accepted, 5000.0), (Kind::Delivered, 4900.0), (Kind::Undelivered, 100.0)]);
        assert!(unknown.deviation > 2.0 * proven.deviation, "{unknown:?} {proven:?}");
        assert!(!proven.is_clearly_better_than(&unknown, 0.03));
        assert!(!unknown.is_clearly_better_than(&failed_twice, 0.03), "{failed_twice:?}");
        let broken = rated(&[(Kind::Accepted, 70.0), (Kind::Uncertain, 30.0)]);
        assert!(unknown.is_clearly_better_than(&broken, 0.03), "{unknown:?} {broken:?}");
    }

    #[test]
    fn a_score_stays_within_0_and_1() {
        let cases: [&[(Kind, f32)]; 4] = [
            &[],
            &[(Kind::Unreachable, 1e6)],
            &[(Kind::Accepted, 1e6), (Kind::Delivered, 1e6)],
            // More receipts than the window remembers calls.
            &[(Kind::Delivered, 10.0), (Kind::Converted, 50.0)],
        ];
        for seen in cases {
            let rating = rated(seen);
            let ends = [rating.low(), rating.score, rating.high()];
            assert!(ends.is_sorted() && ends[0] >= 0.0 && ends[2] <= 1.0, "{rating:?}");
        }
    }
}
