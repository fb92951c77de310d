//! Makes one disturbance: does it, holds it, takes it back, and measures how the gateway comes back.

use super::clock::FakeClock;
use super::disk::SmallDisk;
use super::ledger::Ledger;
use super::plan::{Disturbance, Kind};
use super::recovery::{self, Recovery};
use super::weather::Weather;
use crate::stage::{ACCESS_KEY_ID, Stage};
use crate::wait::until;
use anyhow::Context as _;
use jixinda_store::Store as _;
use jixinda_store::sqlite::SqliteStore;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a store that cannot write may go without telling anyone: twice its busy time-out, and then some.
const REFUSAL_PATIENCE: Duration = Duration::from_secs(20);

/// What disturbances need from outside.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The Aliyun component.
    pub component: PathBuf,
    /// libfaketime's library, where there is one.
    pub faketime: Option<PathBuf>,
}

/// The things of one run that can be disturbed.
pub(super) struct Scene<'a> {
    pub(super) stage: &'a mut Stage,
    pub(super) disk: Option<&'a SmallDisk>,
    pub(super) clock: Option<&'a FakeClock>,
    pub(super) weather: &'a Weather,
    pub(super) ledger: &'a Ledger,
}

/// What a disturbance showed.
#[derive(Clone, Debug)]
pub(super) enum Shown {
    Recovered(Recovery),
    /// It cannot be made here.
    Skipped(&'static str),
}

pub(super) async fn make(scene: &mut Scene<'_>, disturbance: &Disturbance) -> anyhow::Result<Shown> {
    match disturbance.kind {
        Kind::Kill => kill(scene, disturbance.hold).await,
        Kind::Stop => stop(scene, disturbance.hold).await,
        Kind::DiskFull => disk_full(scene, disturbance.hold).await,
        Kind::Locked => locked(scene, disturbance.hold).await,
        Kind::Reset => reset(scene, disturbance.hold).await,
        Kind::Clock => clock(scene, disturbance).await,
    }
}

async fn kill(scene: &mut Scene<'_>, down: Duration) -> anyhow::Result<Shown> {
    scene.stage.gateway.kill()?;
    tokio::time::sleep(down).await;
    let Stage { gateway, simulator, .. } = scene.stage;
    Ok(Shown::Recovered(recovery::start_again(gateway, simulator, Some(scene.ledger)).await?))
}

async fn stop(scene: &Scene<'_>, hold: Duration) -> anyhow::Result<Shown> {
    scene.stage.gateway.signal("STOP")?;
    tokio::time::sleep(hold).await;
    scene.stage.gateway.signal("CONT")?;
    go_on(scene).await
}

/// Nobody is answered by a store that cannot write: 202 would be a lie, and silence would be no answer.
async fn disk_full(scene: &Scene<'_>, hold: Duration) -> anyhow::Result<Shown> {
    let Some(disk) = scene.disk else { return Ok(Shown::Skipped("a small file system cannot be mounted here")) };
    let filled = async {
        disk.fill()?;
        first_refusal(scene.ledger, || _ = disk.fill()).await.context("the disk is full, and nobody is told")?;
        hold_on(hold, || _ = disk.fill()).await;
        anyhow::Ok(())
    };
    let filled = filled.await;
    disk.relieve()?;
    filled?;
    go_on(scene).await
}

async fn locked(scene: &Scene<'_>, hold: Duration) -> anyhow::Result<Shown> {
    let store = SqliteStore::open(&scene.stage.gateway.data().join("jixinda.db")).await?;
    // A busy gateway leaves few gaps; each try waits as long as the gateway itself would.
    let lock = until("the write lock", Duration::from_secs(60), || async { store.begin().await.ok() }).await?;
    let begin = Instant::now();
    let told = first_refusal(scene.ledger, || ()).await.context("the store is locked, and nobody is told");
    hold_on(hold.saturating_sub(begin.elapsed()), || ()).await;
    let accepted = scene.ledger.accepted_between(begin, Instant::now());
    lock.commit().await?;
    told?;
    anyhow::ensure!(
        accepted == 0,
        "{accepted} requests were accepted while the store was locked: that was not on the disk"
    );
    go_on(scene).await
}

async fn reset(scene: &Scene<'_>, hold: Duration) -> anyhow::Result<Shown> {
    scene.stage.simulator.set_faults(ACCESS_KEY_ID, scene.weather.faults(true))?;
    tokio::time::sleep(hold).await;
    scene.stage.simulator.set_faults(ACCESS_KEY_ID, scene.weather.faults(false))?;
    go_on(scene).await
}

async fn clock(scene: &Scene<'_>, disturbance: &Disturbance) -> anyhow::Result<Shown> {
    let Some(clock) = scene.clock else { return Ok(Shown::Skipped("libfaketime is not here")) };
    clock.set(disturbance.jump)?;
    tokio::time::sleep(disturbance.hold).await;
    clock.set(0)?;
    go_on(scene).await
}

async fn go_on(scene: &Scene<'_>) -> anyhow::Result<Shown> {
    Ok(Shown::Recovered(recovery::go_on(&scene.stage.simulator, scene.ledger).await?))
}

/// Waits until a request is answered with 503; `meanwhile` keeps the disturbance up.
async fn first_refusal(ledger: &Ledger, mut meanwhile: impl FnMut()) -> anyhow::Result<()> {
    let before = ledger.refusals();
    until("a request to be refused", REFUSAL_PATIENCE, || {
        meanwhile();
        std::future::ready((ledger.refusals() > before).then_some(()))
    })
    .await
}

async fn hold_on(hold: Duration, mut meanwhile: impl FnMut()) {
    let end = Instant::now() + hold;
    while Instant::now() < end {
        meanwhile();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
