//! The report of a replay for people.

use crate::cli::table;
use crate::routing::replay::{Beside, ChannelShares, Report};
use serde_json::{Value, json};

/// Section by section; what the figures rest on comes before them.
pub fn show(report: &Report) -> String {
    let mut sections = vec![summary(report), basis(report), channels(report), measures(report)];
    sections.extend([differences(report), events(report)]);
    sections.retain(|section| !section.is_empty());
    sections.join("\n\n")
}

fn summary(report: &Report) -> String {
    format!(
        "{} texts from {} to {}, decided again with strategy {} (seed {})",
        report.texts, report.from, report.to, report.strategy, report.seed
    )
}

fn basis(report: &Report) -> String {
    let basis = &report.basis;
    let share = |count: u64| percent((basis.tries > 0).then(|| count as f64 / basis.tries as f64));
    let mut lines = vec![
        format!("of {} replayed tries, the result", basis.tries),
        format!("  {} is on record", share(basis.recorded)),
        format!("  {} is drawn from what the channel did within minutes of it", share(basis.drawn_nearby)),
        format!("  {} is drawn from what the channel did at any time of the window", share(basis.drawn_window)),
        format!(
            "  {} is assumed: the channel carried nothing, so it is taken to be like the others",
            share(basis.assumed)
        ),
    ];
    if basis.recorded < basis.tries {
        lines.push("What is drawn or assumed is an estimate.".to_owned());
    }
    lines.join("\n")
}

fn channels(report: &Report) -> String {
    let row = |shares: &ChannelShares| {
        let pair = |count: Beside<u64>, share: Beside<f64>| {
            (
                format!("{} ({})", count.recorded, percent(Some(share.recorded))),
                format!("{} ({})", count.replayed, percent(Some(share.replayed))),
            )
        };
        let (first, first_again) = pair(shares.first, shares.first_share);
        let (carried, carried_again) = pair(shares.carried, shares.carried_share);
        json!({"name": shares.name, "first": first, "first_again": first_again, "carried": carried,
            "carried_again": carried_again})
    };
    let rows: Vec<Value> = report.channels.iter().map(row).collect();
    table::list(
        &rows,
        &[
            ("CHANNEL", "name"),
            ("FIRST CHOICE", "first"),
            ("REPLAYED", "first_again"),
            ("TOOK", "carried"),
            ("REPLAYED", "carried_again"),
        ],
    )
}

fn measures(report: &Report) -> String {
    let row =
        |name: &str, recorded: String, replayed: String| json!({"name": name, "was": recorded, "would": replayed});
    let shares = |name: &str, both: Beside<Option<f64>>| row(name, percent(both.recorded), percent(both.replayed));
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    let mut rows = vec![
        shares("taken by a provider", report.acceptance),
        shares("delivered, of those told about", report.delivery),
        row("tries for a text", number(report.tries.recorded), number(report.tries.replayed)),
    ];
    for cost in &report.costs {
        rows.push(row(&format!("cost in {}", cost.currency), cost.recorded.clone(), cost.replayed.clone()));
    }
    if report.unpriced != Beside::default() {
        let (was, would) = (report.unpriced.recorded, report.unpriced.replayed);
        rows.push(row("taken at an unknown price", was.to_string(), would.to_string()));
    }
    for (name, count) in [("waited in vain", report.unsent), ("turned away by all", report.given_up)] {
        if count > 0 {
            rows.push(row(name, "-".to_owned(), count.to_string()));
        }
    }
    table::list(&rows, &[("OF THE TEXTS", "name"), ("RECORDED", "was"), ("REPLAYED", "would")])
}

fn differences(report: &Report) -> String {
    let differences = &report.differences;
    let heading = format!("{} first choices differ ({})", differences.count, percent(Some(differences.share)));
    if differences.examples.is_empty() {
        return heading;
    }
    let rows: Vec<Value> = differences.examples.iter().map(|one| json!(one)).collect();
    let columns = [
        ("MESSAGE", "message"),
        ("AT", "at"),
        ("RECORDED", "recorded"),
        ("REPLAYED", "replayed"),
        ("REASON", "reason"),
    ];
    format!("{heading}, the first of them:\n{}", table::list(&rows, &columns))
}

fn events(report: &Report) -> String {
    let events = &report.events;
    if events.counts.is_empty() {
        return "no channel changed its health or rank, neither then nor now".to_owned();
    }
    let counts: Vec<Value> = events
        .counts
        .iter()
        .map(|(kind, count)| json!({"kind": kind, "was": count.recorded, "would": count.replayed}))
        .collect();
    let counted = table::list(&counts, &[("EVENT", "kind"), ("RECORDED", "was"), ("REPLAYED", "would")]);
    if events.replayed.is_empty() {
        return counted;
    }
    let rows: Vec<Value> = events.replayed.iter().map(|event| json!(event)).collect();
    let columns = [
        ("AT", "at"),
        ("CHANNEL", "channel"),
        ("EVENT", "kind"),
        ("CLASS", "class"),
        ("CAUSE", "cause"),
        ("EVIDENCE", "evidence"),
    ];
    format!("{counted}\n\n{}", table::list(&rows, &columns))
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}
