//! The scenarios. In each the first channel is first in the operator's order; the fault begins after a minute of good traffic.

use crate::channel::{Fault, SimChannel};
use crate::scenario::{Bounds, Scenario};
use jixinda_domain::Carrier;
use jixinda_domain::routing_policy::Strategy;
use jixinda_routing::Settings;
use std::time::Duration;

/// When faults begin.
const FROM: u64 = 60;
/// When most of them end.
const UNTIL: u64 = 120;

/// All of them.
pub fn all() -> Vec<Scenario> {
    vec![
        dead(),
        dead_when_quiet(),
        slow(),
        hanging(),
        errors(),
        flapping(),
        throttled(),
        lying(),
        no_balance(),
        auth_failed(),
        faulty(),
        all_dead(),
        half_survivor(),
        new_channel(),
        recovered_after_long(),
        backup_behind(),
        skewed_prefixes(),
        both_bad(),
        weighted(),
        only_otp(),
        nothing_happens(),
    ]
}

fn scenario(name: &'static str, story: &'static str, fault: Fault, bounds: Bounds) -> Scenario {
    Scenario {
        name,
        story,
        rate: 500.0,
        otp: 0.2,
        seconds: 240,
        fault: (FROM, UNTIL),
        unicom_only: false,
        channels: vec![SimChannel::well("A", 0).with(fault, FROM, UNTIL), SimChannel::well("B", 1)],
        settings: Settings::default(),
        bounds,
    }
}

fn quick() -> Bounds {
    Bounds { avoided: Some(1.0), overload: Some(1.2), trusted: Some(60), delayed: Some(0.02), extra: Some(0.01) }
}

fn within_half_a_minute() -> Bounds {
    Bounds { avoided: Some(30.0), ..quick() }
}

fn dead() -> Scenario {
    scenario("dead", "connections are refused", Fault::Dead, quick())
}

fn dead_when_quiet() -> Scenario {
    // The pause has grown to a minute when it is well again, and each step takes its time.
    let bounds = Bounds { avoided: Some(4.0), extra: Some(0.1), trusted: Some(120), ..quick() };
    Scenario { rate: 2.0, ..scenario("dead, quiet", "refused, two texts a second", Fault::Dead, bounds) }
}

fn slow() -> Scenario {
    // Texts that went before it was seen take ten seconds: they are what is delayed.
    let bounds = Bounds { delayed: Some(0.05), trusted: Some(600), ..within_half_a_minute() };
    let scenario = scenario("slow", "calls take 10 s", Fault::Slow(Duration::from_secs(10)), bounds);
    Scenario { seconds: 420, ..scenario }
}

fn hanging() -> Scenario {
    let bounds = Bounds { trusted: Some(600), ..within_half_a_minute() };
    let scenario = scenario("hanging", "no answer for 30 s", Fault::Hanging(Duration::from_secs(30)), bounds);
    Scenario { seconds: 420, ..scenario }
}

fn errors() -> Scenario {
    let bounds = Bounds { extra: Some(0.05), trusted: Some(200), delayed: Some(0.03), ..within_half_a_minute() };
    Scenario { seconds: 360, ..scenario("30 % errors", "3 in 10 calls fail", Fault::Errors(0.3), bounds) }
}

fn flapping() -> Scenario {
    let turns = Fault::Flapping(Duration::from_secs(5));
    // It is avoided for good only once its pauses have grown.
    let bounds = Bounds { avoided: Some(60.0), trusted: Some(120), ..quick() };
    let mut scenario = scenario("flapping", "5 s dead, 5 s well", turns, bounds);
    scenario.channels[0] = SimChannel::well("A", 0).with(turns, FROM, 180);
    Scenario { fault: (FROM, 180), seconds: 360, ..scenario }
}

fn throttled() -> Scenario {
    let bounds = Bounds { overload: Some(1.2), delayed: Some(0.02), extra: Some(0.05), ..Bounds::default() };
    let mut scenario = scenario("throttled", "A bears 250/s of 500/s", Fault::None, bounds);
    scenario.channels[0].bears = 250.0;
    scenario
}

fn lying() -> Scenario {
    let bounds = Bounds { avoided: Some(30.0), trusted: Some(900), extra: Some(0.01), ..Bounds::default() };
    let mut scenario = scenario("lying", "receipts shine, codes are not used", Fault::Lying, bounds);
    scenario.settings.conversion = true;
    Scenario { otp: 1.0, seconds: 480, ..scenario }
}

fn no_balance() -> Scenario {
    scenario("no balance", "the account is empty", Fault::NoBalance, Bounds { trusted: Some(120), ..quick() })
}

fn auth_failed() -> Scenario {
    scenario("auth failed", "the credentials are refused", Fault::AuthFailed, Bounds { trusted: Some(120), ..quick() })
}

fn faulty() -> Scenario {
    scenario("faulty", "the plugin fails", Fault::Faulty, Bounds { trusted: Some(120), ..quick() })
}

fn all_dead() -> Scenario {
    let bounds = Bounds { trusted: Some(60), ..Bounds::default() };
    let mut scenario = scenario("all dead", "A and B refused for 30 s", Fault::None, bounds);
    scenario.channels = vec![
        SimChannel::well("A", 0).with(Fault::Dead, FROM, 90),
        SimChannel::well("B", 1).with(Fault::Dead, FROM, 90),
    ];
    Scenario { fault: (FROM, 90), ..scenario }
}

fn half_survivor() -> Scenario {
    let bounds = Bounds { avoided: Some(1.0), overload: Some(1.2), trusted: Some(60), ..Bounds::default() };
    let mut scenario = scenario("half survivor", "A dead, B bears 300/s of 500/s", Fault::Dead, bounds);
    scenario.channels[1].bears = 300.0;
    scenario
}

fn new_channel() -> Scenario {
    let bounds = Bounds { trusted: Some(60), extra: Some(0.001), delayed: Some(0.001), ..Bounds::default() };
    let mut scenario = scenario("new channel", "A is added before B", Fault::None, bounds);
    scenario.channels[0].appears = UNTIL;
    Scenario { fault: (UNTIL, UNTIL), ..scenario }
}

fn recovered_after_long() -> Scenario {
    let bounds = Bounds { trusted: Some(90), ..quick() };
    let mut scenario = scenario("recovered", "refused for 10 min, then well", Fault::Dead, bounds);
    scenario.channels[0] = SimChannel::well("A", 0).with(Fault::Dead, FROM, 660);
    Scenario { fault: (FROM, 660), seconds: 900, ..scenario }
}

fn backup_behind() -> Scenario {
    // The operator's order leaves no text for a backup; it must have proved itself all the same when it is needed. Of a few texts little
    // is known, so it takes longer until it is clearly better.
    let bounds =
        Bounds { avoided: Some(45.0), overload: Some(1.2), trusted: Some(260), delayed: Some(0.05), extra: Some(0.05) };
    let mut scenario = scenario("backup behind", "B is added behind A, later A fails 3 in 10", Fault::None, bounds);
    scenario.channels[0] = SimChannel::well("A", 0).with(Fault::Errors(0.3), 180, 240);
    scenario.channels[1].appears = FROM;
    Scenario { fault: (180, 240), seconds: 480, ..scenario }
}

fn skewed_prefixes() -> Scenario {
    let fault = Fault::Undelivered(Carrier::Unicom, 0.8);
    let bounds = Bounds { avoided: Some(30.0), extra: Some(0.001), ..Bounds::default() };
    let scenario = scenario("skewed prefixes", "8 in 10 to one carrier are lost", fault, bounds);
    Scenario { unicom_only: true, seconds: 300, ..scenario }
}

fn both_bad() -> Scenario {
    // Whoever is worse must lose: no ping-pong.
    let bounds = Bounds { extra: Some(0.6), ..Bounds::default() };
    let mut scenario = scenario("both bad", "A fails 3 in 10, B 4 in 10", Fault::Errors(0.3), bounds);
    scenario.channels[1] = SimChannel::well("B", 1).with(Fault::Errors(0.4), FROM, UNTIL);
    scenario
}

fn weighted() -> Scenario {
    let bounds = Bounds { avoided: Some(1.0), overload: Some(1.2), trusted: Some(60), ..Bounds::default() };
    let mut scenario = scenario("weighted", "3 by weight, A refused", Fault::Dead, bounds);
    scenario.settings.strategy = Strategy::Weighted;
    scenario.channels.push(SimChannel::well("C", 2));
    scenario
}

fn only_otp() -> Scenario {
    Scenario { otp: 1.0, ..scenario("only otp", "refused, nothing but codes", Fault::Dead, quick()) }
}

fn nothing_happens() -> Scenario {
    let bounds = Bounds { trusted: Some(0), delayed: Some(0.0), extra: Some(0.0), ..Bounds::default() };
    Scenario { fault: (FROM, FROM), ..scenario("nothing", "all is well", Fault::None, bounds) }
}
