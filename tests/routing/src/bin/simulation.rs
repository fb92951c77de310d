//! `jixinda-simulation`: plays the scenarios and prints what became of them. With a name, also what the router told.
#![allow(clippy::print_stdout, reason = "its output is for people")]

use jixinda_routing_tests::{scenarios, table};

fn main() -> std::process::ExitCode {
    let name = std::env::args().nth(1);
    let wanted = |scenario: &&jixinda_routing_tests::Scenario| name.as_deref().is_none_or(|name| scenario.name == name);
    let played: Vec<table::Row> =
        scenarios::all().iter().filter(wanted).map(|scenario| table::play(scenario, 1)).collect();
    print!("{}", table::render(&played));
    if name.is_some() {
        for event in played.iter().flat_map(|row| &row.measures.events) {
            let class = event.class.map_or("", |class| class.as_str());
            let destination = event.destination.as_deref().unwrap_or("");
            let (at, channel) = (event.at.as_millis() as f64 / 1000.0, event.channel_id);
            println!(
                "{at:8.1} s {channel} {class} {destination} {} {}: {}",
                event.kind.as_str(),
                event.cause,
                event.evidence
            );
        }
    }
    let failures: Vec<&String> = played.iter().flat_map(|row| &row.failures).collect();
    for failure in &failures {
        println!("NOT as it must be: {failure}");
    }
    println!(
        "{} scenarios, {} of them as they must be",
        played.len(),
        played.iter().filter(|row| row.failures.is_empty()).count()
    );
    if failures.is_empty() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
