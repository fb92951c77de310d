//! What a scenario showed.

use crate::channel::SimChannel;
use jixinda_domain::{Destination, Timestamp};
use jixinda_routing::{Event, Snapshot};
use std::time::Duration;

/// Picks are counted in buckets of this length.
const BUCKET_MS: i64 = 250;
/// A text that takes longer from its arrival to a provider's acceptance was delayed.
const DELAYED: Duration = Duration::from_secs(1);

/// Picks within a bucket.
#[derive(Clone, Debug, Default)]
struct Bucket {
    /// By channel.
    picks: Vec<u32>,
    /// To the second carrier only.
    unicom: Vec<u32>,
}

/// What a scenario showed.
#[derive(Clone, Debug, Default)]
pub struct Measures {
    channels: usize,
    buckets: Vec<Bucket>,
    /// The highest load of each channel as a share of what it bears, by second.
    load: Vec<Vec<f64>>,
    /// By second: the least share over the classes, of each channel.
    shares: Vec<Vec<f64>>,
    /// Texts that came.
    pub born: u32,
    /// Texts that a provider took.
    pub taken: u32,
    /// Of those, how many took more than a second.
    pub delayed: u32,
    /// The longest of all.
    pub longest: Duration,
    /// Attempts that another one followed.
    pub failed_over: u32,
    /// Attempts of which nobody knows the end.
    pub uncertain: u32,
    /// Texts that still waited at the end.
    pub unsettled: usize,
    /// What the router told.
    pub events: Vec<Event>,
}

impl Measures {
    pub(crate) fn new(channels: usize) -> Self {
        Self { channels, load: vec![Vec::new(); channels], ..Self::default() }
    }

    pub(crate) fn picked(&mut self, channel: usize, destination: &Destination, probes: bool, now: Timestamp) {
        if probes {
            return;
        }
        let index = usize::try_from(now.as_millis() / BUCKET_MS).unwrap_or(0);
        let empty = Bucket { picks: vec![0; self.channels], unicom: vec![0; self.channels] };
        if self.buckets.len() <= index {
            self.buckets.resize(index + 1, empty);
        }
        self.buckets[index].picks[channel] += 1;
        if destination.carrier == Some(jixinda_domain::Carrier::Unicom) {
            self.buckets[index].unicom[channel] += 1;
        }
    }

    pub(crate) fn called(&mut self, channel: usize, load: f64, now: Timestamp) {
        let second = usize::try_from(now.as_seconds()).unwrap_or(0);
        let loads = &mut self.load[channel];
        if loads.len() <= second {
            loads.resize(second + 1, 0.0);
        }
        loads[second] = loads[second].max(load);
    }

    pub(crate) fn shares(&mut self, snapshot: &Snapshot, now: Timestamp) {
        let second = usize::try_from(now.as_seconds()).unwrap_or(0);
        let share = |index: usize| {
            let standing = snapshot.standings.get(&SimChannel::id(index));
            standing.map_or(0.0, |standing| standing.places.iter().map(|place| place.share).fold(1.0, f64::min))
        };
        self.shares.resize(second + 1, (0..self.channels).map(share).collect());
    }

    pub(crate) fn accepted(&mut self, took: Duration) {
        self.taken += 1;
        self.delayed += u32::from(took > DELAYED);
        self.longest = self.longest.max(took);
    }

    /// Seconds after `from` from which on, until `until`, a channel gets at most a twentieth of the texts. `None` where that never is.
    pub fn avoided(&self, channel: usize, from: u64, until: u64, unicom_only: bool) -> Option<f64> {
        let bucket = |second: u64| usize::try_from(second as i64 * 1000 / BUCKET_MS).unwrap_or(0);
        let (first, last) = (bucket(from), bucket(until).min(self.buckets.len()));
        let loaded = |index: &usize| {
            // Over a second, or four where few are looked at, so that chance is not taken for load.
            let span = if unicom_only { 16 } else { 4 };
            let seconds = &self.buckets[*index..(*index + span).min(last)];
            let sum = |of: &dyn Fn(&Bucket) -> u32| seconds.iter().map(of).sum::<u32>();
            let counts = |bucket: &Bucket| if unicom_only { bucket.unicom.clone() } else { bucket.picks.clone() };
            let (own, all) = (sum(&|one| counts(one)[channel]), sum(&|one| counts(one).iter().sum()));
            f64::from(own) > (f64::from(all) * 0.05).max(2.0)
        };
        let here = |index: &usize| {
            let bucket = &self.buckets[*index];
            let counts = if unicom_only { &bucket.unicom } else { &bucket.picks };
            counts[channel] > 0
        };
        let last_load = (first..last).rev().find(|index| loaded(index) && here(index));
        match last_load {
            Some(index) if index + 4 >= last => None,
            Some(index) => Some((index + 1 - first) as f64 * BUCKET_MS as f64 / 1000.0),
            None => Some(0.0),
        }
    }

    /// Seconds after `from` from which on a channel has its whole share again. `None` where it never has.
    pub fn trusted(&self, channel: usize, from: u64) -> Option<u64> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let after = self.shares.get(from..)?;
        let short = after.iter().rposition(|shares| shares[channel] < 0.99);
        match short {
            Some(second) if second + 1 == after.len() => None,
            Some(second) => Some(second as u64 + 1),
            None => Some(0),
        }
    }

    /// The highest load of a channel between two seconds, as a share of what it bears.
    pub fn overload(&self, channel: usize, from: u64, until: u64) -> f64 {
        let second = |second: u64| usize::try_from(second).unwrap_or(usize::MAX).min(self.load[channel].len());
        self.load[channel][second(from)..second(until)].iter().copied().fold(0.0, f64::max)
    }

    /// Texts picked for a channel between two seconds, as a share of all.
    pub fn part(&self, channel: usize, from: u64, until: u64) -> f64 {
        let bucket =
            |second: u64| usize::try_from(second as i64 * 1000 / BUCKET_MS).unwrap_or(0).min(self.buckets.len());
        let buckets = &self.buckets[bucket(from)..bucket(until)];
        let own: u32 = buckets.iter().map(|bucket| bucket.picks[channel]).sum();
        let all: u32 = buckets.iter().flat_map(|bucket| &bucket.picks).sum();
        f64::from(own) / f64::from(all.max(1))
    }
}
