//! [`Fate`]: what became of a try; [`Pools`]: what became of all tries of each channel, to draw from for a try that never was.

use super::record::Text;
use jixinda_domain::{Amount, ChannelId, MessageClass, Outcome, Timestamp};
use jixinda_routing::Settings;
use jixinda_routing::evidence::Kind;
use rand::RngExt as _;
use rand::rngs::SmallRng;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Recorded results this far before and after a moment are near it.
const NEAR: Duration = Duration::from_secs(150);
/// So many on each side are drawn from. More would blur when an outage began and ended: a channel that failed has few results then,
/// and many good ones before and after.
const NEIGHBOURS: usize = 2;

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The provider took it.
    Accepted,
    /// Nobody knows.
    Uncertain,
    /// Refused, and it would be anywhere.
    Refused,
    /// Refused by this channel.
    Elsewhere,
    /// Not now.
    Deferred,
}

impl End {
    pub const fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Accepted { .. } => Self::Accepted,
            Outcome::Uncertain { .. } => Self::Uncertain,
            Outcome::Rejected { elsewhere: false, .. } => Self::Refused,
            Outcome::Rejected { elsewhere: true, .. } => Self::Elsewhere,
            Outcome::Deferred { .. } => Self::Deferred,
        }
    }

    pub const fn may_have_been_taken(self) -> bool {
        matches!(self, Self::Accepted | Self::Uncertain)
    }
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq)]
pub struct Fate {
    pub end: End,
    /// What it says of the channel.
    pub kind: Kind,
    pub took: Duration,
    pub receipt: Option<Receipt>,
    /// From the end of the call until the code was used.
    pub used_after: Option<Duration>,
    /// Billed parts.
    pub segments: u32,
    /// What the provider said that it costs.
    pub cost: Option<Cost>,
}

/// What a receipt told, and how long after the end of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub delivered: bool,
    pub after: Duration,
}

/// An amount of a currency, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub currency: [u8; 3],
    pub micros: u64,
}

impl Cost {
    /// `None` for what is no price in a currency.
    pub fn of(amount: &Amount) -> Option<Self> {
        amount.check_price().ok()?;
        Some(Self { currency: amount.unit.as_bytes().try_into().ok()?, micros: amount.micros()? })
    }

    pub const fn times(self, segments: u32) -> Self {
        Self { micros: self.micros.saturating_mul(segments as u64), ..self }
    }
}

/// What the fate of a replayed try rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// This very text went this very way.
    Recorded,
    /// Drawn from what the channel did around that time.
    Nearby,
    /// Drawn from what the channel did in the whole window.
    Window,
    /// Nothing is recorded of the channel: assumed to do as the others did.
    Assumed,
}

/// The recorded results of each channel, in the order of time.
#[derive(Debug, Default)]
pub struct Pools(BTreeMap<ChannelId, Vec<(Timestamp, Fate)>>);

impl Pools {
    /// Adds the tries of a text. What was its own fault says nothing of a channel.
    pub fn add(&mut self, text: &Text) {
        for tried in text.tries.iter().filter(|tried| tried.fate.end != End::Refused) {
            self.0.entry(tried.channel).or_default().push((tried.at, tried.fate.clone()));
        }
    }

    /// To be called once, after the last was added.
    pub fn sort(&mut self) {
        self.0.values_mut().for_each(|results| results.sort_by_key(|(at, _)| *at));
    }

    /// Draws what a channel would have done with a text then.
    pub fn draw(
        &self,
        channel: ChannelId,
        class: MessageClass,
        at: Timestamp,
        settings: &Settings,
        random: &mut SmallRng,
    ) -> (Fate, Basis) {
        let results = self.0.get(&channel).map_or(&[][..], Vec::as_slice);
        if let Some(fate) = near(results, at, random) {
            return (fate.clone(), Basis::Nearby);
        }
        if !results.is_empty() {
            return (results[random.random_range(0..results.len())].1.clone(), Basis::Window);
        }
        // Neither better nor worse than the others: the router would make something of either.
        let all: usize = self.0.values().map(Vec::len).sum();
        let mut place = if all > 0 { random.random_range(0..all) } else { 0 };
        for results in self.0.values() {
            match results.get(place) {
                Some((_, fate)) => return (Fate { cost: None, ..fate.clone() }, Basis::Assumed),
                None => place -= results.len(),
            }
        }
        (assumed(class, settings, random), Basis::Assumed)
    }
}

/// One of the nearest results, a nearer one rather than a farther one.
fn near<'a>(results: &'a [(Timestamp, Fate)], at: Timestamp, random: &mut SmallRng) -> Option<&'a Fate> {
    let middle = results.partition_point(|(time, _)| *time < at);
    let around = &results[middle.saturating_sub(NEIGHBOURS)..results.len().min(middle + NEIGHBOURS)];
    let pull = |time: Timestamp| 1.0 / (1.0 + time.since(at).max(at.since(time)).as_secs_f64());
    let is_near = |time: Timestamp| time >= at - NEAR && time <= at + NEAR;
    let mut nearest = around.iter().filter(|(time, _)| is_near(*time));
    let mut point = random.random::<f64>() * nearest.clone().map(|(time, _)| pull(*time)).sum::<f64>();
    let drawn = nearest.clone().find(|(time, _)| {
        point -= pull(*time);
        point < 0.0
    });
    drawn.or_else(|| nearest.next()).map(|(_, fate)| fate)
}

/// As routing itself assumes of a channel that it does not know: there is no result of any.
fn assumed(class: MessageClass, settings: &Settings, random: &mut SmallRng) -> Fate {
    let share = |target: f64| Duration::from_millis((target / 4.0) as u64);
    let is_taken = random.random::<f64>() < settings.prior_rate;
    let delivered = random.random::<f64>() < settings.prior_rate;
    let receipt = Receipt { delivered, after: share(*settings.receipt_target_ms.of(class)) };
    Fate {
        end: if is_taken { End::Accepted } else { End::Deferred },
        kind: if is_taken { Kind::Accepted } else { Kind::Busy },
        took: share(*settings.call_target_ms.of(class)),
        receipt: is_taken.then_some(receipt),
        used_after: None,
        segments: 0,
        cost: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{Recorded, channel};
    use super::*;
    use rand::SeedableRng as _;

    /// Channel 1: dead for the first hundred seconds, well an hour later.
    fn pools() -> Pools {
        let mut pools = Pools::default();
        for second in 0..100 {
            pools.add(&Recorded::at(second).through(1).deferred().text());
            pools.add(&Recorded::at(3600 + second).through(1).delivered_after(2).text());
        }
        pools.add(&Recorded::at(5).through(2).text());
        pools.sort();
        pools
    }

    fn share_taken(pools: &Pools, number: u128, second: i64) -> (f64, Basis) {
        let mut random = SmallRng::seed_from_u64(1);
        let at = Timestamp::from_millis(second * 1000);
        let mut draw = || pools.draw(channel(number), MessageClass::Notice, at, &Settings::default(), &mut random);
        let basis = draw().1;
        let taken = (0..1000).filter(|_| draw().0.end == End::Accepted).count();
        (taken as f64 / 1000.0, basis)
    }

    #[test]
    fn what_is_near_counts_first_then_the_window_then_the_others() {
        let pools = pools();
        assert_eq!(share_taken(&pools, 1, 50), (0.0, Basis::Nearby));
        assert_eq!(share_taken(&pools, 1, 3650), (1.0, Basis::Nearby));
        let (share, basis) = share_taken(&pools, 1, 2000);
        assert!((share - 0.5).abs() < 0.06 && basis == Basis::Window, "{share}");
        assert_eq!(share_taken(&pools, 2, 100), (1.0, Basis::Nearby));
        let (share, basis) = share_taken(&pools, 3, 5);
        assert!((share - 0.5).abs() < 0.06 && basis == Basis::Assumed, "as all of them do: {share}");
        let (share, basis) = share_taken(&Pools::default(), 3, 5);
        assert!((share - 0.95).abs() < 0.03 && basis == Basis::Assumed, "as routing assumes: {share}");
    }

    #[test]
    fn few_failures_between_many_successes_are_not_blurred() {
        let mut pools = Pools::default();
        for second in (0..100).chain(200..300) {
            pools.add(&Recorded::at(second).through(1).text());
        }
        for second in [100, 101, 150, 199] {
            pools.add(&Recorded::at(second).through(1).deferred().text());
        }
        pools.sort();
        assert_eq!(share_taken(&pools, 1, 125), (0.0, Basis::Nearby));
        assert!(share_taken(&pools, 1, 103).0 < 0.1 && share_taken(&pools, 1, 50).0 == 1.0);
    }

    #[test]
    fn what_is_a_messages_own_fault_is_not_drawn() {
        let mut pools = Pools::default();
        for second in 0..50 {
            pools.add(&Recorded::at(second).through(1).refused().text());
            pools.add(&Recorded::at(second).through(1).text());
        }
        pools.sort();
        assert_eq!(share_taken(&pools, 1, 20), (1.0, Basis::Nearby));
    }

    #[test]
    fn only_money_is_a_cost() {
        let amount = |value: &str, unit: &str| Amount { value: value.to_owned(), unit: unit.to_owned() };
        assert_eq!(Cost::of(&amount("0.045", "CNY")).map(|cost| cost.times(2).micros), Some(90_000));
        assert_eq!(Cost::of(&amount("1", "message")), None);
        assert_eq!(Cost::of(&amount("-0.0075", "USD")), None);
    }
}
