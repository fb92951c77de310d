//! `jixinda plugin pack CORE.wasm`.

use super::super::output;
use super::folder::Folder;
use anyhow::Context as _;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// The core module, built for wasm32-unknown-unknown.
    module: PathBuf,
    /// Where the component goes; beside the module as NAME.component.wasm where it is left out.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let module = super::read(&args.module)?;
    let packed = jixinda_runtime::pack::pack(&module).map_err(anyhow::Error::msg);
    let component = packed.with_context(|| args.module.display().to_string())?;
    let target = args.output.clone().unwrap_or_else(|| args.module.with_extension("component.wasm"));
    // A bare file name has the empty folder.
    let target = if target.is_relative() { PathBuf::from(".").join(target) } else { target };
    Folder::write(&target, &component)?;
    output::say(&format!("{} is a component of {} bytes", target.display(), component.len()));
    Ok(())
}
