//! `jixinda plugin dev FILE`: the loop of somebody who writes a plugin.

use super::super::{open, output};
use super::call::{self, Text};
use super::test;
use crate::author::case::{self, Mode};
use jixinda_runtime::inspect::inspect;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the file is looked at; a change is taken when two looks agree.
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[derive(clap::Args)]
pub struct Args {
    /// The component that your build writes.
    file: PathBuf,
    /// The plugin's cases; the folder `cases` here, where there is one.
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Look once and stop: for scripts.
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    text: Text,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    open::log("warn,plugin=debug")?;
    let runtime = open::runtime()?;
    if args.once {
        return runtime.block_on(look(args));
    }
    let mut seen = None;
    loop {
        let now = content(&args.file);
        if now.is_some() && now != seen {
            if let Err(error) = runtime.block_on(look(args)) {
                output::complain(&format!("{error:#}"));
            }
            output::say("-- waiting for the next change; Ctrl-C ends");
            seen = now;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The file, once it stands still.
fn content(file: &Path) -> Option<String> {
    let first = std::fs::metadata(file).ok()?;
    std::thread::sleep(Duration::from_millis(50));
    let bytes = std::fs::read(file).ok()?;
    let same =
        std::fs::metadata(file).ok().is_some_and(|now| now.len() == first.len() && now.len() == bytes.len() as u64);
    same.then(|| jixinda_runtime::gate::sha256(&bytes))
}

async fn look(args: &Args) -> anyhow::Result<()> {
    let bytes = super::read(&args.file)?;
    let seen = inspect(&std::env::current_exe()?, &bytes).await?;
    let descriptor = &seen.descriptor;
    output::say(&format!(
        "-- {} {} loads: {} KiB, compiled in {} ms",
        descriptor.id,
        descriptor.version,
        seen.size >> 10,
        seen.compile_time.as_millis()
    ));
    if let Some(cases) = test::usual_cases(args.cases.as_deref()) {
        test::report(&test::play(&bytes, &case::all(&cases)?, Mode::Compare).await?)?;
    }
    if args.text.is_wanted() {
        call::send(&args.file, &args.text).await?;
    }
    Ok(())
}
