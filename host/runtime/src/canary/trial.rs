//! One canary that runs: two generations, and the tally of what they do. Calls hold the tally alone, so that none keeps a generation
//! alive that it does not use.

use super::{CanaryEvent, CanaryEventKind, CanarySettings, Course, Evidence, GenerationRef, Verdict, Weighed, judge};
use crate::registry::Plugin;
use jixinda_domain::Timestamp;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A canary.
pub(crate) struct Trial {
    /// The generation that is tried. That which serves is beside it in the registry.
    pub(crate) new: Arc<Plugin>,
    pub(crate) tally: Arc<Tally>,
}

/// How a canary ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Promoted,
    RolledBack { cause: String, at: Timestamp },
    Withdrawn,
}

/// A canary as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CanaryStatus {
    /// The version that is tried.
    pub version: String,
    /// Its generation.
    pub generation: u64,
    /// Its file.
    pub file: String,
    /// Lower hex SHA-256 of the file.
    pub sha256: String,
    /// The share of the `send` calls that it takes.
    pub share: f64,
    /// Since when it takes this share.
    pub since: Timestamp,
    /// What both generations did since the canary began.
    pub evidence: Weighed,
}

/// What both generations did, and what followed.
pub(crate) struct Tally {
    provider: String,
    old: GenerationRef,
    new: GenerationRef,
    settings: CanarySettings,
    /// The bits of the share: read for every call, without a lock.
    share: AtomicU64,
    state: Mutex<State>,
}

/// A call that is counted when it ends.
pub(crate) struct Counted {
    pub(crate) tally: Arc<Tally>,
    is_new: bool,
    step: usize,
    /// Which of its step's calls of the new generation, from 0.
    nth: u64,
}

struct State {
    course: Course,
    /// Calls that the new generation took in this step.
    begun: u64,
    ending: Option<Ending>,
}

impl Trial {
    pub(crate) fn begin(old: &Plugin, new: Arc<Plugin>, settings: &CanarySettings, now: Timestamp) -> Self {
        let named = |plugin: &Plugin| GenerationRef {
            version: plugin.descriptor().version.clone(),
            generation: plugin.generation,
        };
        let tally = Tally::begin(new.descriptor().id.clone(), named(old), named(&new), settings.clone(), now);
        Self { new, tally: Arc::new(tally) }
    }

    pub(crate) fn status(&self) -> CanaryStatus {
        let course = self.tally.state().course;
        CanaryStatus {
            version: self.new.descriptor().version.clone(),
            generation: self.new.generation,
            file: self.new.file.clone(),
            sha256: self.new.admitted.sha256.clone(),
            share: self.tally.share(),
            since: course.since,
            evidence: Weighed { old: course.old, new: course.new },
        }
    }
}

impl Tally {
    fn begin(
        provider: String,
        old: GenerationRef,
        new: GenerationRef,
        settings: CanarySettings,
        now: Timestamp,
    ) -> Self {
        let share = AtomicU64::new(settings.shares.first().copied().unwrap_or(0.0).to_bits());
        let state = Mutex::new(State { course: Course::begin(now), begun: 0, ending: None });
        Self { provider, old, new, settings, share, state }
    }

    /// Whether the new generation takes the call for which this number (from 0, below 1) was drawn.
    pub(crate) fn takes(&self, random: f64) -> bool {
        random < self.share()
    }

    pub(crate) fn share(&self) -> f64 {
        f64::from_bits(self.share.load(Ordering::Relaxed))
    }

    /// Whether calls of this generation are counted.
    pub(crate) fn concerns(&self, generation: u64) -> bool {
        generation == self.old.generation || generation == self.new.generation
    }

    pub(crate) fn started(&self, now: Timestamp) -> CanaryEvent {
        let cause = format!("a new file; it takes {} of the calls", percent(self.share()));
        self.event(&self.state().course, CanaryEventKind::Started, cause, now)
    }

    /// A call begins.
    pub(crate) fn count(self: &Arc<Self>, generation: u64) -> Counted {
        let mut state = self.state();
        let (is_new, step, nth) = (generation == self.new.generation, state.course.step, state.begun);
        state.begun += u64::from(is_new);
        Counted { tally: self.clone(), is_new, step, nth }
    }

    /// A call has ended: judges.
    pub(crate) fn report(&self, counted: &Counted, call: Evidence, now: Timestamp) -> Option<CanaryEvent> {
        let mut state = self.state();
        if counted.is_new {
            state.course.new += call;
            let is_first = counted.step == state.course.step && counted.nth < self.settings.calls;
            state.course.finished += u64::from(is_first);
        } else {
            state.course.old += call;
        }
        self.judge(state, now)
    }

    /// Judges by the time alone.
    pub(crate) fn look(&self, now: Timestamp) -> Option<CanaryEvent> {
        self.judge(self.state(), now)
    }

    fn judge(&self, mut state: MutexGuard<'_, State>, now: Timestamp) -> Option<CanaryEvent> {
        if state.ending.is_some() {
            return None;
        }
        let (verdict, cause) = judge(&self.settings, &state.course, now)?;
        match verdict {
            Verdict::Promote => self.end_with(state, Ending::Promoted, cause, now),
            Verdict::RollBack => self.end_with(state, Ending::RolledBack { cause: cause.clone(), at: now }, cause, now),
            Verdict::Advance => {
                state.course.advance(now);
                state.begun = 0;
                let share = self.settings.shares.get(state.course.step).copied().unwrap_or(0.0);
                self.share.store(share.to_bits(), Ordering::Relaxed);
                Some(self.event(&state.course, CanaryEventKind::Advanced { share }, cause, now))
            }
        }
    }

    /// Ends it; `None` where it has ended already. From this moment calls go to where they will go for good.
    pub(crate) fn end(&self, ending: Ending, cause: String, now: Timestamp) -> Option<CanaryEvent> {
        let state = self.state();
        if state.ending.is_some() { None } else { self.end_with(state, ending, cause, now) }
    }

    fn end_with(
        &self,
        mut state: MutexGuard<'_, State>,
        ending: Ending,
        cause: String,
        now: Timestamp,
    ) -> Option<CanaryEvent> {
        let (kind, share) = match ending {
            Ending::Promoted => (CanaryEventKind::Promoted, 1.0_f64),
            Ending::RolledBack { .. } => (CanaryEventKind::RolledBack, 0.0),
            Ending::Withdrawn => (CanaryEventKind::Withdrawn, 0.0),
        };
        self.share.store(share.to_bits(), Ordering::Relaxed);
        state.ending = Some(ending);
        Some(self.event(&state.course, kind, cause, now))
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        self.state().ending.clone()
    }

    /// When this step ends by its time.
    pub(crate) fn step_ends_at(&self) -> Timestamp {
        self.state().course.since + self.settings.step()
    }

    fn event(&self, course: &Course, kind: CanaryEventKind, cause: String, at: Timestamp) -> CanaryEvent {
        let evidence = Weighed { old: course.old, new: course.new };
        let (provider, old, new) = (self.provider.clone(), self.old.clone(), self.new.clone());
        CanaryEvent { at, provider, old, new, kind, cause, evidence }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A share in percent, for people.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", (share * 1000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_763_885_730_000);

    fn tally() -> Arc<Tally> {
        let named = |version: &str, generation| GenerationRef { version: version.to_owned(), generation };
        let settings = CanarySettings { shares: vec![0.05, 0.25], calls: 2, ..CanarySettings::default() };
        Arc::new(Tally::begin("aliyun".to_owned(), named("1.0.0", 1), named("1.1.0", 2), settings, NOW))
    }

    /// A call from its beginning to its end.
    fn ended(tally: &Arc<Tally>, generation: u64, fault: bool) -> Option<CanaryEvent> {
        tally.report(&tally.count(generation), call(fault), NOW)
    }

    fn call(fault: bool) -> Evidence {
        Evidence { calls: 1, faults: u64::from(fault), messages: 1, ..Evidence::default() }
    }

    #[test]
    fn the_share_follows_the_steps_and_the_number_decides() {
        let tally = tally();
        assert!(tally.takes(0.0) && tally.takes(0.049) && !tally.takes(0.05));
        assert_eq!(ended(&tally, 2, false), None);
        let advanced = ended(&tally, 2, false).expect("an event");
        assert_eq!(advanced.kind, CanaryEventKind::Advanced { share: 0.25 });
        assert!(tally.takes(0.249) && !tally.takes(0.25));
        ended(&tally, 2, false);
        let promoted = ended(&tally, 2, false).expect("an event");
        assert_eq!((promoted.kind, promoted.evidence.new.calls), (CanaryEventKind::Promoted, 4));
        assert!(tally.takes(0.999));
    }

    #[test]
    fn a_rollback_takes_every_call_away_at_once_and_happens_once() {
        let tally = tally();
        for _ in 0..20 {
            ended(&tally, 1, false);
        }
        assert_eq!(ended(&tally, 2, true), None);
        // The second ends the step by its calls, and more of them are needed to tell.
        ended(&tally, 2, true);
        let event = ended(&tally, 2, true).expect("an event");
        assert_eq!(event.kind, CanaryEventKind::RolledBack);
        assert_eq!(event.cause, "3 of 3 calls failed, against 0 of 20 of the old generation");
        assert!(!tally.takes(0.0));
        assert_eq!(ended(&tally, 2, true), None);
        assert_eq!(tally.end(Ending::Promoted, String::new(), NOW), None, "too late");
        assert!(matches!(tally.ending(), Some(Ending::RolledBack { .. })));
    }

    #[test]
    fn calls_that_hang_are_waited_for() {
        let tally = tally();
        let (first, second) = (tally.count(2), tally.count(2));
        for _ in 0..10 {
            assert_eq!(ended(&tally, 2, false), None);
        }
        assert_eq!(tally.report(&second, call(false), NOW), None);
        let advanced = tally.report(&first, call(false), NOW).expect("an event");
        assert_eq!(advanced.kind, CanaryEventKind::Advanced { share: 0.25 });
    }

    #[test]
    fn shares_are_told_in_percent() {
        assert_eq!((percent(0.05).as_str(), percent(0.125).as_str()), ("5 %", "12.5 %"));
    }
}
