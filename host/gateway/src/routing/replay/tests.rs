//! Whole replays, from a record made by hand to the report.

use super::examples::{Recorded, Table, channel};
use super::outcome::Cost;
use super::report::{ChannelShares, Report};
use super::*;
use jixinda_domain::Strategy;

const TO: i64 = 3600;

fn replayed(texts: Vec<Text>, table: &Table, settings: &Settings, seed: u64) -> Report {
    let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(TO * 1000));
    let plan = Plan { from, to, seed, settings: settings.clone() };
    let mut pools = Pools::default();
    texts.iter().for_each(|text| pools.add(text));
    pools.sort();
    let mut engine = Engine::new(table, &pools, &plan.settings, seed, from, from);
    replay(&mut engine, texts);
    engine.finish().report(&plan, table, &[])
}

fn weighted() -> Settings {
    Settings { strategy: Strategy::Weighted, ..Settings::default() }
}

/// Two texts a second for ten minutes through the first channel, which is well.
fn quiet() -> Vec<Text> {
    let text = |number: u64| {
        let recorded = Recorded::at(i64::try_from(number / 2).expect("small")).numbered(number);
        recorded.through(1).delivered_after(3).text()
    };
    (0..1200).map(text).collect()
}

/// The same, but the first channel cannot be reached from second 200 to 400. Two texts find that out and fail over, and one every 60
/// seconds tries again; all others go to the second channel until then.
fn outage() -> Vec<Text> {
    let text = |number: u64| {
        let second = i64::try_from(number / 2).expect("small");
        let recorded = Recorded::at(second).numbered(number);
        let is_probe = number.is_multiple_of(120) || (400..402).contains(&number);
        match second {
            200..400 if is_probe => recorded.through(1).deferred().through(2).delivered_after(3).text(),
            200..400 => recorded.through(2).delivered_after(3).text(),
            _ => recorded.through(1).delivered_after(3).text(),
        }
    };
    (0..1200).map(text).collect()
}

fn of(report: &Report, number: u128) -> &ChannelShares {
    report.channels.iter().find(|shares| shares.id == channel(number)).expect("it had texts")
}

#[test]
fn the_same_settings_repeat_a_quiet_day() {
    let report = replayed(quiet(), &Table::of(2), &Settings::default(), 1);
    assert_eq!((report.texts, report.differences.count, report.unsent, report.given_up), (1200, 0, 0, 0));
    assert_eq!((of(&report, 1).first.recorded, of(&report, 1).first.replayed), (1200, 1200));
    assert_eq!((report.basis.tries, report.basis.recorded, report.basis.recorded_share), (1200, 1200, Some(1.0)));
    assert_eq!(report.acceptance, Beside { recorded: Some(1.0), replayed: Some(1.0) });
    assert_eq!(report.delivery, report.acceptance);
    assert!(report.events.replayed.is_empty(), "{:?}", report.events);
}

#[test]
fn the_same_settings_repeat_the_shares_of_an_outage() {
    let report = replayed(outage(), &Table::of(2), &Settings::default(), 1);
    let second = of(&report, 2);
    assert!(second.carried_share.recorded > 0.32, "{second:?}");
    let gap = (second.carried_share.recorded - second.carried_share.replayed).abs();
    assert!(gap < 0.06, "{second:?}");
    assert!(report.basis.recorded_share > Some(0.9), "{:?}", report.basis);
    assert!(report.acceptance.replayed > Some(0.99), "{:?}", report.acceptance);
    let suspended = report.events.replayed.iter().find(|event| event.kind == "suspended").expect("it fell");
    assert_eq!(suspended.channel, "way-1");
    assert!((200_000..215_000).contains(&suspended.at.as_millis()), "{suspended:?}");
    assert!(report.events.counts["active"].replayed > 0, "and rose again: {:?}", report.events.counts);
}

#[test]
fn slower_settings_are_seen_to_be_slower() {
    let patient = Settings { unreachable_calls: 50, failing_tries: 1000.0, ..Settings::default() };
    let tries = |settings: &Settings| replayed(outage(), &Table::of(2), settings, 1).tries.replayed;
    assert!(tries(&patient) > tries(&Settings::default()), "more texts are tried in vain");
}

#[test]
fn shares_follow_the_weights() {
    let mut table = Table::of(2);
    (table.ways[0].weight, table.ways[1].weight) = (30, 70);
    let report = replayed(quiet(), &table, &weighted(), 1);
    let share = of(&report, 1).first_share.replayed;
    assert!((share - 0.3).abs() < 0.05, "{share}");
    assert_eq!(report.differences.count, of(&report, 2).first.replayed);
    let example = &report.differences.examples[0];
    assert_eq!((example.recorded.as_str(), example.replayed.as_str()), ("way-1", "way-2"));
    assert!(example.reason.starts_with("drawn: it had 70.0 %, the recorded channel 30.0 %"), "{}", example.reason);
    let basis = &report.basis;
    assert!(basis.assumed >= report.differences.count, "nothing is recorded of the second channel: {basis:?}");
    assert_eq!(basis.recorded + basis.assumed + basis.drawn_nearby + basis.drawn_window, basis.tries);
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let report = |seed| replayed(outage(), &Table::of(3), &weighted(), seed);
    assert_eq!(report(5), report(5));
    assert_ne!(report(5), report(6));
}

#[test]
fn money_is_counted_by_currency_and_by_who_took_it() {
    let mut table = Table::of(2);
    let price = |currency: &[u8; 3], micros| Some(Cost { currency: *currency, micros });
    table.prices = vec![price(b"CNY", 45_000), price(b"USD", 8000)];
    let report = replayed(outage(), &table, &Settings::default(), 1);
    let cost = |currency: &str| report.costs.iter().find(|cost| cost.currency == currency).expect("some");
    let expected =
        |count: u64, micros: u64| format!("{}.{:06}", count * micros / 1_000_000, count * micros % 1_000_000);
    assert_eq!(cost("CNY").recorded, expected(of(&report, 1).carried.recorded, 45_000));
    assert_eq!(cost("CNY").replayed, expected(of(&report, 1).carried.replayed, 45_000));
    assert_eq!(cost("USD").replayed, expected(of(&report, 2).carried.replayed, 8000));
    assert_eq!(report.unpriced, Beside { recorded: 0, replayed: 0 });
}

#[test]
fn what_fails_everywhere_is_given_up_and_what_succeeded_later_succeeds_again() {
    let texts = vec![
        Recorded::at(10).numbered(1).through(1).deferred().then(15).through(1).text(),
        Recorded::at(20).numbered(2).through(1).deferred().text(),
        Recorded::at(30).numbered(3).through(1).refused().text(),
    ];
    let report = replayed(texts, &Table::of(1), &Settings::default(), 1);
    assert_eq!((report.texts, report.basis.tries, report.basis.recorded), (3, 4, 4));
    assert_eq!((report.given_up, report.unsent), (1, 0));
    assert_eq!(report.acceptance, Beside { recorded: Some(1.0 / 3.0), replayed: Some(1.0 / 3.0) });
}

#[test]
fn a_bad_number_is_bad_on_every_channel() {
    let texts =
        (0..50).map(|number| Recorded::at(number).numbered(number as u64).through(1).refused().text()).collect();
    let mut table = Table::of(2);
    table.ways[0].barred = Some(jixinda_routing::Exclusion::Disabled);
    let report = replayed(texts, &table, &Settings::default(), 1);
    assert_eq!((report.differences.count, report.acceptance.replayed), (50, Some(0.0)));
    assert!(report.differences.examples[0].reason.contains("passed over: disabled"));
}

#[test]
fn texts_of_one_call_go_in_one_call() {
    // Twenty that the provider did not take together are one failed call, not twenty: it takes more to suspend a channel.
    let together = |seconds: i64| {
        let text = |number: u64| Recorded::at(seconds).numbered(number).through(1).deferred().text();
        let mut texts: Vec<Text> = (0..20).map(text).collect();
        let call = texts[0].call;
        texts.iter_mut().for_each(|text| text.call = call);
        texts
    };
    let suspended = |texts| {
        let report = replayed(texts, &Table::of(1), &Settings { failing_tries: 1000.0, ..Settings::default() }, 1);
        report.events.counts.get("suspended").map_or(0, |count| count.replayed)
    };
    assert_eq!(suspended(together(10)), 0);
    assert_eq!(suspended([together(10), together(11)].concat()), 1);
}

#[test]
fn what_came_before_the_window_only_shows_what_the_channels_are_like() {
    let table = Table::of(2);
    let texts: Vec<Text> = outage().into_iter().filter(|text| text.at().as_seconds() < 260).collect();
    let (from, settings) = (Timestamp::from_millis(210_000), Settings::default());
    let plan = Plan { from, to: Timestamp::from_millis(260_000), seed: 1, settings };
    let mut pools = Pools::default();
    texts.iter().for_each(|text| pools.add(text));
    pools.sort();
    let mut engine = Engine::new(&table, &pools, &plan.settings, 1, texts[0].at(), from);
    replay(&mut engine, texts);
    let report = engine.finish().report(&plan, &table, &[]);
    assert_eq!((report.texts, report.differences.count < 10), (100, true), "{:?}", report.differences);
    assert!(of(&report, 2).first_share.replayed > 0.9, "it was suspended before: {:?}", report.channels);
    assert!(report.events.replayed.iter().all(|event| event.at >= from));
}
