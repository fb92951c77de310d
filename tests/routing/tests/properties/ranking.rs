//! Ratings and shares stay within their bounds, and chance alone moves nobody.

use jixinda_domain::{AccountId, Carrier, ChannelId, Destination, MessageClass, Timestamp};
use jixinda_routing::event::EventKind;
use jixinda_routing::evidence::{Digest, Evidence, Kind, Speed, Tally};
use jixinda_routing::ranking::{Demotion, Rival, Share};
use jixinda_routing::rating::{Assumed, Basis, Part, Rating, rate};
use jixinda_routing::{CallReport, ChannelFacts, Event, Heard, PartWeights, Router, Settings};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use std::time::Duration;

const KINDS: [Kind; 14] = [
    Kind::Accepted,
    Kind::Refused,
    Kind::Blameless,
    Kind::Throttled,
    Kind::Busy,
    Kind::Unreachable,
    Kind::NoBalance,
    Kind::AuthFailed,
    Kind::Uncertain,
    Kind::Fault,
    Kind::Delivered,
    Kind::Undelivered,
    Kind::Ripe,
    Kind::Converted,
];

fn evidence() -> impl Strategy<Value = Evidence> {
    let count = prop_oneof![0.0..50.0_f32, 0.0..1e7_f32];
    let seen = (prop::sample::select(&KINDS[..]), count, prop_oneof![Just(0.0), 0.0..5000.0_f64]);
    prop::collection::vec(seen, 0..20).prop_map(|seen| {
        let mut evidence = Evidence::default();
        for (kind, count, passed) in seen {
            evidence.add(kind, count);
            evidence.fold(passed);
        }
        evidence
    })
}

fn digest() -> impl Strategy<Value = Digest> {
    prop::collection::vec(prop_oneof![0.0..100_000.0_f64, 0.0..1e12_f64], 0..30).prop_map(|all| {
        let mut digest = Digest::default();
        all.into_iter().for_each(|millis| digest.add(millis));
        digest
    })
}

fn speeds() -> impl Strategy<Value = Speed> {
    (digest(), digest(), digest()).prop_map(|(calls_now, calls, receipts)| Speed { calls_now, calls, receipts })
}

fn settings() -> impl Strategy<Value = Settings> {
    let parts = [0.0..3.0_f64, 0.0..3.0, 0.01..3.0, 0.0..3.0, 0.0..3.0];
    (parts, 1.0..1000.0_f64, 0.01..0.99_f64, 0.01..0.3_f64, 0.01..=1.0_f64, 0.01..=1.0_f64, 0.001..=0.2_f64).prop_map(
        |(parts, prior_strength, prior_rate, margin, step_down, step_up, trickle)| {
            let [acceptance, delivery, speed, conversion, cost] = parts;
            let parts = PartWeights { acceptance, delivery, speed, conversion, cost };
            let figures =
                Settings { prior_strength, prior_rate, margin, step_down, step_up, trickle, ..Settings::default() };
            Settings { parts, conversion: true, ..figures }
        },
    )
}

fn rating(score: f64, deviation: f64) -> Rating {
    let part = Part { value: score, deviation, samples: 100.0 };
    Rating { score, deviation, acceptance: part, delivery: part, speed: part, conversion: None, cost: None }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_rating_is_a_number_between_0_and_1(
        (own, overall, speed, calls_of_all) in (evidence(), prop::option::of(evidence()), speeds(), digest()),
        assumed in [0.0..=1.0_f64, 0.0..=1.0, 0.0..=1.0],
        price_ratio in prop::option::of(prop_oneof![Just(0.0), 0.0..1e9_f64]),
        class in prop::sample::select(&MessageClass::ALL[..]),
        settings in settings(),
    ) {
        prop_assert_eq!(settings.problems(), Vec::<String>::new());
        let [acceptance, delivery, conversion] = assumed;
        let basis = Basis {
            evidence: &own,
            overall: overall.as_ref(),
            speed: &speed,
            calls_of_all: &calls_of_all,
            assumed: Assumed { acceptance, delivery, conversion },
            class,
            price_ratio,
        };
        let rating = rate(&basis, &settings);
        let ends = [0.0, rating.low(), rating.score, rating.high(), 1.0];
        prop_assert!(ends.is_sorted() && rating.deviation.is_finite() && rating.deviation >= 0.0, "{:?}", rating);
        let parts = [Some(rating.acceptance), Some(rating.delivery), Some(rating.speed), rating.conversion];
        for part in parts.into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&part.value) && part.deviation.is_finite(), "{:?}", part);
        }
    }

    #[test]
    fn a_share_moves_step_by_step(
        steps in prop::collection::vec(
            (
                (0.0..=1.0_f64, 0.0..0.1_f64),
                prop::option::weighted(0.2, prop::sample::select(&[Demotion::Slow, Demotion::Lying][..])),
                prop::collection::vec((0.0..=1.0_f64, 0.0..0.1_f64, any::<bool>()), 0..4),
                0.0..=10.0_f64,
                -20_000_i64..60_000,
            ),
            1..60,
        ),
        settings in settings(),
    ) {
        let (mut share, mut now) = (Share::default(), 1_795_000_000_000_i64);
        for ((score, deviation), flag, rivals, passed_s, clock) in steps {
            now += clock;
            let rivals: Vec<Rival> = rivals
                .into_iter()
                .enumerate()
                .map(|(index, (score, deviation, sound))| Rival { id: id(index), rating: rating(score, deviation), sound })
                .collect();
            let before = share.value;
            let turn = share.step(&rating(score, deviation), flag, &rivals, passed_s, &settings, Timestamp::from_millis(now));
            prop_assert!((0.0..=1.0).contains(&share.value), "{:?}", share);
            prop_assert!(share.demotion.is_none() || share.value >= settings.trickle, "a trickle stays: {:?}", share);
            // Slow and lying ones lose it twice as fast.
            let down = settings.step_down * passed_s * if share.demotion.is_some_and(|(of, _)| of != Demotion::Worse) { 2.0 } else { 1.0 };
            let up = settings.step_down.max(settings.step_up) * passed_s;
            prop_assert!(share.value - before <= up + 1e-9 && before - share.value <= down + 1e-9, "{} to {:?}", before, share);
            prop_assert!(share.demotion.is_none() || share.value <= before, "who is demoted gains nothing");
            prop_assert!(turn.is_none_or(|turn| turn.demotion == share.demotion.map(|(demotion, _)| demotion)));
            if !rivals.iter().any(|rival| rival.sound) {
                prop_assert!(share.demotion.is_none(), "there is nobody to go to");
            }
        }
    }
}

fn id(index: usize) -> ChannelId {
    ChannelId::new(Timestamp::default(), index as u128 + 1)
}

/// What four channels have in common.
#[derive(Clone, Copy, Debug)]
struct Alike {
    /// Texts a second on each.
    rate: f64,
    accepted: f64,
    delivered: f64,
}

/// What an hour of equal traffic did.
#[derive(Clone, Copy, Debug, Default)]
struct Hour {
    /// Demotions and moves in the order of quality.
    moves: usize,
    /// Of what each should have had, what all had together: the mean of their shares.
    share: f64,
}

const ALIKE: usize = 4;

fn equal_hour(alike: Alike, seed: u64) -> Hour {
    let mut router = Router::new(Settings::default(), 0);
    let facts = |index| ChannelFacts {
        id: id(index),
        account_id: AccountId::new(Timestamp::default(), index as u128),
        changed_at: Timestamp::default(),
        price: None,
        rivals: (0..ALIKE).filter(|other| *other != index).map(id).collect(),
    };
    let mut now = Timestamp::from_millis(1_795_000_000_000);
    router.set_channels((0..ALIKE).map(facts).collect(), now);
    let (mut random, mut hour) = (SmallRng::seed_from_u64(seed), Hour::default());
    for _ in 0..3600 {
        now = now + Duration::from_secs(1);
        for index in 0..ALIKE {
            let mut owed = alike.rate;
            while random.random::<f64>() < owed {
                owed -= 1.0;
                send(&mut router, id(index), alike, now, &mut random);
            }
        }
        router.tick(now);
        let _ = router.take_changed();
        let is_move = |event: &Event| matches!(event.kind, EventKind::Demoted | EventKind::Reordered);
        hour.moves += router.take_events().iter().filter(|event| is_move(event)).count();
        let snapshot = router.snapshot();
        let shares = snapshot.standings.values().flat_map(|standing| standing.places.map(|place| place.share));
        hour.share += shares.sum::<f64>() / (ALIKE * 3 * 3600) as f64;
    }
    hour
}

/// One text with its receipt.
fn send(router: &mut Router, channel_id: ChannelId, alike: Alike, now: Timestamp, random: &mut SmallRng) {
    let class = match random.random::<f64>() {
        dice if dice < 0.3 => MessageClass::Otp,
        dice if dice < 0.8 => MessageClass::Notice,
        _ => MessageClass::Marketing,
    };
    let carrier = match random.random::<f64>() {
        dice if dice < 0.5 => Carrier::Mobile,
        dice if dice < 0.75 => Carrier::Unicom,
        _ => Carrier::Telecom,
    };
    let destination = Destination { country_code: 86, carrier: Some(carrier) };
    let accepted = random.random::<f64>() < alike.accepted;
    let mut tally = Tally::default();
    tally.add(if accepted { Kind::Accepted } else { Kind::Refused }, 1.0);
    let ended_at = now + Duration::from_secs_f64(0.05 + 0.1 * random.random::<f64>());
    let outcomes = vec![(destination, tally)];
    router.call(&CallReport { channel_id, class, started_at: now, ended_at, outcomes });
    if accepted {
        let delay = Some(Duration::from_secs_f64(1.0 + 4.0 * random.random::<f64>()));
        let delivered = random.random::<f64>() < alike.delivered;
        router.heard(&Heard { channel_id, class, destination, delivered, delay }, now);
    }
}

/// Nobody moves among those that never fail. Among those that do, chance moves some: three classes and three carriers of four channels
/// are compared each second, and a lead of 1.645 standard deviations is taken for real, which chance alone gives now and then. So these are bounds on how often, and on what that
/// costs: a channel like the others keeps nearly all of its load.
#[test]
fn equals_stay_where_they_are_for_nearly_all_of_the_time() {
    // (traffic, most moves an hour, least share)
    let cases = [
        (Alike { rate: 1.0, accepted: 1.0, delivered: 1.0 }, 0.0, 1.0),
        (Alike { rate: 20.0, accepted: 1.0, delivered: 1.0 }, 0.0, 1.0),
        (Alike { rate: 20.0, accepted: 0.99, delivered: 0.97 }, 15.0, 0.99),
        (Alike { rate: 5.0, accepted: 0.99, delivered: 0.97 }, 25.0, 0.99),
        (Alike { rate: 5.0, accepted: 0.97, delivered: 0.9 }, 200.0, 0.93),
    ];
    const SEEDS: u64 = 2;
    let play = |alike| (0..SEEDS).map(|seed| std::thread::spawn(move || equal_hour(alike, seed))).collect::<Vec<_>>();
    let plays = cases.map(|(alike, ..)| play(alike));
    for ((alike, most, least), hours) in cases.into_iter().zip(plays) {
        let hours: Vec<Hour> = hours.into_iter().map(|hour| hour.join().expect("it ends")).collect();
        let moves = hours.iter().map(|hour| hour.moves).sum::<usize>() as f64 / SEEDS as f64;
        let share = hours.iter().map(|hour| hour.share).sum::<f64>() / SEEDS as f64;
        assert!(moves <= most && share >= least - 1e-9, "{alike:?}: {moves} moves an hour, a share of {share:.4}");
    }
}
