//! `cargo xtask test`: everything that must hold, one step after another, with a count at the end.

use crate::toolchain::servers;
use crate::{authors, plugins, process, readme, sdk, tidy, workspace};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Which steps run.
#[derive(clap::Args)]
pub struct Options {
    /// Only steps whose name contains this.
    #[arg(long)]
    only: Option<String>,
}

/// What a step counted.
#[derive(Clone, Copy, Default)]
struct Count {
    passed: u32,
    failed: u32,
    skipped: u32,
}

type Step = (&'static str, fn() -> Result<Count>);

const STEPS: &[Step] = &[
    ("format", format),
    ("tidy", tidy_up),
    ("plugins", build_plugins),
    ("clippy", clippy),
    ("authors", authors_promises),
    ("sdk", packaged_sdk),
    ("tests", tests),
    ("demo", demo),
    ("readme", read_me),
];

/// The versions of the Aliyun component that the hot-swap test plays with.
pub const VARIANTS: [&str; 2] = ["0.1.1", "0.2.0"];

/// What gateways run on beside SQLite with the queue in memory.
const ENGINES: [&str; 3] = ["mysql", "redis", "mysql,redis"];

pub fn run(options: &Options) -> Result<()> {
    let (mut total, mut report) = (Count::default(), Vec::new());
    for (name, step) in STEPS.iter().filter(|(name, _)| options.only.as_ref().is_none_or(|only| name.contains(only))) {
        println!("\n=== {name}");
        let start = Instant::now();
        let count = step().unwrap_or_else(|error| {
            println!("{name}: {error:#}");
            Count { failed: 1, ..Count::default() }
        });
        total = total.plus(count);
        report.push((*name, count, start.elapsed()));
    }
    print_report(&report);
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    if total.failed > 0 {
        bail!("{} of the checks failed", total.failed);
    }
    Ok(())
}

fn print_report(report: &[(&str, Count, Duration)]) {
    println!("\n{:<10} {:>8} {:>8} {:>8} {:>9}", "step", "passed", "failed", "skipped", "seconds");
    for (name, count, took) in report {
        println!("{name:<10} {:>8} {:>8} {:>8} {:>9.1}", count.passed, count.failed, count.skipped, took.as_secs_f64());
    }
}

impl Count {
    fn one() -> Self {
        Self { passed: 1, ..Self::default() }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(workspace::cargo());
    command.args(arguments).current_dir(workspace::root());
    command
}

fn format() -> Result<Count> {
    process::run(&mut cargo(&["fmt", "--all", "--check"]), "checking the format")?;
    Ok(Count::one())
}

fn tidy_up() -> Result<Count> {
    tidy::run()?;
    Ok(Count::one())
}

fn build_plugins() -> Result<Count> {
    let built = plugins::build_all()?;
    for version in VARIANTS {
        plugins::build_variant(version)?;
    }
    plugins::build_test_components()?;
    Ok(Count { passed: u32::try_from(built.len()).unwrap_or(u32::MAX), ..Count::default() })
}

/// The whole workspace at once, always: another selection would have other features and build its dependencies anew.
fn clippy() -> Result<Count> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    process::run(&mut cargo(&arguments), "looking for lints")?;
    Ok(Count::one())
}

fn tests() -> Result<Count> {
    process::run(&mut cargo(&["build", "--workspace"]), "building the programs that the tests start")?;
    servers::ensure_installed()?;
    println!("xtask: running all tests, gateways on SQLite with the queue in memory");
    let mut count = cargo_test(&["test", "--workspace", "--no-fail-fast"], "")?;
    for engines in ENGINES {
        println!("xtask: running the gateway's tests again, on {engines}");
        // Clusters start engines of their own, and have just done so.
        let again = ["test", "--workspace", "--no-fail-fast", "--test", "it", "gateway::", "--", "--skip", "cluster::"];
        count = count.plus(cargo_test(&again, engines)?);
    }
    Ok(count)
}

/// Runs tests and counts them. `engines` is what gateways run on instead of what is embedded.
fn cargo_test(arguments: &[&str], engines: &str) -> Result<Count> {
    let mut child = cargo(arguments)
        .env("JIXINDA_TEST_ENGINES", engines)
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be started")?;
    let mut count = Count::default();
    let lines = BufReader::new(child.stdout.take().context("its output is piped")?).lines();
    for line in lines {
        let line = line.context("cargo test did not write UTF-8")?;
        println!("{line}");
        if let Some(counted) = counted(&line) {
            count = count.plus(counted);
        }
    }
    let status = child.wait()?;
    if !status.success() && count.failed == 0 {
        bail!("cargo test ended with {status}");
    }
    Ok(count)
}

/// Our components and new projects pass what authors are promised.
fn authors_promises() -> Result<Count> {
    process::run(&mut cargo(&["build", "--workspace"]), "building the programs that authors and tests use")?;
    let components = authors::check_components()?;
    authors::test_kits()?;
    for language in authors::LANGUAGES {
        authors::new_project(language)?;
    }
    let projects = u32::try_from(authors::LANGUAGES.len()).unwrap_or(u32::MAX);
    Ok(Count { passed: components + projects + 2, ..Count::default() })
}

/// The SDK can be packaged, and a program outside the workspace builds on the package; its pages have no warning.
fn packaged_sdk() -> Result<Count> {
    sdk::build_consumer()?;
    let mut pages = cargo(&["doc", "--package", "jixinda-sdk", "--all-features", "--no-deps", "--target-dir"]);
    pages.arg(workspace::target().join("sdk/build")).env("RUSTDOCFLAGS", "-D warnings");
    process::run(&mut pages, "writing the SDK's pages")?;
    Ok(Count { passed: 2, ..Count::default() })
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; …`
fn counted(line: &str) -> Option<Count> {
    let rest = line.strip_prefix("test result: ")?;
    let number = |word: &str| {
        let before = rest.split(word).next()?;
        before.split_whitespace().next_back()?.parse().ok()
    };
    Some(Count { passed: number(" passed")?, failed: number(" failed")?, skipped: number(" ignored")? })
}

fn demo() -> Result<Count> {
    let component = workspace::root().join("target/plugins/dist/aliyun.wasm");
    let mut demo = Command::new(workspace::target().join("debug/jixinda-demo"));
    process::run(demo.arg("--component").arg(component).arg("--once"), "playing the demo once")?;
    Ok(Count::one())
}

/// Both languages have the same blocks; both are run.
fn read_me() -> Result<Count> {
    // Before the clock runs: how long a first build takes is not what is looked at.
    process::run(&mut cargo(&["build", "--workspace"]), "building what the pages build first")?;
    if !readme::is_runnable() {
        println!("the folder data is somebody's own: move it away to have the README run");
        return Ok(Count { skipped: 1, ..Count::default() });
    }
    readme::run("README.md")?;
    readme::run("README.zh-CN.md")?;
    readme::run("docs/adding-a-provider.md")?;
    // The README drops a plugin of another version; the folder is left as it was found.
    plugins::build_all()?;
    Ok(Count { passed: 3, ..Count::default() })
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn reads_the_closing_line_of_a_test_runner() {
        let count = counted("test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out")
            .expect("a count");
        assert_eq!((count.passed, count.failed, count.skipped), (12, 3, 1));
        assert!(counted("running 3 tests").is_none());
    }
}
