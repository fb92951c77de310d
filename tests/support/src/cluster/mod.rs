//! The cluster harness (集群演练): three nodes on one MariaDB and one Redis under mixed traffic, while nodes, the database, Redis and the
//! network between them are killed, stopped, emptied and cut; then every acknowledged text is looked for at the provider.
//!
//! `scene` starts it all, `load` sends texts as a good client does, `disturb` breaks one thing, `account` counts. No node is started again for
//! anything that was done to the database or to Redis. All the while the provider is slow, does not answer some calls that it took, and
//! forgets some receipts.

mod account;
mod disturb;
mod load;
mod scene;

pub use account::{Report, markdown};
pub use disturb::Kind;

use crate::crash::Dice;
use load::Load;
use scene::Scene;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long texts are sent before the disturbance, and after its end.
const BEFORE: Duration = Duration::from_secs(3);
const AFTER: Duration = Duration::from_secs(3);

/// One run: a fresh scene, one disturbance, all accounts. Consecutive seeds take the kinds by turns.
///
/// # Errors
/// Where the scene cannot be set or the disturbance not made; what was wrong with the texts is in the report.
pub async fn play(component: &Path, seed: u64, kinds: &[Kind], logs: Option<&PathBuf>) -> anyhow::Result<Report> {
    let mut dice = Dice::new(seed);
    let kind = kinds[usize::try_from(seed)? % kinds.len()];
    let mut scene = Scene::set(component, kind).await?;
    let load = Load::start(&scene.doors());
    tokio::time::sleep(BEFORE).await;
    let disturbed = disturb::make(&mut scene, kind, &mut dice).await;
    tokio::time::sleep(AFTER).await;
    let ledger = load.stop().await;
    if disturbed.is_err()
        && let Some(folder) = logs
    {
        scene.keep_logs(folder, seed)?;
    }
    disturbed?;
    let report = account::settle(&mut scene, kind, seed, &ledger).await;
    if let Some(folder) = logs.filter(|_| report.is_broken()) {
        scene.keep_logs(folder, seed)?;
    }
    Ok(report)
}
