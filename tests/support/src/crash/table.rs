//! [`Table`]: many runs on a page: a line for each as it ends, a table by disturbance at the end, everything as JSON.

use super::counts::Counts;
use super::plan::Kind;
use super::recovery::Recovery;
use super::run::Report;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// What runs have shown so far.
#[derive(Debug, Default)]
pub struct Table {
    rows: BTreeMap<Kind, Row>,
    total: Row,
    runs: Vec<Value>,
}

#[derive(Debug, Default)]
struct Row {
    times: u64,
    skipped: u64,
    runs: u64,
    failed: u64,
    counts: Counts,
    slowest: Recovery,
}

impl Table {
    /// Adds a run.
    pub fn add(&mut self, report: &Report) {
        for kind in Kind::ALL.into_iter().filter(|kind| report.plan.has(*kind)) {
            let row = self.rows.entry(kind).or_default();
            row.add_run(report);
            for done in report.done.iter().filter(|done| done.disturbance.kind == kind) {
                row.add_disturbance(done.recovery);
                self.total.add_disturbance(done.recovery);
            }
        }
        self.total.add_run(report);
        self.runs.push(run_json(report));
    }

    /// Runs in which a promise was broken.
    pub fn failed(&self) -> u64 {
        self.total.failed
    }

    /// Everything, for machines.
    pub fn to_json(&self) -> Value {
        json!({"runs": self.runs, "failed": self.total.failed, "total": self.total.counts.to_json()})
    }

    /// The table in Markdown. A run with several disturbances stands in several rows, and once in the last.
    pub fn markdown(&self) -> String {
        let mut table = String::from(
            "| disturbance | times | skipped | runs | accepted | at the provider | explained | lost | `notice` doubled | \
             `marketing` doubled | `otp` doubled / beyond the rule / uncertain attempts | uncertain healed / still | parked | \
             slowest ready ms | slowest accept ms | slowest first text ms | failed runs |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        for (kind, row) in &self.rows {
            row.write(kind.as_str(), &mut table);
        }
        self.total.write("all", &mut table);
        table
    }
}

/// One line for people who watch.
pub fn line(number: u64, report: &Report) -> String {
    let (counts, slowest) = (&report.counts, report.slowest());
    let verdict = if report.is_clean() { "ok" } else { "FAILED" };
    format!(
        "run {number}  seed {}  [{}]  accepted {} delivered {} lost {} doubled {}+{}+{} (otp, notice, marketing) \
         uncertain healed {} still {} parked {}  ready {} first text {} ms  {:.0} s  {verdict}",
        report.plan.seed,
        report.plan,
        counts.accepted,
        counts.delivered,
        counts.lost,
        counts.doubled_otp + counts.doubled_otp_beyond,
        counts.doubled_notice,
        counts.doubled_marketing,
        counts.healed,
        counts.still_uncertain,
        counts.parked,
        millis(slowest.ready),
        millis(slowest.first_text),
        report.took.as_secs_f64(),
    )
}

impl Row {
    fn add_run(&mut self, report: &Report) {
        self.runs += 1;
        self.failed += u64::from(!report.is_clean());
        self.counts += &report.counts;
    }

    fn add_disturbance(&mut self, recovery: Option<Recovery>) {
        match recovery {
            Some(recovery) => {
                self.times += 1;
                self.slowest = self.slowest.slowest(recovery);
            }
            None => self.skipped += 1,
        }
    }

    fn write(&self, name: &str, table: &mut String) {
        let counts = &self.counts;
        // Writing into a string does not fail.
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} / {} / {} | {} / {} | {} | {} | {} | {} | {} |",
            self.times,
            self.skipped,
            self.runs,
            counts.accepted,
            counts.at_provider,
            counts.explained,
            counts.lost,
            counts.doubled_notice,
            counts.doubled_marketing,
            counts.doubled_otp,
            counts.doubled_otp_beyond,
            counts.uncertain_otp,
            counts.healed,
            counts.still_uncertain,
            counts.parked,
            millis(self.slowest.ready),
            millis(self.slowest.accepted),
            millis(self.slowest.first_text),
            self.failed,
        );
    }
}

fn run_json(report: &Report) -> Value {
    let done = report.done.iter().map(|done| {
        json!({
            "kind": done.disturbance.kind.as_str(),
            "hold_ms": done.disturbance.hold.as_millis() as u64,
            "jump_s": done.disturbance.jump,
            "skipped": done.recovery.is_none(),
            "ready_ms": done.recovery.and_then(|recovery| recovery.ready).map(|time| time.as_millis() as u64),
            "accepted_ms": done.recovery.and_then(|recovery| recovery.accepted).map(|time| time.as_millis() as u64),
            "first_text_ms": done.recovery.and_then(|recovery| recovery.first_text).map(|time| time.as_millis() as u64),
        })
    });
    json!({
        "seed": report.plan.seed, "clean": report.is_clean(), "disturbances": done.collect::<Vec<_>>(),
        "counts": report.counts.to_json(), "failures": report.failures, "complaints": report.complaints,
        "took_ms": report.took.as_millis() as u64,
    })
}

fn millis(time: Option<Duration>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| time.as_millis().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crash::{Disturbance, Done, Plan};

    #[test]
    fn a_run_stands_in_each_of_its_rows_and_once_in_the_last() {
        let plan = Plan::draw(3, &[Kind::Kill, Kind::Reset]);
        let done = |kind, millis: Option<u64>| Done {
            disturbance: Disturbance { kind, hold: Duration::ZERO, jump: 0 },
            recovery: millis
                .map(|millis| Recovery { ready: Some(Duration::from_millis(millis)), ..Recovery::default() }),
        };
        let mut report = Report::new(&plan);
        report.plan.steps = vec![plan.steps[0]; 2];
        report.plan.steps[0].disturbance.kind = Kind::Kill;
        report.plan.steps[1].disturbance.kind = Kind::Reset;
        report.done = vec![done(Kind::Kill, Some(70)), done(Kind::Kill, Some(30)), done(Kind::Reset, None)];
        report.counts = Counts { accepted: 10, lost: 1, ..Counts::default() };
        let mut table = Table::default();
        table.add(&report);
        let shown = table.markdown();
        assert!(
            shown.contains("| kill | 2 | 0 | 1 | 10 | 0 | 0 | 1 |") && shown.contains("| 70 | – | – | 1 |"),
            "{shown}"
        );
        assert!(shown.contains("| reset | 0 | 1 | 1 | 10 |") && shown.contains("| all | 2 | 1 | 1 | 10 |"), "{shown}");
        assert_eq!((table.failed(), table.to_json()["total"]["lost"].as_u64()), (1, Some(1)));
    }
}
