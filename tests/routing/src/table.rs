//! The table: a row for each scenario, and what is not as it must be.

use crate::measure::Measures;
use crate::scenario::Scenario;
use crate::world::World;
use std::fmt::Write as _;

/// A scenario that was played.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    cells: [String; 8],
    /// What is not as it must be, in sentences.
    pub failures: Vec<String>,
    /// What the router told.
    pub measures: Measures,
}

/// Plays a scenario and judges it.
pub fn play(scenario: &Scenario, seed: u64) -> Row {
    let measures = World::play(scenario, seed).measures;
    let (from, until) = scenario.fault;
    let avoided = measures.avoided(0, from, until, scenario.unicom_only);
    let trusted = measures.trusted(0, until);
    // Those that take over; where none is the survivor, the one that is throttled.
    let survivors = if scenario.channels[0].bears < scenario.rate { 0..1 } else { 1..scenario.channels.len() };
    let overload = survivors.map(|channel| measures.overload(channel, from, scenario.seconds)).fold(0.0, f64::max);
    let delayed = f64::from(measures.delayed) / f64::from(measures.born);
    let extra = f64::from(measures.failed_over) / f64::from(measures.born);
    let bounds = scenario.bounds;
    let mut failures = Vec::new();
    let mut check = |what: &str, told: String, ok: bool| {
        if !ok {
            failures.push(format!("{}: {what} {told}", scenario.name));
        }
    };
    if let Some(most) = bounds.avoided {
        check("avoided after", format!("{avoided:?} s, not {most}"), avoided.is_some_and(|seconds| seconds <= most));
    }
    if let Some(most) = bounds.overload {
        check("load of the survivor", format!("{overload:.2}, not {most}"), overload <= most);
    }
    if let Some(most) = bounds.trusted {
        check("trusted after", format!("{trusted:?} s, not {most}"), trusted.is_some_and(|seconds| seconds <= most));
    }
    if let Some(most) = bounds.delayed {
        check("delayed", format!("{delayed:.4}, not {most}"), delayed <= most);
    }
    if let Some(most) = bounds.extra {
        check("extra attempts", format!("{extra:.4}, not {most}"), extra <= most);
    }
    let settled = measures.taken + measures.uncertain;
    check("left", format!("{} texts waiting", measures.unsettled), measures.unsettled < 500);
    check("settled", format!("{settled} of {}", measures.born), f64::from(settled) >= 0.99 * f64::from(measures.born));
    let seconds = |value: Option<f64>| value.map_or("never".to_owned(), |value| format!("{value:.1} s"));
    let cells = [
        scenario.name.to_owned(),
        scenario.story.to_owned(),
        if bounds.avoided.is_some() { seconds(avoided) } else { "–".to_owned() },
        format!("{} ({:.1} %)", measures.delayed, delayed * 100.0),
        format!("{} ({:.2} %)", measures.failed_over, extra * 100.0),
        measures.uncertain.to_string(),
        format!("{overload:.2}"),
        if bounds.trusted.is_some() { seconds(trusted.map(|seconds| seconds as f64)) } else { "–".to_owned() },
    ];
    Row { name: scenario.name, cells, failures, measures }
}

/// In Markdown.
pub fn render(rows: &[Row]) -> String {
    let head = [
        "scenario",
        "what happens",
        "avoided after",
        "delayed > 1 s",
        "extra attempts",
        "unanswered",
        "load",
        "trusted after",
    ];
    let head = head.map(str::to_owned);
    let width = |column: usize| {
        std::iter::once(&head).chain(rows.iter().map(|row| &row.cells)).map(|cells| cells[column].chars().count()).max()
    };
    let widths: Vec<usize> = (0..head.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    let mut line = |cells: &[String; 8]| {
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(text, "| {cell:<width$} ");
        }
        text.push_str("|\n");
    };
    line(&head);
    line(&std::array::from_fn(|column| "-".repeat(widths[column])));
    for row in rows {
        line(&row.cells);
    }
    text
}
