//! All scenarios, as `jixinda-simulation` prints them: each must end as it is bound to.

use jixinda_routing_tests::{Scenario, scenarios, table};

fn play(seed: u64) -> Vec<table::Row> {
    std::thread::scope(|scope| {
        let scenarios: Vec<Scenario> = scenarios::all();
        let running: Vec<_> =
            scenarios.into_iter().map(|scenario| scope.spawn(move || table::play(&scenario, seed))).collect();
        running.into_iter().map(|row| row.join().expect("it plays")).collect()
    })
}

#[test]
#[allow(clippy::print_stdout, reason = "the table is what it is for")]
fn every_scenario_ends_as_it_must() {
    let rows = play(1);
    println!("{}", table::render(&rows));
    let failures: Vec<&String> = rows.iter().flat_map(|row| &row.failures).collect();
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(rows.len() >= 12);
}

#[test]
fn chance_changes_nothing_that_matters() {
    let failures: Vec<String> = [2, 3].into_iter().flat_map(play).flat_map(|row| row.failures).collect();
    assert!(failures.is_empty(), "{failures:#?}");
}
