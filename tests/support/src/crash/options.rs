//! What the harness is asked to do, on its command line.

use super::plan::Kind;
use std::path::PathBuf;

/// Disturbs a gateway under load, again and again, and accounts for every text that it acknowledged.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "jixinda-crash")]
pub struct Options {
    /// The Aliyun component.
    #[arg(long)]
    pub component: PathBuf,
    /// How many runs, each with a fresh gateway and a seed of its own.
    #[arg(long, default_value_t = 10)]
    pub runs: u64,
    /// Runs at once: they wait more than they work. Recovery is slower where they share processors.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub at_once: u16,
    /// The first run's seed; the next have those after it. Without one it is drawn, and printed.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Three nodes on MariaDB and Redis, instead of one on SQLite: see docs/RELIABILITY.md for what is broken there.
    #[arg(long, conflicts_with_all = ["only", "unfinished", "json"])]
    pub cluster: bool,
    /// Only these disturbances.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Kind>,
    /// Write every run's counts to this file as JSON.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Instead of runs: start once over a store with so many unfinished messages, and measure that.
    #[arg(long)]
    pub unfinished: Option<u64>,
    /// libfaketime's library, for the disturbance `clock`.
    #[arg(long)]
    pub faketime: Option<PathBuf>,
    /// Keep the gateway's log of a run that failed in this folder.
    #[arg(long)]
    pub logs: Option<PathBuf>,
}

impl Options {
    /// The kinds that plans are drawn from.
    pub fn kinds(&self) -> Vec<Kind> {
        let asked_for = |kind: &Kind| self.only.is_empty() || self.only.contains(kind);
        Kind::ALL.into_iter().filter(asked_for).collect()
    }

    /// What a person types to play one run again.
    pub fn repeat(&self, seed: u64) -> String {
        let only: Vec<&str> = self.only.iter().map(|kind| kind.as_str()).collect();
        let only = if only.is_empty() { String::new() } else { format!(" --only {}", only.join(",")) };
        format!("cargo xtask crash --seed {seed} --runs 1{only}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[test]
    fn a_run_is_repeated_with_the_kinds_that_its_plan_was_drawn_from() {
        let asked = |line: &str| Options::try_parse_from(line.split(' ')).expect("options");
        let some = asked("x --component a.wasm --only reset,kill");
        assert_eq!(some.kinds(), [Kind::Kill, Kind::Reset]);
        assert_eq!(some.repeat(9), "cargo xtask crash --seed 9 --runs 1 --only reset,kill");
        assert_eq!(asked("x --component a.wasm").repeat(9), "cargo xtask crash --seed 9 --runs 1");
    }
}
