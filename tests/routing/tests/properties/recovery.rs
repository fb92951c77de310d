//! Recovery: whatever went wrong with whom, a channel that is well again is found out, for texts are spared for no one for good.

use jixinda_domain::routing_policy::Strategy as Order;
use jixinda_domain::{Carrier, MessageClass};
use jixinda_routing::Settings;
use jixinda_routing::event::EventKind;
use jixinda_routing_tests::{Behaviour, Bounds, Fault, Scenario, SimChannel, World};
use proptest::prelude::*;
use std::time::Duration;

/// Faults are over by then.
const LAST: u64 = 90;
/// The longest pause here, the longest call that says what was wrong, and four steps of probing with time to spare.
const BOUND: u64 = 30 + 30 + 4 * 20;

fn faults() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Dead),
        (1_u64..12).prop_map(|seconds| Fault::Slow(Duration::from_secs(seconds))),
        Just(Fault::Hanging(Duration::from_secs(30))),
        (0.1..1.0_f64).prop_map(Fault::Errors),
        (1_u64..10).prop_map(|seconds| Fault::Flapping(Duration::from_secs(seconds))),
        Just(Fault::NoBalance),
        Just(Fault::AuthFailed),
        Just(Fault::Faulty),
        (0.1..1.0_f64).prop_map(|share| Fault::Undelivered(Carrier::Unicom, share)),
    ]
}

/// Bound for one class only. There is always another that takes everything.
fn specialists() -> impl Strategy<Value = Option<MessageClass>> {
    prop::option::weighted(0.3, prop::sample::select(&MessageClass::ALL[..]))
}

/// (fault, from, how long)
type Outage = (Fault, u64, u64);

fn channels() -> impl Strategy<Value = Vec<SimChannel>> {
    let outages = prop::collection::vec((faults(), 1..LAST - 1, 1..40_u64), 0..4);
    let channel = |(index, (position, only, outages)): (usize, (i32, Option<MessageClass>, Vec<Outage>))| {
        let behaviours = outages.into_iter().map(|(fault, from, length)| Behaviour {
            fault,
            from,
            until: (from + length).min(LAST),
        });
        let name = ["A", "B", "C", "D", "E"][index];
        let only = only.filter(|_| index > 0);
        SimChannel { behaviours: behaviours.collect(), only, ..SimChannel::well(name, position) }
    };
    prop::collection::vec((0_i32..3, specialists(), outages), 1..=5)
        .prop_map(move |all| all.into_iter().enumerate().map(channel).collect())
}

/// Who is not active again in time.
fn left_behind(channels: Vec<SimChannel>, strategy: Order, rate: f64, otp: f64, seed: u64) -> Vec<String> {
    // Pauses are shorter than they are by default, so that a play is short; the rules are the same.
    let pauses = [1.0, 30.0];
    let settings = Settings {
        strategy,
        unreachable_s: pauses,
        failing_s: pauses,
        account_s: pauses,
        fault_s: pauses,
        ..Settings::default()
    };
    let scenario = Scenario {
        name: "outages",
        story: "anything may happen",
        rate,
        otp,
        seconds: LAST + BOUND,
        fault: (0, LAST),
        unicom_only: false,
        channels,
        settings,
        bounds: Bounds::default(),
    };
    let world = World::play(&scenario, seed);
    let health = [EventKind::Suspended, EventKind::Probing, EventKind::Advanced, EventKind::Active];
    let last = |index: usize| {
        let id = SimChannel::id(index);
        let mut told = world.measures.events.iter().rev();
        told.find(|event| event.channel_id == id && health.contains(&event.kind))
    };
    let not_active = (0..scenario.channels.len()).filter_map(last).filter(|event| event.kind != EventKind::Active);
    not_active.map(|event| format!("{} {} at {}", event.channel_id, event.kind.as_str(), event.at)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_channel_that_is_well_is_active_again(
        channels in channels(),
        strategy in prop::sample::select(&Order::ALL[..]),
        rate in 5.0..40.0_f64,
        seed in any::<u64>(),
    ) {
        let left = left_behind(channels, strategy, rate, 0.3, seed);
        prop_assert!(left.is_empty(), "{:?}", left);
    }

    #[test]
    fn texts_of_one_kind_bring_it_back_too(
        mut channels in channels(),
        strategy in prop::sample::select(&Order::ALL[..]),
        rate in 2.0..40.0_f64,
        codes in any::<bool>(),
        seed in any::<u64>(),
    ) {
        channels.iter_mut().for_each(|channel| channel.only = None);
        let left = left_behind(channels, strategy, rate, f64::from(u8::from(codes)), seed);
        prop_assert!(left.is_empty(), "{:?}", left);
    }
}
