//! `jixinda plugin check FILE`.

use super::super::server::{Output, say_json};
use super::super::{output, table};
use anyhow::Context as _;
use jixinda_runtime::inspect::Inspection;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// The component.
    file: PathBuf,
    /// Run the conformance suite as well.
    #[arg(long)]
    conformance: bool,
    /// The plugin's cases, for the suite; the folder `cases` here, where there is one.
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// How the answer is shown.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let bytes = super::read(&args.file)?;
    let seen = super::look(&bytes).with_context(|| format!("{} would be refused", args.file.display()))?;
    match args.output {
        Output::Json => say_json(&described(&seen)),
        Output::Table => {
            output::say(&table::fields(&described(&seen)));
            output::say(&format!("{} may serve", args.file.display()));
        }
    }
    if args.conformance {
        super::conformance::run(&bytes, super::test::usual_cases(args.cases.as_deref()).as_deref())?;
    }
    Ok(())
}

fn described(seen: &Inspection) -> Value {
    let descriptor = &seen.descriptor;
    json!({
        "provider": descriptor.id,
        "name": descriptor.name,
        "version": descriptor.version,
        "hosts": descriptor.hosts,
        "interfaces": seen.interfaces,
        "features": descriptor.features,
        "max_batch": descriptor.limits.max_batch,
        "imports": seen.imports,
        "exports": seen.exports,
        "size_bytes": seen.size,
        "memory_minimum_bytes": seen.memory_minimum,
        "compile_ms": u64::try_from(seen.compile_time.as_millis()).unwrap_or(u64::MAX),
        "sha256": seen.sha256,
    })
}
