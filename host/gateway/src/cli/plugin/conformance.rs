//! `jixinda plugin check FILE --conformance`.

use super::super::{open, output};
use crate::author::conformance::{self, Finding};
use crate::author::{Bench, Surroundings, case};
use std::path::Path;

/// Runs the suite and tells each finding; fails where one does.
pub fn run(bytes: &[u8], cases: Option<&Path>) -> anyhow::Result<()> {
    let cases = cases.map(case::all).transpose()?.unwrap_or_default();
    let report = open::runtime()?.block_on(async {
        let bench = Bench::open(bytes, Surroundings::Scripted).await?;
        conformance::run(&bench, &cases).await
    })?;
    for (check, finding) in &report.0 {
        output::say(&match finding {
            Finding::Passed => format!("ok       {check}"),
            Finding::Failed(why) => format!("FAILED   {check}\n         {why}"),
            Finding::Skipped(why) => format!("skipped  {check}: {why}"),
        });
    }
    let (passed, failed, skipped) = report.counts();
    output::say(&format!("{passed} passed, {failed} failed, {skipped} skipped"));
    anyhow::ensure!(failed == 0, "it does not conform");
    Ok(())
}
