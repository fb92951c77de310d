//! A selection: who is never picked, that somebody is, how often, and what is said of it.

use jixinda_domain::routing_policy::Strategy as Order;
use jixinda_domain::{Carrier, ChannelId, Destination, MessageClass, Timestamp};
use jixinda_routing::health::{Cause, State};
use jixinda_routing::rating::{Part, Rating};
use jixinda_routing::{Candidate, Exclusion, Place, Question, Reason, Selection, Standing, Tried, Weakness, select};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

const NOW: i64 = 1_795_000_000_000;
const DRAWS: u32 = 20_000;

/// A candidate that owns its standing.
#[derive(Clone, Debug)]
struct Bound {
    standing: Option<Standing>,
    position: i32,
    weight: u32,
    price: Option<f64>,
    barred: Option<(Exclusion, Option<Timestamp>)>,
    full: bool,
    probe_is_free: bool,
}

/// A question with its candidates.
#[derive(Clone, Debug)]
struct Case {
    bound: Vec<Bound>,
    /// (channel by number, refused for good); some of them are no candidates.
    tried: Vec<(usize, bool)>,
    class: MessageClass,
    destination: Destination,
    strategy: Order,
    now: Timestamp,
    random: f64,
}

fn id(index: usize) -> ChannelId {
    ChannelId::new(Timestamp::default(), index as u128 + 1)
}

impl Bound {
    fn candidate(&self, index: usize) -> Candidate<'_> {
        Candidate {
            id: id(index),
            standing: self.standing.as_ref(),
            position: self.position,
            weight: self.weight,
            price: self.price,
            barred: self.barred,
            full: self.full,
            probe_is_free: self.probe_is_free,
        }
    }
}

impl Case {
    fn candidates(&self) -> Vec<Candidate<'_>> {
        let named = self.bound.iter().enumerate();
        named.map(|(index, bound)| bound.candidate(index)).collect()
    }

    fn select(&self, random: f64) -> Selection {
        let tried: Vec<Tried> =
            self.tried.iter().map(|(index, rejected)| Tried { channel: id(*index), rejected: *rejected }).collect();
        let question = Question {
            version: 7,
            class: self.class,
            destination: self.destination,
            strategy: self.strategy,
            tried: &tried,
            now: self.now,
            random,
        };
        select(&question, &self.candidates())
    }

    fn refused(&self, index: usize) -> bool {
        self.tried.iter().any(|(tried, rejected)| *tried == index && *rejected)
    }

    /// Kept out for good.
    fn is_out(&self, index: usize) -> bool {
        let lasting = |(exclusion, _): (Exclusion, _)| LASTING.contains(&exclusion);
        self.bound[index].barred.is_some_and(lasting) || self.refused(index)
    }

    /// Neither kept out, nor barred now, nor suspended.
    fn is_open(&self, index: usize) -> bool {
        let bound = &self.bound[index];
        let barred = bound.barred.is_some_and(|(_, until)| until.is_none_or(|until| until > self.now));
        !self.is_out(index) && !barred && !matches!(state(bound), Some(State::Suspended { .. }))
    }

    fn open(&self) -> Vec<usize> {
        (0..self.bound.len()).filter(|index| self.is_open(*index)).collect()
    }

    fn is_first_step(&self, index: usize) -> bool {
        matches!(state(&self.bound[index]), Some(State::Probing { step: 0, .. }))
    }
}

fn state(bound: &Bound) -> Option<State> {
    bound.standing.as_ref().map(|standing| standing.state)
}

const LASTING: [Exclusion; 4] =
    [Exclusion::NotChosen, Exclusion::Policy, Exclusion::BindingRefused, Exclusion::Destination];
const PASSING: [Exclusion; 7] = [
    Exclusion::Disabled,
    Exclusion::ProviderMissing,
    Exclusion::Rule,
    Exclusion::Paused,
    Exclusion::NumberPaused,
    Exclusion::SignNamePaused,
    Exclusion::TemplatePaused,
];

fn times() -> impl Strategy<Value = Timestamp> {
    prop_oneof![Just(0), -5_000_i64..5_000].prop_map(|millis| Timestamp::from_millis(NOW + millis))
}

fn destinations() -> impl Strategy<Value = Destination> {
    let carriers = [None, Some(Carrier::Mobile), Some(Carrier::Unicom)];
    let mainland = carriers.map(|carrier| Destination { country_code: 86, carrier });
    let all = [&mainland[..], &[Destination { country_code: 1, carrier: None }]].concat();
    prop::sample::select(all)
}

fn states() -> impl Strategy<Value = State> {
    const CAUSES: [Cause; 5] = [Cause::Unreachable, Cause::Failing, Cause::NoBalance, Cause::AuthFailed, Cause::Faulty];
    let suspended = (prop::sample::select(&CAUSES[..]), times());
    prop_oneof![
        4 => Just(State::Active),
        1 => suspended.prop_map(|(cause, until)| State::Suspended { cause, until }),
        2 => (0_u8..4, times()).prop_map(|(step, since)| State::Probing { step, since, good: 0, bad: 0 }),
    ]
}

fn rating() -> Rating {
    let part = Part { value: 0.9, deviation: 0.01, samples: 100.0 };
    Rating { score: 0.9, deviation: 0.01, acceptance: part, delivery: part, speed: part, conversion: None, cost: None }
}

/// 0, 1, or anything between.
fn shares() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![2 => Just(1.0), 1 => Just(0.0), 2 => 0.0..=1.0]
}

fn standings() -> impl Strategy<Value = Standing> {
    let place = (shares(), 0_u32..4, shares()).prop_map(|(share, rank, lead)| Place {
        share,
        demotion: None,
        rank,
        lead,
        rating: rating(),
    });
    let weakness = (shares(), any::<bool>()).prop_map(|(share, demoted)| Weakness { share, demoted, rating: rating() });
    let weak = prop::collection::vec((destinations(), weakness), 0..3);
    (states(), [place.clone(), place.clone(), place], weak, any::<bool>(), any::<bool>()).prop_map(
        |(state, places, weak, spares_otp, starved)| {
            let starved = starved && matches!(state, State::Probing { .. });
            Standing { state, places, weak, spares_otp, starved, probe: Default::default() }
        },
    )
}

fn bounds() -> impl Strategy<Value = Bound> {
    let exclusions = [&LASTING[..], &PASSING[..]].concat();
    let barred = (prop::sample::select(exclusions), prop::option::of(times()));
    (
        prop::option::weighted(0.9, standings()),
        0_i32..3,
        prop_oneof![Just(100_u32), 0..1000_u32],
        prop::option::of(prop_oneof![Just(0.05), 0.0..1.0_f64]),
        prop::option::weighted(0.3, barred),
        prop::bool::weighted(0.2),
        any::<bool>(),
    )
        .prop_map(|(standing, position, weight, price, barred, full, probe_is_free)| Bound {
            standing,
            position,
            weight,
            price,
            barred,
            full,
            probe_is_free,
        })
}

fn cases() -> impl Strategy<Value = Case> {
    (
        prop::collection::vec(bounds(), 0..9),
        prop::collection::vec((0_usize..12, prop::bool::weighted(0.3)), 0..6),
        prop::sample::select(&MessageClass::ALL[..]),
        destinations(),
        prop::sample::select(&Order::ALL[..]),
        times(),
        0.0..1.0_f64,
    )
        .prop_map(|(bound, tried, class, destination, strategy, now, random)| Case {
            bound,
            tried,
            class,
            destination,
            strategy,
            now,
            random,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn who_may_not_carry_it_is_never_picked(case in cases()) {
        let selection = case.select(case.random);
        if let Some(picked) = selection.picked {
            let index = (0..case.bound.len()).find(|index| id(*index) == picked);
            let index = index.expect("one of the candidates");
            prop_assert!(!matches!(state(&case.bound[index]), Some(State::Suspended { .. })), "suspended");
            prop_assert!(case.is_open(index), "barred, or refused before");
            prop_assert_eq!(selection.candidates[index].excluded, None, "what is excluded is not picked");
        }
        for (index, told) in selection.candidates.iter().enumerate() {
            prop_assert_eq!(told.channel, id(index), "all are told of, in their order");
            prop_assert!(case.is_open(index) || told.excluded.is_some(), "{:?}", told);
        }
    }

    #[test]
    fn somebody_is_picked_or_it_is_known_when_to_look_again(case in cases()) {
        let selection = case.select(case.random);
        let open = case.open();
        let steady = open.iter().any(|index| !case.is_first_step(*index));
        let free = open.iter().any(|index| case.bound[*index].probe_is_free);
        prop_assert_eq!(selection.picked.is_some(), steady || free);
        prop_assert_eq!(selection.picked.is_some(), selection.reason.is_some());
        let may_pass = (0..case.bound.len()).any(|index| !case.is_out(index));
        prop_assert_eq!(selection.look_again.is_some(), selection.picked.is_none() && may_pass);
        prop_assert!(selection.look_again.is_none_or(|again| again > case.now), "{:?}", selection.look_again);
    }

    #[test]
    fn a_probe_takes_no_text_that_others_should_carry(case in cases()) {
        let selection = case.select(case.random);
        let Some(picked) = selection.picked else { return Ok(()) };
        let index = (0..case.bound.len()).find(|index| id(*index) == picked).expect("a candidate");
        let starved = case.bound[index].standing.as_ref().is_some_and(|standing| standing.starved);
        let probes = selection.reason == Some(Reason::Probe);
        prop_assert!(!probes || case.is_first_step(index) || starved, "it needs no probe");
        prop_assert!(probes || !case.is_first_step(index), "it is for probes only");
        if selection.reason == Some(Reason::Probe) {
            let steady = case.open().iter().any(|index| !case.is_first_step(*index));
            prop_assert!(case.bound[index].probe_is_free, "one at a time");
            prop_assert!(!steady || case.tried.is_empty(), "it failed elsewhere already");
            let spares = case.bound[index].standing.as_ref().is_some_and(|standing| standing.spares_otp);
            prop_assert!(!(steady && spares && case.class == MessageClass::Otp));
        }
    }

    #[test]
    fn chances_make_up_the_whole(case in cases()) {
        let selection = case.select(case.random);
        let chances: Vec<u16> = selection.candidates.iter().filter_map(|one| one.chance).collect();
        if matches!(selection.reason, Some(Reason::Drawn | Reason::OnlyOne)) {
            let sum: i32 = chances.iter().map(|chance| i32::from(*chance)).sum();
            // Each is rounded by half a thousandth at most.
            prop_assert!((sum - 1000).abs() <= 1 + chances.len() as i32 / 2, "{:?}", chances);
            let open = selection.candidates.iter().filter(|one| one.excluded.is_none()).count();
            prop_assert_eq!(chances.len(), open);
            prop_assert_eq!(selection.reason == Some(Reason::OnlyOne), open == 1);
        } else {
            prop_assert!(chances.is_empty());
        }
    }

    #[test]
    fn who_was_tried_least_goes_first_and_who_has_room_before_who_is_full(case in cases()) {
        let selection = case.select(case.random);
        let Some(picked) = selection.picked.filter(|_| selection.reason != Some(Reason::Probe)) else { return Ok(()) };
        let tries = |index: usize| case.tried.iter().filter(|(tried, _)| *tried == index).count();
        let steady: Vec<usize> = case.open().into_iter().filter(|index| !case.is_first_step(*index)).collect();
        let index = (0..case.bound.len()).find(|index| id(*index) == picked).expect("a candidate");
        let least = steady.iter().map(|index| tries(*index)).min();
        prop_assert_eq!(Some(tries(index)), least);
        let roomy = steady.iter().any(|other| Some(tries(*other)) == least && !case.bound[*other].full);
        prop_assert!(!case.bound[index].full || !roomy);
    }

    #[test]
    fn with_full_shares_the_operators_order_holds(mut case in cases()) {
        for standing in case.bound.iter_mut().filter_map(|bound| bound.standing.as_mut()) {
            standing.weak.clear();
            standing.places.iter_mut().for_each(|place| (place.share, place.lead) = (1.0, 1.0));
        }
        case.bound.iter_mut().for_each(|bound| bound.weight = bound.weight.max(1));
        let selection = case.select(case.random);
        let Some(picked) = selection.picked.filter(|_| selection.reason != Some(Reason::Probe)) else { return Ok(()) };
        let key = |index: usize| {
            let bound = &case.bound[index];
            match case.strategy {
                Order::Priority => f64::from(bound.position),
                Order::Weighted => 0.0,
                Order::Cheapest => bound.price.unwrap_or(f64::INFINITY),
                Order::Quality => bound.standing.as_ref().map_or(0.0, |it| f64::from(it.places[case.class as usize].rank)),
            }
        };
        let usable = (0..case.bound.len()).filter(|index| selection.candidates[*index].excluded.is_none());
        let best = usable.map(key).fold(f64::INFINITY, f64::min);
        let index = (0..case.bound.len()).find(|index| id(*index) == picked).expect("a candidate");
        prop_assert_eq!(key(index), best);
    }

    #[test]
    fn the_same_question_has_the_same_answer(case in cases()) {
        prop_assert_eq!(case.select(case.random), case.clone().select(case.random));
    }
}

/// How often each is picked, by index.
fn frequencies(case: &Case, seed: u64) -> Vec<f64> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut counts = vec![0_u32; case.bound.len()];
    for _ in 0..DRAWS {
        let picked = case.select(random.random()).picked;
        if let Some(index) = (0..counts.len()).find(|index| Some(id(*index)) == picked) {
            counts[index] += 1;
        }
    }
    counts.into_iter().map(|count| f64::from(count) / f64::from(DRAWS)).collect()
}

/// Six standard deviations, and what rounding to thousandths takes.
fn tolerance(chance: f64) -> f64 {
    6.0 * (chance * (1.0 - chance) / f64::from(DRAWS)).sqrt() + 0.001
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn equal_shares_go_by_weight(
        weights in prop::collection::vec(1_u32..=1000, 1..8),
        share in 0.01..=1.0_f64,
        seed in any::<u64>(),
    ) {
        let place = Place { share, demotion: None, rank: 0, lead: 1.0, rating: rating() };
        let standing = Standing {
            state: State::Active,
            places: [place; 3],
            weak: Vec::new(),
            spares_otp: false,
            starved: false,
            probe: Default::default(),
        };
        let bound = |weight: &u32| Bound {
            standing: Some(standing.clone()),
            position: 0,
            weight: *weight,
            price: None,
            barred: None,
            full: false,
            probe_is_free: true,
        };
        let case = Case {
            bound: weights.iter().map(bound).collect(),
            tried: Vec::new(),
            class: MessageClass::Notice,
            destination: Destination { country_code: 86, carrier: None },
            strategy: Order::Weighted,
            now: Timestamp::from_millis(NOW),
            random: 0.0,
        };
        let all: u32 = weights.iter().sum();
        // What nobody takes goes to the first: with less than a full share, it is over its weight by that.
        for (index, (seen, weight)) in frequencies(&case, seed).into_iter().zip(&weights).enumerate() {
            let left = if index == 0 { 1.0 - share } else { 0.0 };
            let due = share * f64::from(*weight) / f64::from(all) + left;
            prop_assert!((seen - due).abs() <= tolerance(due), "{} for {}", seen, due);
        }
    }

    #[test]
    fn picks_are_as_frequent_as_is_told(case in cases(), seed in any::<u64>()) {
        let told = case.select(case.random);
        prop_assume!(matches!(told.reason, Some(Reason::Drawn)));
        for (seen, one) in frequencies(&case, seed).into_iter().zip(&told.candidates) {
            let chance = f64::from(one.chance.unwrap_or(0)) / 1000.0;
            prop_assert!((seen - chance).abs() <= tolerance(chance), "{} for {:?}", seen, one);
        }
    }
}
