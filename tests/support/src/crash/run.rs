//! One run: the stage, the traffic, the steps of the plan, and the account of it all.

use super::audit::audit;
use super::books;
use super::clock::FakeClock;
use super::counts::Counts;
use super::dice::Dice;
use super::disk::SmallDisk;
use super::disturb::{self, Scene, Setup, Shown};
use super::ledger::Ledger;
use super::plan::{Disturbance, Kind, Plan};
use super::recovery::Recovery;
use super::traffic::Traffic;
use crate::gateway::GatewayOptions;
use crate::stage::{ACCESS_KEY_ID, Stage, StageOptions};
use crate::wait::until;
use provider_simulator::Options as SimulatorOptions;
use std::time::{Duration, Instant};

/// Longer than a request with a nudge that was lost, or an uncertain text, needs.
const SETTLE_PATIENCE: Duration = Duration::from_secs(120);
/// Longer than a receipt is late, and repeated.
const RECEIPT_PATIENCE: Duration = Duration::from_secs(10);
/// Longer than it takes until enough texts are accepted on a busy machine.
const TRAFFIC_PATIENCE: Duration = Duration::from_secs(120);

/// A disturbance of a run, and what came of it.
#[derive(Clone, Debug)]
pub struct Done {
    /// What was done.
    pub disturbance: Disturbance,
    /// How the gateway came back; `None` where it could not be made here.
    pub recovery: Option<Recovery>,
}

/// What a run showed.
#[derive(Debug)]
pub struct Report {
    /// What was played.
    pub plan: Plan,
    /// Its disturbances in their order.
    pub done: Vec<Done>,
    /// The texts.
    pub counts: Counts,
    /// A sentence for each thing that must not be, and for some that are only worth a look.
    pub complaints: Vec<String>,
    /// Something other than a count went wrong: an answer that nobody may get, a gateway that ended or did not come back.
    pub failures: Vec<String>,
    /// Why disturbances were left out.
    pub skipped: Vec<&'static str>,
    /// How long it took.
    pub took: Duration,
    /// The gateway's log, where something went wrong.
    pub log: Option<String>,
}

impl Report {
    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.counts.are_clean() && self.failures.is_empty()
    }

    /// All disturbances' slowest times.
    pub fn slowest(&self) -> Recovery {
        self.done.iter().filter_map(|done| done.recovery).fold(Recovery::default(), Recovery::slowest)
    }
}

/// Plays a plan.
///
/// # Errors
/// Where the stage cannot be set, or the gateway cannot be asked afterwards. What a disturbance breaks is in the report.
pub async fn play(setup: &Setup, plan: &Plan) -> anyhow::Result<Report> {
    let begin = Instant::now();
    // Declared first, so that it is unmounted last.
    let disk = if plan.has(Kind::DiskFull) { SmallDisk::mount().ok() } else { None };
    let clock = match &setup.faketime {
        Some(library) if plan.has(Kind::Clock) => Some(FakeClock::new(library)?),
        _ => None,
    };
    let mut stage = set_stage(setup, plan, disk.as_ref(), clock.as_ref()).await?;
    stage.simulator.set_faults(ACCESS_KEY_ID, plan.weather.faults(false))?;
    let traffic = Traffic::start(&stage.api(), &Dice::new(plan.seed), plan.texts_per_second);
    let ledger = traffic.ledger.clone();
    let mut report = Report::new(plan);
    let mut scene = Scene {
        stage: &mut stage,
        disk: disk.as_ref(),
        clock: clock.as_ref(),
        weather: &plan.weather,
        ledger: &ledger,
    };
    for step in &plan.steps {
        report.note(wait_for_texts(&ledger, step.after_texts).await);
        let shown = disturb::make(&mut scene, &step.disturbance).await;
        report.take(step.disturbance, shown);
        revive(&mut scene, &mut report).await?;
    }
    report.note(wait_for_texts(&ledger, plan.texts_after).await);
    let ledger = traffic.finish().await?;
    report.close(&mut stage, &ledger).await?;
    report.took = begin.elapsed();
    Ok(report)
}

async fn set_stage(
    setup: &Setup,
    plan: &Plan,
    disk: Option<&SmallDisk>,
    clock: Option<&FakeClock>,
) -> anyhow::Result<Stage> {
    let settings = [
        ("DISPATCH__LOOKUP_AFTER_MS", "1500"),
        ("DISPATCH__LOOKUP_EVERY_MS", "1000"),
        ("DISPATCH__RETRY_MS", "200"),
        ("DISPATCH__MAX_RETRY_MS", "2000"),
    ];
    let gateway = GatewayOptions {
        settings: settings
            .iter()
            .chain(plan.weather.settings())
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        environment: clock.map(FakeClock::environment).unwrap_or_default(),
        data: disk.map(SmallDisk::data),
        ..GatewayOptions::default()
    };
    let simulator = SimulatorOptions { seed: plan.seed, ..SimulatorOptions::default() };
    let component = setup.component.clone();
    Stage::set(StageOptions { gateway, simulator, component, ..StageOptions::default() }).await
}

async fn wait_for_texts(ledger: &Ledger, more: u64) -> anyhow::Result<()> {
    let target = ledger.accepted() + more;
    until("texts to be accepted", TRAFFIC_PATIENCE, || std::future::ready((ledger.accepted() >= target).then_some(())))
        .await
}

/// A gateway that ended by itself has failed; the run goes on, for what it acknowledged is owed all the same.
async fn revive(scene: &mut Scene<'_>, report: &mut Report) -> anyhow::Result<()> {
    if scene.stage.gateway.is_running() {
        return Ok(());
    }
    report.failures.push("the gateway ended by itself".to_owned());
    scene.stage.gateway.start_again().await
}

impl Report {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            plan: plan.clone(),
            done: Vec::new(),
            counts: Counts::default(),
            complaints: Vec::new(),
            failures: Vec::new(),
            skipped: Vec::new(),
            took: Duration::ZERO,
            log: None,
        }
    }

    fn note(&mut self, result: anyhow::Result<()>) {
        self.failures.extend(result.err().map(|error| format!("{error:#}")));
    }

    fn take(&mut self, disturbance: Disturbance, shown: anyhow::Result<Shown>) {
        let recovery = match shown {
            Ok(Shown::Recovered(recovery)) => Some(recovery),
            Ok(Shown::Skipped(why)) => {
                self.skipped.push(why);
                None
            }
            Err(error) => {
                self.failures.push(format!("{disturbance}: {error:#}"));
                Some(Recovery::default())
            }
        };
        self.done.push(Done { disturbance, recovery });
    }

    /// Waits for quiet, and adds up.
    async fn close(&mut self, stage: &mut Stage, ledger: &Ledger) -> anyhow::Result<()> {
        let left = books::settle(&stage.api(), SETTLE_PATIENCE).await;
        if !left.is_empty() {
            self.complaints.push(format!("after {SETTLE_PATIENCE:?} some messages are still {}", left.join(", ")));
        }
        // Receipts are no promise of the provider's: those that are on their way are given a moment.
        let told = stage.simulator.wait_until(|summary| summary.receipts_waiting == 0, RECEIPT_PATIENCE).await;
        if told.is_err() {
            self.complaints.push(format!("some receipts were not told within {RECEIPT_PATIENCE:?}"));
        }
        let books = books::read(&stage.api()).await?;
        let audit = audit(&ledger.entries(), &books, &stage.simulator);
        self.complaints.extend(audit.complaints());
        self.counts = audit.counts;
        self.failures.extend(ledger.strange().into_iter().take(5).map(|answer| format!("a strange answer: {answer}")));
        if !self.is_clean() {
            self.log = Some(stage.gateway.log());
        }
        Ok(())
    }
}
