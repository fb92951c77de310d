//! What became of every acknowledged text: by our side's word, and by the provider's count.

use super::disturb::Kind;
use super::load::Ledger;
use super::scene::Scene;
use crate::client::Client;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// How long texts may take to end after the last was accepted.
const PATIENCE: Duration = Duration::from_secs(90);

/// One run.
#[derive(Debug)]
pub struct Report {
    /// What was broken.
    pub kind: Kind,
    /// By which it is played again.
    pub seed: u64,
    /// Texts that were acknowledged.
    pub accepted: usize,
    /// Of those, taken by the provider.
    pub sent: usize,
    /// Not taken, with a reason that our side gives.
    pub ended_otherwise: usize,
    /// Not taken, and nobody says why.
    pub lost: Vec<String>,
    /// Taken more than once: `notice` and `marketing`, and `otp` more often than it had attempts of which nobody knew the end.
    pub doubled: Vec<String>,
    /// Taken more than once: `otp`, which is resent where nobody knows.
    pub doubled_otp: usize,
    /// Attempts of which nobody knew the end, at first.
    pub uncertain: usize,
    /// Requests that no node answered within a minute.
    pub given_up: Vec<String>,
    /// Nodes that are gone, though nobody ended them.
    pub ended: Vec<String>,
    /// The longest time in which nothing was accepted.
    pub gap: Duration,
    /// From the last request to the end of the last text.
    pub settled_in: Duration,
}

impl Report {
    /// Whether a promise was broken.
    pub fn is_broken(&self) -> bool {
        !self.lost.is_empty() || !self.doubled.is_empty() || !self.given_up.is_empty() || !self.ended.is_empty()
    }

    /// One line for people.
    pub fn line(&self) -> String {
        format!(
            "seed {}  {:<26} accepted {} sent {} otherwise {} lost {} doubled {} (otp {}, uncertain {}) given up {}  gap {:.1} s  settled in {:.1} s{}",
            self.seed,
            self.kind.as_str(),
            self.accepted,
            self.sent,
            self.ended_otherwise,
            self.lost.len(),
            self.doubled.len(),
            self.doubled_otp,
            self.uncertain,
            self.given_up.len(),
            self.gap.as_secs_f64(),
            self.settled_in.as_secs_f64(),
            if self.is_broken() { "  FAILED" } else { "" }
        )
    }
}

/// Waits until all texts have ended, and counts.
pub(super) async fn settle(scene: &mut Scene, kind: Kind, seed: u64, ledger: &Ledger) -> Report {
    let begun = Instant::now();
    let (open, seen) = wait(&scene.doors()[0], ledger).await;
    let settled_in = begun.elapsed();
    let numbers: Vec<&str> = ledger.acknowledged.iter().map(|text| text.number.as_str()).collect();
    let missing: HashSet<String> = scene.stage.simulator.missing(&numbers).into_iter().collect();
    let (mut lost, mut ended_otherwise) = (Vec::new(), 0);
    for text in &ledger.acknowledged {
        let status = seen.get(text.id.as_str()).map_or("unknown", |seen| seen.status.as_str());
        let excused = ["expired", "rejected", "parked", "cancelled"].contains(&status);
        if open.contains(&text.id) {
            lost.push(format!("{} {} is still {status}", text.id, text.number));
        } else if missing.contains(&text.number) && !excused {
            lost.push(format!("{} {} is {status}, and the provider never had it", text.id, text.number));
        } else if missing.contains(&text.number) {
            ended_otherwise += 1;
        }
    }
    let (mut doubled, mut doubled_otp) = (Vec::new(), 0);
    for count in scene.stage.simulator.doubled() {
        let text = ledger.acknowledged.iter().find(|text| text.number == count.number);
        let class = text.map_or("?", |text| text.class);
        let uncertain = text.and_then(|text| seen.get(text.id.as_str())).map_or(0, |seen| seen.uncertain);
        // Once more for each attempt of which nobody knew, and no more.
        if class == "otp" && (count.taken as usize) <= 1 + uncertain {
            doubled_otp += 1;
        } else {
            let number = &count.number;
            doubled.push(format!("{number} ({class}) {} times, {uncertain} attempts uncertain", count.taken));
        }
    }
    Report {
        kind,
        seed,
        accepted: numbers.len(),
        sent: numbers.len() - missing.len(),
        ended_otherwise,
        lost,
        doubled,
        doubled_otp,
        uncertain: seen.values().map(|seen| seen.uncertain).sum(),
        given_up: ledger.given_up.clone(),
        // Asked last: what ended a node may have shown late.
        ended: scene.ended(),
        gap: ledger.longest_gap(),
        settled_in,
    }
}

/// A text as our side tells of it.
struct Seen {
    status: String,
    uncertain: usize,
}

impl Seen {
    fn read(message: &Value) -> Self {
        let attempts = message["attempts"].as_array().map_or(&[][..], Vec::as_slice);
        Self {
            status: message["status"].as_str().unwrap_or("unknown").to_owned(),
            uncertain: attempts.iter().filter(|attempt| attempt["outcome"] == "uncertain").count(),
        }
    }
}

/// Texts that have not ended in time, and how each was seen last.
async fn wait<'a>(api: &Client, ledger: &'a Ledger) -> (HashSet<String>, BTreeMap<&'a str, Seen>) {
    let mut open: HashSet<String> = ledger.acknowledged.iter().map(|text| text.id.clone()).collect();
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    let begun = Instant::now();
    while !open.is_empty() && begun.elapsed() < PATIENCE {
        for text in ledger.acknowledged.iter().filter(|text| open.contains(&text.id)).collect::<Vec<_>>() {
            let Ok(answer) = api.get(&format!("/v1/messages/{}", text.id)).await else { continue };
            let now = Seen::read(&answer.json);
            if !["queued", "sending", "scheduled", "uncertain", "unknown"].contains(&now.status.as_str()) {
                open.remove(&text.id);
            }
            seen.insert(&text.id, now);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    (open, seen)
}

/// A table with a line for each disturbance.
pub fn markdown(reports: &[Report]) -> String {
    let mut by_kind: BTreeMap<Kind, Vec<&Report>> = BTreeMap::new();
    for report in reports {
        by_kind.entry(report.kind).or_default().push(report);
    }
    let mut table = String::from(
        "| disturbance | runs | accepted | sent | ended otherwise | lost | doubled `notice`, `marketing` | uncertain attempts | doubled `otp` | longest gap, s | settled in at most, s |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let rows = by_kind.iter().map(|(kind, reports)| (kind.as_str(), reports.clone()));
    for (name, reports) in rows.chain([("all", reports.iter().collect())]) {
        let sum = |count: fn(&Report) -> usize| reports.iter().map(|report| count(report)).sum::<usize>();
        let most = |time: fn(&Report) -> Duration| {
            reports.iter().map(|report| time(report)).max().unwrap_or_default().as_secs_f64()
        };
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1} | {:.1} |",
            reports.len(),
            sum(|report| report.accepted),
            sum(|report| report.sent),
            sum(|report| report.ended_otherwise),
            sum(|report| report.lost.len()),
            sum(|report| report.doubled.len()),
            sum(|report| report.uncertain),
            sum(|report| report.doubled_otp),
            most(|report| report.gap),
            most(|report| report.settled_in),
        );
    }
    table
}
