//! [`Health`] (通道状态): whether a channel gets texts. `Active` → `Suspended` → `Probing` in steps → `Active`.
//!
//! Each cause has its own rule and its own pause, which doubles when it comes again soon. What only makes a channel worse, not unusable
//! (slow, lying, less reliable than others), does not suspend it: the [ranking](crate::ranking) takes its share.

mod cause;

pub use cause::Cause;

use crate::evidence::{Evidence, Kind, Tally, Window, seconds_between};
use crate::settings::Settings;
use jixinda_domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// More than one in so many calls of a step of probing, and it is suspended again.
const RELAPSE: u32 = 4;
/// The same where nobody else could carry its texts.
const RELAPSE_ALONE: u32 = 2;

/// Where a channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// It gets its share.
    Active,
    /// It gets nothing.
    Suspended {
        /// Why.
        cause: Cause,
        /// Until when, at the earliest.
        until: Timestamp,
    },
    /// It gets a few texts.
    Probing {
        /// From 0: one text at a time; then growing shares.
        step: u8,
        /// Since when.
        since: Timestamp,
        /// Good calls in this step.
        good: u32,
        /// Bad calls in this step.
        bad: u32,
    },
}

/// What a call showed, as far as health is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Showed {
    Good,
    Bad(Cause),
    Nothing,
}

/// A change that is worth an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The new state.
    pub state: State,
    /// Why, in one word.
    pub cause: &'static str,
    /// Why, in figures.
    pub evidence: String,
}

/// The health of one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    state: State,
    /// Failures in a row and what they point to.
    streak: Option<(Cause, u32)>,
    /// Suspensions that have not been forgiven, by cause: each doubles its own pause.
    suspensions: [u32; 5],
    /// When the last one began.
    last_suspended_at: Option<Timestamp>,
    /// Calls that began before this moment say nothing of now: they belong to a time before a suspension.
    heeds_from: Option<Timestamp>,
}

impl Default for Health {
    fn default() -> Self {
        Self { state: State::Active, streak: None, suspensions: [0; 5], last_suspended_at: None, heeds_from: None }
    }
}

impl Health {
    /// Of a channel that comes new to others that are known.
    pub const fn newcomer(now: Timestamp) -> Self {
        let state = State::Probing { step: 0, since: now, good: 0, bad: 0 };
        Self { state, streak: None, suspensions: [0; 5], last_suspended_at: None, heeds_from: Some(now) }
    }

    /// Where it stands.
    pub const fn state(&self) -> State {
        self.state
    }

    /// The most of its share that it may have: 1, 0, or what the step of probing allows.
    pub fn cap(&self, settings: &Settings) -> f64 {
        match self.state {
            State::Active => 1.0,
            State::Suspended { .. } | State::Probing { step: 0, .. } => 0.0,
            State::Probing { step, .. } => settings.probe_shares.get(usize::from(step) - 1).copied().unwrap_or(1.0),
        }
    }

    /// It has been in a step of probing for long enough, and no text came its way that showed it well: the operator's order leaves
    /// none for it, or those that others should carry are all that there are.
    pub fn is_starved(&self, settings: &Settings, now: Timestamp) -> bool {
        let State::Probing { since, good: 0, .. } = self.state else { return false };
        seconds_between(since, now) >= settings.probe_step_s
    }

    /// Takes note of one provider call; `evidence` is that of the whole channel, this call included. `alone` says that no other channel
    /// that could carry its texts is active: then a channel that does half of its work is better than none.
    pub fn call(
        &mut self,
        tally: &Tally,
        evidence: &Evidence,
        alone: bool,
        settings: &Settings,
        now: Timestamp,
    ) -> Option<Change> {
        match showed(tally) {
            Showed::Nothing => None,
            Showed::Good => {
                self.streak = None;
                self.good_call(settings, now)
            }
            Showed::Bad(cause) => {
                let streak = match self.streak {
                    Some((known, count)) if known == cause => count.saturating_add(1),
                    _ => 1,
                };
                self.streak = Some((cause, streak));
                self.bad_call(cause, streak, evidence, alone, settings, now)
            }
        }
    }

    fn good_call(&mut self, settings: &Settings, now: Timestamp) -> Option<Change> {
        let State::Probing { step, since, good, bad } = self.state else { return None };
        self.state = State::Probing { step, since, good: good + 1, bad };
        self.advance(settings, now)
    }

    fn bad_call(
        &mut self,
        cause: Cause,
        streak: u32,
        evidence: &Evidence,
        alone: bool,
        settings: &Settings,
        now: Timestamp,
    ) -> Option<Change> {
        match self.state {
            State::Suspended { .. } => None,
            State::Probing { step, since, good, bad } => {
                let (bad, certain) = (bad + 1, matches!(cause, Cause::NoBalance | Cause::AuthFailed));
                // The first call decides; after a good one, one bad answer among several is no relapse.
                let relapse = if alone { RELAPSE_ALONE } else { RELAPSE };
                let relapsed = (step == 0 && good == 0) || (bad >= 2 && bad * relapse > good + bad);
                if relapsed || certain {
                    let evidence = format!("{bad} of {} calls failed in step {step} of probing", good + bad);
                    return Some(self.suspend(cause, evidence, settings, now));
                }
                self.state = State::Probing { step, since, good, bad };
                None
            }
            State::Active => {
                let recent = evidence.within(Window::Now);
                if streak >= cause.calls(&recent, settings) {
                    let evidence = format!("{streak} calls in a row failed");
                    return Some(self.suspend(cause, evidence, settings, now));
                }
                let (failures, tries) =
                    (f64::from(recent.failures() - recent.of(Kind::Refused)), f64::from(recent.tries()));
                if tries >= settings.failing_tries && failures >= settings.failing_share * tries {
                    let evidence = format!("{failures:.0} of {tries:.0} texts failed within ten seconds");
                    return Some(self.suspend(cause, evidence, settings, now));
                }
                None
            }
        }
    }

    fn suspend(&mut self, cause: Cause, evidence: String, settings: &Settings, now: Timestamp) -> Change {
        let [first, longest] = cause.pauses(settings);
        let before = &mut self.suspensions[cause as usize];
        let pause = (first * 2_f64.powi((*before).min(16).cast_signed())).min(longest);
        *before = before.saturating_add(1);
        self.last_suspended_at = Some(now);
        self.streak = None;
        let until = now + Duration::from_secs_f64(pause);
        self.state = State::Suspended { cause, until };
        Change { state: self.state, cause: cause.as_str(), evidence: format!("{evidence}; for {pause:.0} s") }
    }

    /// Suspended together with another channel of its account.
    pub fn suspend_too(&mut self, cause: Cause, until: Timestamp, now: Timestamp) -> Option<Change> {
        if matches!(self.state, State::Suspended { .. }) {
            return None;
        }
        let before = &mut self.suspensions[cause as usize];
        *before = before.saturating_add(1);
        self.last_suspended_at = Some(now);
        self.state = State::Suspended { cause, until };
        let evidence = "another channel of its account is suspended".to_owned();
        Some(Change { state: self.state, cause: cause.as_str(), evidence })
    }

    /// Puts off the end of a suspension: a free question told that nothing has changed.
    pub fn extend(&mut self, settings: &Settings, now: Timestamp) {
        if let State::Suspended { cause, .. } = self.state {
            let [first, _] = cause.pauses(settings);
            self.state = State::Suspended { cause, until: now + Duration::from_secs_f64(first) };
        }
    }

    /// Nobody else could carry its texts: the pause need not be as long. What a person has to mend takes its time.
    pub fn hurry(&mut self, settings: &Settings, now: Timestamp) {
        if let State::Suspended { cause, until } = self.state
            && !matches!(cause, Cause::NoBalance | Cause::AuthFailed)
        {
            let until = until.min(now + Duration::from_secs_f64(settings.alone_s));
            self.state = State::Suspended { cause, until };
        }
    }

    /// Ends a suspension now: a person or a balance says that it is over.
    pub fn probe_now(&mut self, now: Timestamp) -> Option<Change> {
        let State::Suspended { cause, .. } = self.state else { return None };
        self.begin_probing(now);
        let evidence = format!("it was suspended as {}", cause.as_str());
        Some(Change { state: self.state, cause: "recovered", evidence })
    }

    fn begin_probing(&mut self, now: Timestamp) {
        self.state = State::Probing { step: 0, since: now, good: 0, bad: 0 };
        self.heeds_from = Some(now);
    }

    /// Whether a call that began then says anything of now.
    pub fn heeds(&self, started_at: Timestamp, now: Timestamp) -> bool {
        // A moment of the future: the clock was set back.
        self.heeds_from.is_none_or(|from| started_at >= from || from > now)
    }

    /// What the passing of time brings.
    pub fn tick(&mut self, settings: &Settings, now: Timestamp) -> Option<Change> {
        match self.state {
            State::Suspended { cause, until } => {
                // A pause that is longer than any can be means that the clock was set back.
                let [_, longest] = cause.pauses(settings);
                if now < until && seconds_between(now, until) <= longest {
                    return None;
                }
                self.begin_probing(now);
                let evidence = format!("its pause as {} is over", cause.as_str());
                Some(Change { state: self.state, cause: "pause_over", evidence })
            }
            State::Probing { .. } => self.advance(settings, now),
            State::Active => {
                let forgiven = self
                    .last_suspended_at
                    .is_some_and(|at| at > now || seconds_between(at, now) >= settings.forgiven_after_s);
                if forgiven {
                    (self.suspensions, self.last_suspended_at) = ([0; 5], None);
                }
                None
            }
        }
    }

    fn advance(&mut self, settings: &Settings, now: Timestamp) -> Option<Change> {
        let State::Probing { step, since, good, .. } = self.state else { return None };
        let needed = settings.probe_calls.get(usize::from(step)).copied().unwrap_or(1);
        let waited = good > 0 && seconds_between(since, now) >= settings.probe_step_s;
        if good < needed && !waited {
            return None;
        }
        let evidence = format!("{good} good calls in step {step} of probing");
        let next = step + 1;
        self.state = if usize::from(next) > settings.probe_shares.len() {
            State::Active
        } else {
            State::Probing { step: next, since: now, good: 0, bad: 0 }
        };
        Some(Change { state: self.state, cause: "proved", evidence })
    }
}

/// One accepted text makes a call good; otherwise its most frequent failure counts.
fn showed(tally: &Tally) -> Showed {
    if tally.of(Kind::Accepted) > 0.0 && tally.of(Kind::Accepted) >= tally.failures() {
        return Showed::Good;
    }
    let kinds = [Kind::NoBalance, Kind::AuthFailed, Kind::Unreachable, Kind::Fault, Kind::Uncertain, Kind::Busy];
    let worst = kinds.into_iter().max_by(|one, other| tally.of(*one).total_cmp(&tally.of(*other)));
    match worst.filter(|kind| tally.of(*kind) > 0.0).and_then(Cause::of) {
        Some(cause) => Showed::Bad(cause),
        // The provider answers, and has reasons that lie in the message.
        None if tally.of(Kind::Blameless) > 0.0 => Showed::Good,
        None => Showed::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(kind: Kind) -> Tally {
        let mut tally = Tally::default();
        tally.add(kind, 1.0);
        tally
    }

    struct Bed {
        health: Health,
        evidence: Evidence,
        settings: Settings,
        now: Timestamp,
    }

    impl Bed {
        fn new() -> Self {
            let now = Timestamp::from_millis(1_000_000);
            Self { health: Health::default(), evidence: Evidence::default(), settings: Settings::default(), now }
        }

        fn call(&mut self, kind: Kind) -> Option<Change> {
            self.evidence.add(kind, 1.0);
            self.health.call(&tally(kind), &self.evidence, false, &self.settings, self.now)
        }

        fn pass(&mut self, seconds: f64) -> Option<Change> {
            self.now = self.now + Duration::from_secs_f64(seconds);
            self.evidence.fold(seconds);
            self.health.tick(&self.settings, self.now)
        }
    }

    #[test]
    fn each_cause_has_its_own_rule() {
        let needed = |kind| {
            let mut bed = Bed::new();
            (1..100).find(|_| bed.call(kind).is_some()).expect("suspended at last")
        };
        assert_eq!(needed(Kind::Unreachable), 2);
        assert_eq!(needed(Kind::Uncertain), 5);
        assert_eq!(needed(Kind::NoBalance), 1);
        assert_eq!(needed(Kind::AuthFailed), 1);
        assert_eq!(needed(Kind::Fault), 3);
        let mut bed = Bed::new();
        assert!((0..100).all(|_| bed.call(Kind::Blameless).is_none() && bed.call(Kind::Throttled).is_none()));
    }

    #[test]
    fn a_step_without_a_good_text_starves_a_channel() {
        let mut bed = Bed::new();
        bed.health = Health::newcomer(bed.now);
        let starved = |bed: &Bed| bed.health.is_starved(&bed.settings, bed.now);
        bed.pass(14.9);
        assert!(!starved(&bed));
        assert!(bed.pass(0.1).is_none() && starved(&bed));
        assert!(bed.call(Kind::Accepted).is_some(), "one is enough by now");
        assert!(!starved(&bed), "the next step has its own time");
        bed.pass(15.0);
        assert!(starved(&bed), "later steps can be without texts too");
        assert!(!Health::default().is_starved(&bed.settings, bed.now), "who is active proves nothing");
    }

    #[test]
    fn half_of_many_failing_suspends_and_a_third_does_not() {
        let mut bed = Bed::new();
        let mut third = (0..300).map(|call| bed.call(if call % 3 == 0 { Kind::Busy } else { Kind::Accepted }));
        assert!(third.all(|change| change.is_none()));
        let mut bed = Bed::new();
        let suspended =
            (0..40).find(|call| bed.call(if call % 2 == 0 { Kind::Busy } else { Kind::Accepted }).is_some());
        assert!(suspended.is_some_and(|calls| calls >= 19));
    }

    #[test]
    fn a_suspended_channel_comes_back_in_steps() {
        let mut bed = Bed::new();
        bed.call(Kind::NoBalance);
        assert_eq!(bed.health.cap(&bed.settings), 0.0);
        assert!(bed.pass(59.0).is_none());
        assert_eq!(bed.pass(1.0).map(|change| change.cause), Some("pause_over"));
        let mut caps = vec![bed.health.cap(&bed.settings)];
        for _ in 0..73 {
            if bed.call(Kind::Accepted).is_some() {
                caps.push(bed.health.cap(&bed.settings));
            }
        }
        assert_eq!(caps, [0.0, 0.05, 0.25, 0.5, 1.0]);
    }

    #[test]
    fn a_relapse_doubles_the_pause_and_good_conduct_is_rewarded() {
        let mut bed = Bed::new();
        let pause = |bed: &mut Bed| {
            while bed.call(Kind::Unreachable).is_none() {}
            let State::Suspended { until, .. } = bed.health.state() else { panic!("suspended") };
            until.since(bed.now).as_secs()
        };
        assert_eq!(pause(&mut bed), 1);
        bed.pass(1.0);
        assert_eq!(pause(&mut bed), 2, "the first probe failed");
        bed.pass(2.0);
        while bed.health.state() != State::Active {
            bed.call(Kind::Accepted);
        }
        bed.pass(600.0);
        assert_eq!(pause(&mut bed), 1, "forgiven");
    }

    #[test]
    fn each_cause_doubles_its_own_pause() {
        let mut bed = Bed::new();
        for _ in 0..3 {
            while bed.call(Kind::Unreachable).is_none() {}
            bed.pass(30.0);
        }
        while bed.health.state() != State::Active {
            bed.call(Kind::Accepted);
        }
        while bed.call(Kind::Uncertain).is_none() {}
        let State::Suspended { until, .. } = bed.health.state() else { panic!("suspended") };
        assert_eq!(until.since(bed.now).as_secs(), 5);
    }

    #[test]
    fn calls_from_before_a_suspension_say_nothing_of_now() {
        let mut bed = Bed::new();
        let before = bed.now;
        while bed.call(Kind::Uncertain).is_none() {}
        assert!(bed.health.heeds(before, bed.now), "until it probes");
        bed.pass(5.0);
        assert!(!bed.health.heeds(before, bed.now));
        assert!(bed.health.heeds(bed.now, bed.now));
        assert!(bed.health.heeds(before, before), "the clock was set back");
    }

    #[test]
    fn one_bad_answer_among_good_ones_is_no_relapse() {
        let mut bed = Bed::new();
        while bed.call(Kind::Uncertain).is_none() {}
        bed.pass(5.0);
        for kind in [Kind::Accepted, Kind::Uncertain, Kind::Accepted] {
            assert!(bed.call(kind).is_none());
        }
        assert_eq!(bed.call(Kind::Accepted).map(|change| change.cause), Some("proved"));
        bed.call(Kind::Accepted);
        assert!(bed.call(Kind::Uncertain).is_none());
        assert_eq!(bed.call(Kind::Uncertain).map(|change| change.cause), Some("failing"));
    }

    #[test]
    fn alone_it_is_tried_again_soon_unless_a_person_has_to_act() {
        let pause = |kind, relapses| {
            let mut bed = Bed::new();
            while bed.call(kind).is_none() {}
            for _ in 0..relapses {
                bed.pass(900.0);
                bed.call(kind);
            }
            bed.health.hurry(&bed.settings, bed.now);
            let State::Suspended { until, .. } = bed.health.state() else { panic!("suspended") };
            until.since(bed.now).as_secs()
        };
        assert_eq!(pause(Kind::Uncertain, 0), 5);
        assert_eq!(pause(Kind::Uncertain, 5), 5);
        assert!(pause(Kind::NoBalance, 0) >= 60);
    }

    #[test]
    fn a_clock_that_was_set_back_suspends_nobody_for_long() {
        let mut bed = Bed::new();
        bed.call(Kind::Unreachable);
        bed.call(Kind::Unreachable);
        bed.now = bed.now - Duration::from_secs(3600);
        assert!(bed.pass(0.0).is_some());
    }
}
