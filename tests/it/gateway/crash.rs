//! Crash safety, the short form of `cargo xtask crash`: the same harness with plans of its own, and a fixed seed. Every acknowledged text
//! is accounted for.

use super::component;
use jixinda_test_support::crash::{Disturbance, Kind, Plan, Setup, SmallDisk, Step, Weather, line, play};
use jixinda_test_support::engines;
use std::time::Duration;

const SEED: u64 = 20_261_124;
const KILLS: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_under_load_lose_nothing_and_double_no_notice() {
    // Not at the same moment of each round.
    let kill = |round| step(60 + 37 * round % 90, Kind::Kill, 0);
    keeps_its_promises(&plan((0..KILLS).map(kill).collect())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_and_a_provider_that_hangs_up_lose_nothing_and_double_no_notice() {
    keeps_its_promises(&plan(vec![step(150, Kind::Stop, 2000), step(150, Kind::Reset, 700)])).await;
}

/// Longer than the store waits for a lock: whoever asks meanwhile is told so, and nothing is half accepted.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_store_turns_requests_away_and_recovers_by_itself() {
    if engines::has_mysql() {
        // There, transactions wait for rows; a database that is gone is the cluster's business.
        return;
    }
    keeps_its_promises(&plan(vec![step(150, Kind::Locked, 6500)])).await;
}

#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_turns_requests_away_and_recovers_by_itself() {
    if engines::has_mysql() {
        // The data folder holds no messages there.
        return;
    }
    if let Err(error) = SmallDisk::mount() {
        println!("left out: a small file system cannot be mounted here ({error:#})");
        return;
    }
    keeps_its_promises(&plan(vec![step(150, Kind::DiskFull, 1500)])).await;
}

fn plan(steps: Vec<Step>) -> Plan {
    let weather = Weather {
        latency_ms: (5, 60),
        resets: 2,
        lost_receipts: 2,
        late_ms: 100,
        duplicate: 2,
        early: false,
        silent: false,
    };
    Plan { seed: SEED, weather, texts_per_second: 300, steps, texts_after: 150 }
}

fn step(after_texts: u64, kind: Kind, hold_ms: u64) -> Step {
    Step { after_texts, disturbance: Disturbance { kind, hold: Duration::from_millis(hold_ms), jump: 0 } }
}

#[expect(clippy::print_stdout, reason = "the counts are what a reader of the test's output wants")]
async fn keeps_its_promises(plan: &Plan) {
    let setup = Setup { component: component("dist/aliyun.wasm"), faketime: None };
    let report = play(&setup, plan).await.expect("the plan is played");
    println!("{}", line(1, &report));
    let disturbed = report.done.iter().filter(|done| done.recovery.is_some()).count();
    assert_eq!(disturbed, plan.steps.len(), "everything was done");
    assert!(report.counts.accepted > 0 && report.counts.still_uncertain == 0, "{:?}", report.counts);
    // The first lines tell what went wrong; the rest repeats it.
    let log = report.log.iter().flat_map(|log| log.lines()).take(40).collect::<Vec<_>>().join("\n");
    assert!(report.is_clean(), "{:#?}\n{:#?}\n{log}", report.failures, report.complaints);
}
