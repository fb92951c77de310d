//! What was seen of a channel: counts of outcomes, receipts and conversions, and how long things took.
//!
//! Each is kept in five windows of 10 s to 60 min that forget exponentially: a count that is as old as the window's span weighs
//! 1/e of a fresh one. Adding is a few additions; the forgetting happens when the windows are folded, about once a second.

mod digest;
mod tally;

pub use digest::Digest;
pub use tally::{Kind, PLUGIN_FAULT, Tally};

use jixinda_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// Spans of the windows in seconds.
pub const SPANS: [u32; 5] = [10, 60, 300, 900, 3600];

/// One of the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Ten seconds: is it failing now?
    Now = 0,
    /// A minute: what ratings look at first.
    Minute = 1,
    /// Five minutes.
    FiveMinutes = 2,
    /// A quarter of an hour: what a channel is like.
    Quarter = 3,
    /// An hour.
    Hour = 4,
}

/// Counts in five windows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Since the last fold.
    fresh: Tally,
    windows: [Tally; SPANS.len()],
}

impl Evidence {
    /// Counts something.
    pub fn add(&mut self, kind: Kind, count: f32) {
        self.fresh.add(kind, count);
    }

    /// Counts many things at once.
    pub fn add_all(&mut self, tally: &Tally) {
        self.fresh.add_all(tally);
    }

    /// What a window holds.
    pub fn within(&self, window: Window) -> Tally {
        let mut tally = self.windows[window as usize];
        tally.add_all(&self.fresh);
        tally
    }

    /// Ages the windows by the time since the last fold.
    pub fn fold(&mut self, passed_s: f64) {
        for (window, span) in self.windows.iter_mut().zip(SPANS) {
            window.decay(keeps(passed_s, span));
            window.add_all(&self.fresh);
        }
        self.fresh = Tally::default();
    }

    /// Adds what was seen elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.fresh.add_all(&other.fresh);
        for (mine, theirs) in self.windows.iter_mut().zip(&other.windows) {
            mine.add_all(theirs);
        }
    }

    /// Takes away what is looked at elsewhere.
    pub fn without(&mut self, part: &Self) {
        self.fresh.take_away(&part.fresh);
        for (mine, theirs) in self.windows.iter_mut().zip(&part.windows) {
            mine.take_away(theirs);
        }
    }

    /// Forgets the failures: the channel has proved that they are over.
    pub fn forgive(&mut self) {
        self.fresh.forgive();
        self.windows.iter_mut().for_each(Tally::forgive);
    }

    /// Keeps its rates, but of at most so many tries: what made a channel lose its load must not outweigh for long what a trickle
    /// shows.
    pub fn soften(&mut self, most: f32) {
        self.windows.iter_mut().for_each(|window| window.soften(most));
    }

    /// Nothing worth keeping is left.
    pub fn is_faint(&self) -> bool {
        self.within(Window::Hour).sum() < 0.5
    }
}

/// How long things took, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Provider calls, in the 10 s window.
    pub calls_now: Digest,
    /// Provider calls, in the one minute window.
    pub calls: Digest,
    /// From the call to the receipt, in the five minutes window.
    pub receipts: Digest,
}

impl Speed {
    /// A provider call took this long.
    pub fn add_call(&mut self, millis: f64) {
        self.calls_now.add(millis);
        self.calls.add(millis);
    }

    /// Ages the digests by the time since the last fold.
    pub fn fold(&mut self, passed_s: f64) {
        self.calls_now.decay(keeps(passed_s, SPANS[Window::Now as usize]));
        self.calls.decay(keeps(passed_s, SPANS[Window::Minute as usize]));
        self.receipts.decay(keeps(passed_s, SPANS[Window::FiveMinutes as usize]));
    }
}

/// What is left of a count after this time.
fn keeps(passed_s: f64, span_s: u32) -> f32 {
    (-passed_s / f64::from(span_s)).exp() as f32
}

/// Seconds between two moments; 0 where the clock was set back.
pub(crate) fn seconds_between(earlier: Timestamp, later: Timestamp) -> f64 {
    later.since(earlier).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_forget_at_their_own_pace() {
        let mut evidence = Evidence::default();
        evidence.add(Kind::Accepted, 100.0);
        evidence.fold(0.0);
        evidence.fold(60.0);
        let left = |window| evidence.within(window).of(Kind::Accepted);
        assert!(left(Window::Now) < 0.3);
        assert!((left(Window::Minute) - 36.8).abs() < 0.1, "1/e of it");
        assert!(left(Window::Hour) > 98.0);
        evidence.add(Kind::Accepted, 5.0);
        assert!(evidence.within(Window::Now).of(Kind::Accepted) > 5.0, "what is fresh is in every window");
    }
}
