//! What a selection costs, with a bound that only a regression by an order of magnitude breaks. `benches/selection.rs` measures.

use jixinda_domain::routing_policy::Strategy;
use jixinda_routing_tests::{CHANNELS, Installation};
use std::time::{Duration, Instant};

const TIMES: u32 = 200;

#[test]
fn a_selection_among_fifty_channels_is_cheap() {
    for (with_rules, most) in [(false, Duration::from_micros(50)), (true, Duration::from_micros(150))] {
        let installation = Installation::new(with_rules);
        let message = installation.message(1000);
        for strategy in Strategy::ALL {
            let once = |random: f64| {
                let selection = installation.choose(&message, strategy, random);
                assert!(selection.picked.is_some() && selection.candidates.len() == CHANNELS);
            };
            // The best of many rounds: others use the machine too.
            let round = |_| {
                let started = Instant::now();
                (0..TIMES).for_each(|time| once(f64::from(time) / f64::from(TIMES)));
                started.elapsed() / TIMES
            };
            let best = (0..20).map(round).min().expect("rounds");
            assert!(best < most, "{best:?} for {}, rules: {with_rules}", strategy.as_str());
        }
    }
}
