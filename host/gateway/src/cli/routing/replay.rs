//! `jixinda routing replay`: what other settings would have done with recorded traffic. It reads the store of this machine, beside a
//! running gateway or without one.

use super::{moment, replay_table};
use crate::cli::{open, output};
use crate::config::Config;
use crate::directory::Directory;
use crate::quiet_hours::zone;
use crate::routing::replay::{self, Plan, Progress, Report, Today};
use crate::seal::{ENVIRONMENT, Sealer};
use anyhow::Context as _;
use clap::ValueEnum;
use jixinda_domain::Clock as _;
use jixinda_domain::Timestamp;
use jixinda_domain::clock::{Stopwatch, SystemClock};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Args {
    /// Texts that were first tried from then on: RFC 3339, today, yesterday, or a time ago such as -6h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: String,
    /// And before then.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, default_value = "now")]
    to: String,
    /// The configuration file whose [routing] decides; by default that of --config, which also says where the store is.
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
    /// Routing policies to decide by in place of the store's: what `routing policy list --output json` printed, changed as you like.
    #[arg(long, value_name = "FILE")]
    policies: Option<PathBuf>,
    /// What is left to chance; the same number gives the same answer.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How the answer is shown.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

pub fn run(file: Option<&Path>, args: &Args) -> anyhow::Result<()> {
    let config = open::config(file)?;
    let settings = match &args.with {
        None => config.routing.clone(),
        Some(other) => {
            let hint = || format!("--with {}: correct that file, or leave --with out", other.display());
            Config::load(Some(other)).with_context(hint)?.routing
        }
    };
    let (now, zone) = (SystemClock.now(), zone("limits.time_zone", &config.limits.time_zone)?);
    let from = moment::parse(&args.from, now, &zone).context("--from")?;
    let to = moment::parse(&args.to, now, &zone).context("--to")?;
    anyhow::ensure!(from < to, "--from ({from}) must be before --to ({to})");
    let plan = Plan { from, to, seed: args.seed, settings };
    let report = open::runtime()?.block_on(replayed(&config, args, &plan))?;
    let report = report.with_context(|| nothing(&config, from, to))?;
    match args.format {
        Format::Json => output::say(&serde_json::to_string_pretty(&report)?),
        Format::Table => output::say(&replay_table::show(&report)),
    }
    Ok(())
}

async fn replayed(config: &Config, args: &Args, plan: &Plan) -> anyhow::Result<Option<Report>> {
    let store = open::store_to_read(config).await?;
    let mut directory = Directory::load(store.as_ref(), &sealer(config)?, config).await?;
    if let Some(file) = &args.policies {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let policies = replay::read_policies(&text, &directory, plan.to);
        directory.set_policies(policies.with_context(|| format!("--policies {}", file.display()))?);
    }
    let (watch, mut said) = (Stopwatch::start(), 0.0);
    let mut tell = |progress: Progress| {
        let passed = watch.elapsed().as_secs_f64();
        if passed - said >= 1.0 {
            said = passed;
            output::progress(&line(progress, passed));
        }
    };
    let report = replay::run(store.as_ref(), &Today::of(&directory), plan, &mut tell).await;
    if said > 0.0 {
        output::progress_end();
    }
    report
        .context("the store could not be read to the end: try again; where it stays busy, copy it and replay the copy")
}

/// Unlike a gateway, this makes no key where there is none.
fn sealer(config: &Config) -> anyhow::Result<Sealer> {
    let file = config.master_key_file();
    anyhow::ensure!(
        file.exists() || std::env::var_os(ENVIRONMENT).is_some(),
        "there is no master key {}, and without it the store's accounts cannot be read: set master_key.file or {ENVIRONMENT}",
        file.display()
    );
    Sealer::load(&file)
}

fn line(progress: Progress, passed: f64) -> String {
    match progress {
        Progress::Reading { texts, percent } => {
            format!("reading: {percent} %, {texts} texts, {:.0} a second", texts as f64 / passed)
        }
        Progress::Replaying { texts, of } => {
            let percent = 100.0 * texts as f64 / of.max(1) as f64;
            format!("replaying: {percent:.0} %, {texts} of {of} texts, {:.0} a second", texts as f64 / passed)
        }
    }
}

fn nothing(config: &Config, from: Timestamp, to: Timestamp) -> String {
    let kept = match config.retention.calls_days {
        0 => String::new(),
        days => format!("; what is older than {days} days (retention.calls_days) cannot be replayed"),
    };
    format!("no text was first tried from {from} to {to}: choose another --from and --to{kept}")
}
