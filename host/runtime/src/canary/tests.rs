//! The rule on figures, and over thousands of courses by dice.

use super::*;
use jixinda_domain::{Cause, Rejection, Scope};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const START: Timestamp = Timestamp::from_millis(1_763_885_730_000);

/// How a generation behaves: the rate of its faults, and that of refusals in its other calls.
#[derive(Clone, Copy)]
struct Manner {
    faults: f64,
    refusals: f64,
}

/// Canaries that are played in each case.
const SEEDS: u64 = 600;
const GOOD: Manner = Manner { faults: 0.0, refusals: 0.0 };

/// Plays a canary with a call each 10 ms; answers what became of it, and how many calls the new generation took.
fn play(seed: u64, old: Manner, new: Manner) -> (Verdict, u64) {
    let (settings, mut dice, mut now) = (CanarySettings::default(), StdRng::seed_from_u64(seed), START);
    let mut course = Course::begin(now);
    loop {
        now = now + Duration::from_millis(10);
        let is_new = dice.random::<f64>() < settings.shares[course.step];
        let manner = if is_new { new } else { old };
        let outcome = if dice.random::<f64>() < manner.refusals { refused() } else { accepted() };
        let call = Evidence::of_call(&[outcome], dice.random::<f64>() < manner.faults);
        if is_new {
            course.new += call;
            course.finished += 1;
        } else {
            course.old += call;
        }
        match judge(&settings, &course, now) {
            Some((Verdict::Advance, _)) => course.advance(now),
            Some((verdict, _)) => return (verdict, course.new.calls),
            None => {}
        }
    }
}

fn rollbacks(old: Manner, new: Manner) -> usize {
    (0..SEEDS).filter(|seed| play(*seed, old, new).0 == Verdict::RollBack).count()
}

fn accepted() -> Outcome {
    Outcome::Accepted { upstream_id: None, segments: None, price: None }
}

fn refused() -> Outcome {
    Outcome::Rejected { reason: Rejection::Other, elsewhere: true, cause: Cause::default() }
}

fn course(old: (u64, u64), new: (u64, u64)) -> Course {
    let side = |(faults, calls)| Evidence { calls, faults, messages: calls, ..Evidence::default() };
    Course { old: side(old), new: side(new), finished: new.1, ..Course::begin(START) }
}

#[test]
fn equal_rates_are_rarely_rolled_back() {
    let both = |faults, refusals| rollbacks(Manner { faults, refusals }, Manner { faults, refusals });
    let none = both(0.0, 0.0);
    assert_eq!(none, 0);
    for (faults, refusals) in [(0.01, 0.0), (0.0, 0.01), (0.0, 0.05), (0.0, 0.2), (0.0, 0.5), (0.01, 0.1)] {
        let false_alarms = both(faults, refusals);
        assert!(false_alarms <= 15, "{false_alarms} of {SEEDS} at {faults} and {refusals}");
    }
    let false_alarms = both(0.01, 0.0);
    assert!(false_alarms <= 3, "{false_alarms} of {SEEDS} at one percent of faults on both sides");
}

#[test]
fn what_always_fails_is_rolled_back_within_a_few_calls() {
    for seed in 0..SEEDS {
        for new in [Manner { faults: 1.0, refusals: 0.0 }, Manner { faults: 0.0, refusals: 1.0 }] {
            let (verdict, calls) = play(seed, Manner { faults: 0.01, refusals: 0.01 }, new);
            assert_eq!(verdict, Verdict::RollBack);
            assert!(calls <= 6, "{calls} calls with seed {seed}");
        }
    }
}

#[test]
fn what_fails_now_and_then_is_rolled_back_too() {
    let caught = rollbacks(GOOD, Manner { faults: 0.3, refusals: 0.0 });
    assert!(caught > 594, "{caught} of {SEEDS} at three in ten");
}

#[test]
fn a_good_one_is_promoted() {
    let (verdict, calls) = play(7, GOOD, GOOD);
    assert_eq!((verdict, calls), (Verdict::Promote, 40));
    // Better than the old one is good as well.
    assert_eq!(play(7, Manner { faults: 0.5, refusals: 0.5 }, GOOD).0, Verdict::Promote);
}

#[test]
fn three_faults_at_the_beginning_are_enough_and_two_are_not() {
    let settings = CanarySettings::default();
    let (verdict, cause) = judge(&settings, &course((0, 57), (3, 3)), START).expect("a verdict");
    assert_eq!(verdict, Verdict::RollBack);
    assert_eq!(cause, "3 of 3 calls failed, against 0 of 57 of the old generation");
    assert_eq!(judge(&settings, &course((0, 57), (2, 2)), START), None);
    // The provider's own bad day is on both sides.
    assert_eq!(judge(&settings, &course((50, 57), (3, 3)), START), None);
    // Nothing to compare with.
    assert_eq!(judge(&settings, &course((0, 0), (5, 5)), START), None);
}

#[test]
fn a_quiet_provider_gets_through_by_time() {
    let settings = CanarySettings::default();
    let mut course = Course::begin(START);
    let later = |course: &Course, ms| course.since + Duration::from_millis(ms);
    assert_eq!(judge(&settings, &course, later(&course, 59_999)), None);
    let now = later(&course, 60_000);
    assert_eq!(judge(&settings, &course, now).expect("a verdict").0, Verdict::Advance);
    course.advance(now);
    assert_eq!(judge(&settings, &course, later(&course, 60_000)).expect("a verdict").0, Verdict::Promote);
}

#[test]
fn doubts_do_not_pass_by_time() {
    let (settings, late) = (CanarySettings::default(), START + Duration::from_secs(3600));
    assert_eq!(judge(&settings, &course((0, 30), (2, 2)), late), None);
    assert_eq!(judge(&settings, &course((0, 300), (2, 20)), late).expect("enough calls").0, Verdict::Advance);
    assert_eq!(judge(&settings, &course((3, 60), (0, 4)), late).expect("no doubt").0, Verdict::Advance);
}

#[test]
fn a_refused_batch_counts_as_one_call() {
    let mut course = course((0, 30), (0, 0));
    course.new += Evidence::of_call(&vec![refused(); 100], false);
    assert_eq!(course.new.refusals, 100);
    assert_eq!(judge(&CanarySettings::default(), &course, START), None);
}

#[test]
fn only_what_may_be_the_plugins_doing_is_a_refusal() {
    let deferred =
        |reason| Outcome::Deferred { reason, scope: Scope::Message, cause: Cause::default(), retry_after_ms: None };
    let final_no = Outcome::Rejected { reason: Rejection::BadRecipient, elsewhere: false, cause: Cause::default() };
    let uncertain = Outcome::Uncertain { upstream_id: None, cause: Cause::default() };
    let outcomes =
        [accepted(), final_no, deferred(Deferral::RateLimited), refused(), deferred(Deferral::UpstreamBusy), uncertain];
    let evidence = Evidence::of_call(&outcomes, false);
    assert_eq!((evidence.messages, evidence.refusals, evidence.refused_calls), (6, 3, 0.5));
    let failed = Evidence::of_call(&outcomes, true);
    assert_eq!((failed.faults, failed.refusals), (1, 0), "a failed call is counted once");
}

#[test]
fn settings_that_mean_nothing_are_named() {
    let wrong = |change: fn(&mut CanarySettings)| {
        let mut settings = CanarySettings::default();
        change(&mut settings);
        settings.check().expect_err("wrong")
    };
    assert_eq!(CanarySettings::default().check(), Ok(()));
    for shares in [vec![], vec![0.0], vec![0.5, 0.5], vec![0.5, 1.0], vec![f64::NAN]] {
        let settings = CanarySettings { shares: shares.clone(), ..CanarySettings::default() };
        assert!(settings.check().is_err_and(|words| words.starts_with("shares")), "{shares:?}");
    }
    assert!(wrong(|settings| settings.calls = 0).starts_with("calls"));
    assert!(wrong(|settings| settings.certainty = f64::NAN).starts_with("certainty"));
}
