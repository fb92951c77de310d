//! The canary (灰度): a new generation of a provider's plugin takes a share of the calls before it takes all of them. Here is what
//! it is judged by; nothing in this file asks for the time, draws a number or changes anything.
//!
//! - [`trial`]: one canary that runs, and its tally.
//! - [`event`]: what became of canaries, for those who want to be told.
//! - [`conduct`]: the runtime's side: who gets a call, what is counted, what an operator says.

mod conduct;
mod event;
#[cfg(test)]
mod tests;
mod trial;

pub use conduct::NoCanary;
pub(crate) use event::Events;
pub use event::{CanaryEvent, CanaryEventKind, GenerationRef, Weighed};
pub use trial::CanaryStatus;
pub(crate) use trial::{Counted, Ending, Tally, Trial};

use jixinda_domain::{Deferral, Outcome, Timestamp};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;
use std::time::Duration;

/// How a new generation is tried.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CanarySettings {
    /// Whether it is tried at all. Without, it takes all calls at once, and nothing is remembered.
    pub enabled: bool,
    /// The share of the `send` calls that it takes, step by step, each above 0 and below 1. After the last step it takes all.
    pub shares: Vec<f64>,
    /// A step ends when the first so many calls that the new generation took in it have ended. Not any so many: those that hang
    /// would be the last to be heard of.
    pub calls: u64,
    /// A step ends after this time too, unless the new generation raises doubts: a quiet provider gets through.
    pub step_ms: u64,
    /// So many failed calls, or calls' worth of refusals, are needed before anything is rolled back.
    pub failures: u32,
    /// How sure a rollback is, in standard deviations of the difference of two rates.
    pub certainty: f64,
}

impl Default for CanarySettings {
    fn default() -> Self {
        Self { enabled: true, shares: vec![0.05, 0.25], calls: 20, step_ms: 60_000, failures: 3, certainty: 3.5 }
    }
}

impl CanarySettings {
    /// What is wrong with them, in one sentence that names the setting.
    ///
    /// # Errors
    /// With that sentence.
    pub fn check(&self) -> Result<(), &'static str> {
        let rising = self.shares.windows(2).all(|pair| pair[0] < pair[1]);
        if self.shares.is_empty() || !rising || !self.shares.iter().all(|share| *share > 0.0 && *share < 1.0) {
            return Err("shares: at least one, each above 0 and below 1, each higher than the one before");
        }
        if self.calls == 0 || self.step_ms == 0 || self.failures == 0 {
            return Err("calls, step_ms, failures: at least 1");
        }
        if !(1.0..=10.0).contains(&self.certainty) {
            return Err("certainty: from 1 to 10");
        }
        Ok(())
    }

    fn step(&self) -> Duration {
        Duration::from_millis(self.step_ms)
    }
}

/// What one generation did since the canary began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// `send` calls that ended.
    pub calls: u64,
    /// Of these, calls in which the plugin failed: a trap, over its budget, too late, the wrong number of outcomes.
    pub faults: u64,
    /// Messages in these calls.
    pub messages: u64,
    /// Of these, messages in calls without a fault that came back refused though another try may succeed, put off for another
    /// reason than the provider's pace, or uncertain.
    pub refusals: u64,
    /// The same in calls: one of which half the messages were refused counts a half. Messages of one call share its fate, so
    /// rates of refusals are compared by this.
    pub refused_calls: f64,
}

impl Evidence {
    /// That of one call.
    pub fn of_call(outcomes: &[Outcome], fault: bool) -> Self {
        let messages = outcomes.len() as u64;
        if fault {
            return Self { calls: 1, faults: 1, messages, ..Self::default() };
        }
        let refusals = outcomes.iter().filter(|outcome| is_refusal(outcome)).count() as u64;
        let refused_calls = if messages == 0 { 0.0 } else { refusals as f64 / messages as f64 };
        Self { calls: 1, faults: 0, messages, refusals, refused_calls }
    }
}

impl AddAssign for Evidence {
    fn add_assign(&mut self, more: Self) {
        self.calls += more.calls;
        self.faults += more.faults;
        self.messages += more.messages;
        self.refusals += more.refusals;
        self.refused_calls += more.refused_calls;
    }
}

fn is_refusal(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Accepted { .. } => false,
        Outcome::Rejected { elsewhere, .. } => *elsewhere,
        Outcome::Deferred { reason, .. } => *reason != Deferral::RateLimited,
        Outcome::Uncertain { .. } => true,
    }
}

/// How far a canary is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// Which of the shares it has.
    pub step: usize,
    /// Since when.
    pub since: Timestamp,
    /// How many of the new generation's first calls of this step have ended.
    pub finished: u64,
    /// The generation that serves.
    pub old: Evidence,
    /// The generation that is tried.
    pub new: Evidence,
}

impl Course {
    /// One that begins now.
    pub fn begin(now: Timestamp) -> Self {
        Self { step: 0, since: now, finished: 0, old: Evidence::default(), new: Evidence::default() }
    }

    /// The next step begins now.
    pub fn advance(&mut self, now: Timestamp) {
        (self.step, self.since, self.finished) = (self.step + 1, now, 0);
    }
}

/// What follows from the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The next share.
    Advance,
    /// All calls.
    Promote,
    /// None any more.
    RollBack,
}

/// Judges a canary at a moment: `None` where nothing changes, else what follows and why, in numbers.
///
/// A rollback needs [`stands_out`] of faults or of refusals. A step ends by its calls; by its time only where there is no doubt, which
/// is the same rule with one failure and one standard deviation: two failures of two calls are too few for a rollback and too many
/// for more calls.
pub fn judge(settings: &CanarySettings, course: &Course, now: Timestamp) -> Option<(Verdict, String)> {
    let (old, new) = (&course.old, &course.new);
    if let Some(cause) = outstanding(old, new, settings.failures, settings.certainty) {
        return Some((Verdict::RollBack, cause));
    }
    let by_time = now.since(course.since) >= settings.step();
    let cause = if course.finished >= settings.calls {
        format!("the first {} calls of this step do not stand out", settings.calls)
    } else if by_time && outstanding(old, new, 1, 1.0).is_none() {
        format!("{} s are over, and {} finished calls raise no doubt", settings.step_ms / 1000, course.finished)
    } else {
        return None;
    };
    let verdict = if course.step + 1 < settings.shares.len() { Verdict::Advance } else { Verdict::Promote };
    Some((verdict, cause))
}

fn outstanding(old: &Evidence, new: &Evidence, least: u32, certainty: f64) -> Option<String> {
    let faults = |side: &Evidence| Rate { bad: side.faults as f64, of: side.calls as f64 };
    let refusals = |side: &Evidence| Rate { bad: side.refused_calls, of: (side.calls - side.faults) as f64 };
    if stands_out(faults(new), faults(old), least, certainty) {
        return Some(format!(
            "{} of {} calls failed, against {} of {} of the old generation",
            new.faults, new.calls, old.faults, old.calls
        ));
    }
    stands_out(refusals(new), refusals(old), least, certainty).then(|| {
        format!(
            "{} of {} messages were refused, against {} of {} of the old generation",
            new.refusals, new.messages, old.refusals, old.messages
        )
    })
}

/// So many of so many.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// How many went wrong; fractions count.
    pub bad: f64,
    /// Of how many.
    pub of: f64,
}

/// Whether `new` goes wrong more often than `old`, and not by chance: at least `least` went wrong, and the lower bound of the
/// difference of both rates is above zero.
///
/// The bound is Newcombe's (1998, method 10): Wilson's score intervals of both rates, put together. It holds where the usual formula
/// fails, which is here: few calls, rates at 0 or 1. Without evidence of the old generation there is no telling.
pub fn stands_out(new: Rate, old: Rate, least: u32, certainty: f64) -> bool {
    if new.bad < f64::from(least) || old.of < 1.0 {
        return false;
    }
    let (low, _) = wilson(new, certainty);
    let (_, high) = wilson(old, certainty);
    let (p, q) = (new.bad / new.of, old.bad / old.of);
    p - q > (p - low).hypot(high - q)
}

/// Wilson's score interval of a rate.
fn wilson(rate: Rate, z: f64) -> (f64, f64) {
    let (n, p) = (rate.of, rate.bad / rate.of);
    let (middle, square) = (p + z * z / (2.0 * n), 1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ((middle - half) / square, (middle + half) / square)
}
