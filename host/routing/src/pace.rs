//! [`Pace`]: how fast a channel goes. The operator's rate and concurrency are the ceiling; below it the pace follows what the provider
//! bears: a throttled call cuts it at once, and it grows again slowly (additive increase, multiplicative decrease, Chiu and Jain 1989).
//! Texts are spread evenly within the second. A fifth of everything is kept for `otp`.

use jixinda_domain::Timestamp;
use std::time::Duration;

/// Texts may run ahead of an even spread by this much.
const TOLERANCE_MS: f64 = 100.0;
/// Texts that were carried are made up for within this time.
const DEBT_MS: f64 = 60_000.0;
/// What is left of the rate after a throttled call.
const CUT: f64 = 0.8;
/// Answers to calls that were under way when the rate was cut do not cut it again.
const CUT_EVERY_MS: f64 = 500.0;
/// What the rate gains in a second, as a share of what it was cut to, and of the best that was carried within ten minutes or so. It
/// doubles with every ten seconds that nothing was throttled.
const RAISE: f64 = 0.02;
const RAISE_TO_BEST: f64 = 0.005;
const QUIET_MS: f64 = 10_000.0;
const BEST_MS: f64 = 600_000.0;
/// A channel that takes over another's load starts from what it carried, at least this, texts a second.
const BRACED_AT_LEAST: f64 = 100.0;
/// And grows by this at each step, as long as that is what holds it back.
const GROWTH: f64 = 1.1;
const GROWTH_EVERY_MS: f64 = 100.0;
/// After this time in which nothing was held back, it has taken over.
const BRACED_FOR_MS: f64 = 5_000.0;
/// A text waits in front of a channel for at most about this long, where another one could take it.
const FULL_S: f64 = 0.5;
/// Rates are averaged over about this time.
const AVERAGE_MS: f64 = 2_000.0;
/// The highest rate of late is forgotten over about this time.
const PEAK_MS: f64 = 60_000.0;
/// A cut of the concurrency needs that many of the last ten calls or so to be congested.
const CONGESTED: f64 = 0.2;

/// Whether a call may begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// Now; its slot is taken.
    Now,
    /// After this time.
    After(Duration),
    /// When another call has ended.
    WhenOneEnds,
}

/// What an ended call tells of the provider's load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Felt {
    /// It said that we are too fast.
    pub throttled: bool,
    /// It was busy, or did not answer in time.
    pub congested: bool,
}

/// The pace of one channel. Asked before each call, told after it.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Texts a second, as the operator says.
    ceiling: Option<f64>,
    max_calls: f64,
    /// Texts a second, as the provider bears or as a take-over allows.
    learnt: Option<f64>,
    /// What it was cut to last; the measure of the raise.
    cut_to: f64,
    /// It takes over another channel's load.
    braced: bool,
    calls: f64,
    in_flight: u32,
    bulk_in_flight: u32,
    congestion: f64,
    /// When the next text is due by an even spread, in milliseconds.
    next_at: f64,
    next_bulk_at: f64,
    average: f64,
    peak: f64,
    best: f64,
    looked_at: f64,
    cut_at: f64,
    calls_cut_at: f64,
    grown_at: f64,
    held_back_at: f64,
}

impl Pace {
    /// Within what the operator allows: texts a second, and calls in flight.
    pub fn new(rate: Option<u32>, calls: u32) -> Self {
        Self {
            ceiling: rate.map(f64::from),
            max_calls: f64::from(calls.max(1)),
            learnt: None,
            cut_to: 0.0,
            braced: false,
            calls: f64::from(calls.max(1)),
            in_flight: 0,
            bulk_in_flight: 0,
            congestion: 0.0,
            next_at: 0.0,
            next_bulk_at: 0.0,
            average: 0.0,
            peak: 0.0,
            best: 0.0,
            looked_at: 0.0,
            cut_at: f64::NEG_INFINITY,
            calls_cut_at: f64::NEG_INFINITY,
            grown_at: f64::NEG_INFINITY,
            held_back_at: f64::NEG_INFINITY,
        }
    }

    /// Changes what the operator allows; what was learnt stays.
    pub fn allow(&mut self, rate: Option<u32>, calls: u32) {
        self.ceiling = rate.map(f64::from);
        self.max_calls = f64::from(calls.max(1));
        self.calls = self.calls.min(self.max_calls);
    }

    /// Texts a second at most, now; `None` for no limit.
    pub fn rate(&self) -> Option<f64> {
        match (self.ceiling, self.learnt) {
            (Some(ceiling), Some(learnt)) => Some(ceiling.min(learnt)),
            (ceiling, learnt) => ceiling.or(learnt),
        }
    }

    /// Calls in flight at most, now.
    pub fn calls(&self) -> u32 {
        self.calls as u32
    }

    /// Texts a second of late.
    pub const fn average(&self) -> f64 {
        self.average
    }

    /// How many waiting texts it can send soon: with more, another channel is better, where there is one. `None` for any number.
    pub fn soon(&self) -> Option<usize> {
        self.rate().map(|rate| (rate * FULL_S) as usize + 10)
    }

    /// Lets time pass, where nothing else does.
    pub fn refresh(&mut self, now: Timestamp) {
        self.look(now);
    }

    /// Texts that one call may carry so that those after it do not wait for long.
    pub fn most(&self, batch: usize) -> usize {
        self.rate().map_or(batch, |rate| batch.min((rate * TOLERANCE_MS / 1000.0) as usize)).max(1)
    }

    /// Asks for a call, and takes its slot where it may begin.
    pub fn begin(&mut self, is_otp: bool, now: Timestamp) -> Start {
        let now = self.look(now);
        let reserve = (self.calls.floor() - (self.calls.floor() / 5.0).ceil()).max(1.0);
        if f64::from(self.in_flight) >= self.calls.floor() || (!is_otp && f64::from(self.bulk_in_flight) >= reserve) {
            return Start::WhenOneEnds;
        }
        // A take-over does not hold up codes: they are few, and throttling would be felt at once.
        let held = if self.braced && is_otp { self.ceiling } else { self.rate() };
        if held.is_some() {
            let due = if is_otp { self.next_at } else { self.next_at.max(self.next_bulk_at) };
            let early = due - TOLERANCE_MS - now;
            if early > 0.0 {
                self.held_back_at = now;
                return Start::After(Duration::from_secs_f64(early.max(1.0) / 1000.0));
            }
        }
        self.in_flight += 1;
        self.bulk_in_flight += u32::from(!is_otp);
        Start::Now
    }

    /// The call that began carries so many texts.
    pub fn carries(&mut self, is_otp: bool, texts: usize, now: Timestamp) {
        let now = self.look(now);
        let texts = texts as f64;
        self.average += texts * 1000.0 / AVERAGE_MS;
        self.peak = self.peak.max(self.average);
        if let Some(rate) = self.rate() {
            self.next_at = self.next_at.max(now) + texts * 1000.0 / rate;
            if !is_otp {
                self.next_bulk_at = self.next_bulk_at.max(now) + texts * 1000.0 / (rate * 0.8);
            }
        }
    }

    /// A call ended, or did not take place.
    pub fn end(&mut self, is_otp: bool, felt: Felt, now: Timestamp) {
        let now = self.look(now);
        self.in_flight = self.in_flight.saturating_sub(1);
        self.bulk_in_flight = self.bulk_in_flight.saturating_sub(u32::from(!is_otp));
        if felt.throttled && now - self.cut_at >= CUT_EVERY_MS {
            // Where nothing was known, what was carried is what was too much.
            let carried = self.average.max(1.0);
            self.cut_to = (self.rate().map_or(carried, |rate| rate.min(carried * 1.1)) * CUT).max(1.0);
            self.learnt = Some(self.cut_to);
            (self.braced, self.cut_at) = (false, now);
        }
        self.congestion += (f64::from(u8::from(felt.congested)) - self.congestion) * 0.1;
        if felt.congested && self.congestion > CONGESTED && now - self.calls_cut_at >= 1000.0 {
            self.calls = (self.calls * 0.5).max(1.0);
            self.calls_cut_at = now;
        } else if !felt.congested && !felt.throttled {
            self.calls = (self.calls + 1.0 / self.calls).min(self.max_calls);
        }
    }

    /// Another channel's load comes to this one, or a backlog waits for it: it grows into it in steps, so that the provider is not
    /// flooded.
    pub fn brace(&mut self, now: Timestamp) {
        let now = self.look(now);
        if self.learnt.is_none() {
            self.learnt = Some((self.peak * GROWTH).max(BRACED_AT_LEAST));
            (self.braced, self.grown_at, self.held_back_at) = (true, now, now);
        }
    }

    /// Lets time pass; answers it in milliseconds.
    fn look(&mut self, now: Timestamp) -> f64 {
        let now = now.as_millis() as f64;
        let passed = now - self.looked_at;
        self.looked_at = now;
        if passed < 0.0 {
            // The clock was set back, or two threads asked it in another order: what was due stays due, by the new time.
            self.turn_back(-passed);
            return now;
        }
        // Whatever was carried, no debt lasts longer.
        self.next_at = self.next_at.min(now + DEBT_MS);
        self.next_bulk_at = self.next_bulk_at.min(now + DEBT_MS);
        self.average *= (-passed / AVERAGE_MS).exp();
        self.peak = (self.peak * (-passed / PEAK_MS).exp()).max(self.average);
        self.best = (self.best * (-passed / BEST_MS).exp()).max(self.average);
        if let Some(learnt) = self.learnt {
            self.learnt = if self.braced { self.grow(learnt, now) } else { self.raise(learnt, passed, now) };
        }
        now
    }

    fn turn_back(&mut self, millis: f64) {
        for moment in [
            &mut self.next_at,
            &mut self.next_bulk_at,
            &mut self.cut_at,
            &mut self.calls_cut_at,
            &mut self.grown_at,
            &mut self.held_back_at,
        ] {
            *moment -= millis;
        }
    }

    fn grow(&mut self, learnt: f64, now: f64) -> Option<f64> {
        if now - self.held_back_at > BRACED_FOR_MS {
            self.braced = false;
            return None;
        }
        if now - self.grown_at < GROWTH_EVERY_MS || self.held_back_at < self.grown_at {
            return Some(learnt);
        }
        self.grown_at = now;
        Some(learnt * GROWTH)
    }

    /// A limit that is far above what is carried limits nothing, and is forgotten.
    fn raise(&self, learnt: f64, passed: f64, now: f64) -> Option<f64> {
        let a_second = (self.cut_to * RAISE).max(self.best * RAISE_TO_BEST).max(0.5);
        let quiet = ((now - self.cut_at) / QUIET_MS).clamp(0.0, 5.0).floor();
        let raised = learnt + a_second * 2_f64.powf(quiet) * passed / 1000.0;
        (raised < 4.0 * self.peak.max(self.cut_to)).then_some(raised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Felt = Felt { throttled: false, congested: false };
    const THROTTLED: Felt = Felt { throttled: true, congested: false };

    /// Texts that went within so many milliseconds, where as many as possible are sent and each call ends at once.
    fn flood(pace: &mut Pace, from: i64, millis: i64, is_otp: bool) -> usize {
        (from..from + millis)
            .map(Timestamp::from_millis)
            .map(|now| {
                let mut sent = 0;
                while sent < 1000 && pace.begin(is_otp, now) == Start::Now {
                    pace.carries(is_otp, 1, now);
                    pace.end(is_otp, IDLE, now);
                    sent += 1;
                }
                sent
            })
            .sum()
    }

    #[test]
    fn a_rate_is_kept_evenly_and_a_fifth_is_for_otp() {
        let mut pace = Pace::new(Some(100), 10);
        let first = flood(&mut pace, 1000, 1000, false);
        assert!((80..=91).contains(&first), "four fifths and the tolerance: {first}");
        let tenth = flood(&mut pace, 2000, 100, false);
        assert!((7..=9).contains(&tenth), "a tenth of it in a tenth of a second: {tenth}");
        let otp = flood(&mut pace, 2100, 1000, true);
        assert!((100..=115).contains(&otp), "{otp}");
    }

    #[test]
    fn a_clock_that_is_set_back_again_and_again_lets_nothing_more_through() {
        let mut pace = Pace::new(Some(100), 10);
        let ahead = flood(&mut pace, 1000, 1, true);
        assert!((10..=11).contains(&ahead), "{ahead}");
        // Each time a millisecond passes, and one is taken back.
        let more: usize = (0..100).map(|_| flood(&mut pace, 1000, 2, true)).sum();
        assert!(more <= 11, "{more} in a tenth of a second");
        assert!(flood(&mut pace, -9_000_000, 1000, true) <= 101, "what is due stays due");
    }

    #[test]
    fn bulk_leaves_a_fifth_of_the_calls() {
        let (mut pace, now) = (Pace::new(None, 10), Timestamp::from_millis(1));
        let begun = (0..20).filter(|_| pace.begin(false, now) == Start::Now).count();
        assert_eq!(begun, 8);
        assert_eq!(pace.begin(true, now), Start::Now);
        assert_eq!(pace.begin(true, now), Start::Now);
        assert_eq!(pace.begin(true, now), Start::WhenOneEnds);
        assert_eq!(Pace::new(None, 1).begin(false, now), Start::Now, "one call is not nothing");
    }

    #[test]
    fn throttling_cuts_the_rate_and_time_raises_it() {
        let mut pace = Pace::new(None, 100);
        for millis in 0..5000 {
            let now = Timestamp::from_millis(millis);
            assert_eq!(pace.begin(false, now), Start::Now);
            pace.carries(false, 1, now);
            pace.end(false, IDLE, now);
        }
        let average = pace.average();
        assert!((850.0..1050.0).contains(&average), "{average}");
        let now = Timestamp::from_millis(5000);
        for _ in 0..10 {
            pace.begin(true, now);
            pace.end(true, THROTTLED, now);
        }
        let cut = pace.rate().expect("a limit");
        assert!((0.75..0.85).contains(&(cut / average)), "cut once: {cut} of {average}");
        let sent = flood(&mut pace, 5000, 10_000, true);
        assert!((cut * 10.0..cut * 12.0).contains(&(sent as f64)), "{sent} at {cut}/s, rising");
    }

    #[test]
    fn a_rate_that_was_cut_to_nothing_comes_back_within_a_minute() {
        let mut pace = Pace::new(None, 100);
        let sent_at = |pace: &mut Pace, millis: i64, felt: Felt| {
            let now = Timestamp::from_millis(millis);
            if pace.begin(true, now) == Start::Now {
                pace.carries(true, 1, now);
                pace.end(true, felt, now);
            }
        };
        (0..10_000).for_each(|half| sent_at(&mut pace, half / 2 * 4, IDLE));
        (20_000..40_000).for_each(|millis| sent_at(&mut pace, millis, THROTTLED));
        assert!(pace.rate().is_some_and(|rate| rate < 20.0), "{:?}", pace.rate());
        (40_000..100_000).for_each(|millis| sent_at(&mut pace, millis, IDLE));
        assert!(pace.rate().is_none_or(|rate| rate > 300.0), "{:?}", pace.rate());
    }

    #[test]
    fn a_take_over_grows_by_steps() {
        let mut pace = Pace::new(None, 1000);
        pace.brace(Timestamp::from_millis(0));
        assert!(flood(&mut pace, 0, 1, true) > 100, "codes are not held up");
        let mut pace = Pace::new(None, 1000);
        pace.brace(Timestamp::from_millis(0));
        let tenths: Vec<usize> = (0..30).map(|tenth| flood(&mut pace, tenth * 100, 100, false)).collect();
        assert!(tenths[1] <= 22, "{tenths:?}");
        assert!(tenths[29] >= 8 * tenths[1], "{tenths:?}");
        let bounded = tenths.windows(2).skip(2).all(|pair| pair[1] <= pair[0] + pair[0] / 5 + 2);
        assert!(bounded, "{tenths:?}");
        pace.begin(true, Timestamp::from_millis(60_000));
        assert_eq!(pace.rate(), None, "it is over once nothing is held back");
    }
}
