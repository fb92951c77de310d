//! `jixinda plugin test FILE --cases DIR`: recorded exchanges, played without a network.

use super::super::{open, output, settings};
use crate::author::case::{self, Case, Mode, Verdict};
use crate::author::{Bench, Recorder, Surroundings};
use anyhow::Context as _;
use jixinda_domain::clock::SystemClock;
use jixinda_runtime::egress::{AddressPolicy, Egress, EgressOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(clap::Args)]
pub struct Args {
    /// The component.
    file: PathBuf,
    /// A folder of cases; each is a folder with input.json, provider.json and expected.json.
    #[arg(long, default_value = "cases")]
    cases: PathBuf,
    /// Only cases whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Write the requests and results as they are now. Read them before you commit them.
    #[arg(long)]
    update: bool,
    /// Ask the real provider (or a stand-in of it) and write its answers into the cases. Give --only and --config with it.
    #[arg(long, requires = "config", requires = "only")]
    record: bool,
    /// A JSON file with the account's real settings, secrets included; used for --record alone, and never written to a case.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A private network (CIDR) that recording may reach, for a stand-in on this machine.
    #[arg(long, value_name = "CIDR")]
    allow_network: Vec<ipnet::IpNet>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let bytes = super::read(&args.file)?;
    let mut cases = case::all(&args.cases)?;
    if let Some(only) = &args.only {
        cases.retain(|case| case.name.contains(only.as_str()));
        anyhow::ensure!(!cases.is_empty(), "no case of {} contains {only:?}", args.cases.display());
    }
    let runtime = open::runtime()?;
    if args.record {
        runtime.block_on(record(&bytes, &cases, args))?;
    }
    let mode = if args.update || args.record { Mode::Update } else { Mode::Compare };
    let verdicts = runtime.block_on(play(&bytes, &cases, mode))?;
    report(&verdicts)
}

/// Runs cases one after another on one bench.
pub(super) async fn play(bytes: &[u8], cases: &[Case], mode: Mode) -> anyhow::Result<Vec<Verdict>> {
    let bench = Bench::open(bytes, Surroundings::Scripted).await?;
    let mut verdicts = Vec::new();
    for case in cases {
        verdicts.push(case.run(&bench, mode).await.with_context(|| format!("case {}", case.name))?);
    }
    Ok(verdicts)
}

/// Tells each verdict; fails where one does.
pub(super) fn report(verdicts: &[Verdict]) -> anyhow::Result<()> {
    for verdict in verdicts {
        if verdict.passed() {
            output::say(&format!("ok       {}", verdict.name));
        } else {
            output::say(&format!("FAILED   {}\n{}", verdict.name, indented(&verdict.objections.join("\n"))));
        }
    }
    let failed = verdicts.iter().filter(|verdict| !verdict.passed()).count();
    output::say(&format!("{} passed, {failed} failed", verdicts.len() - failed));
    anyhow::ensure!(failed == 0, "{failed} of {} cases failed", verdicts.len());
    Ok(())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("         {line}")).collect::<Vec<_>>().join("\n")
}

/// Asks the real provider with real secrets and keeps its answers alone. The requests are written afterwards, by playing the case
/// with the invented secrets of the schema's example: so no signature of a real key is ever in a file.
async fn record(bytes: &[u8], cases: &[Case], args: &Args) -> anyhow::Result<()> {
    let config = settings::from_file(args.config.as_deref().context("--config is needed")?)?;
    let egress =
        EgressOptions { addresses: AddressPolicy::allowing(args.allow_network.clone()), ..EgressOptions::default() };
    let recorder = Arc::new(Recorder::new(Egress::new(egress.clone())));
    let real = Surroundings::Real { clock: Arc::new(SystemClock), upstream: recorder.clone(), egress };
    let bench = Bench::open(bytes, real).await?;
    for case in cases {
        let exchanges =
            case.record(&bench, config.clone(), &recorder).await.with_context(|| format!("case {}", case.name))?;
        output::say(&format!("recorded {}: {exchanges} exchanges", case.name));
    }
    Ok(())
}

/// The cases that were named, else the folder `cases` here, where there is one.
pub(super) fn usual_cases(given: Option<&Path>) -> Option<PathBuf> {
    given.map(Path::to_owned).or_else(|| Some(PathBuf::from("cases")).filter(|cases| cases.is_dir()))
}
