//! `jixinda plugin rollback NAME`: exchanges a file with the one that it replaced, so that a second rollback undoes the first. Whoever goes
//! back wants it for all calls: it is not tried.

use super::super::output;
use super::folder::{Folder, check_name};
use anyhow::Context as _;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Args {
    /// The file's name without ".wasm": aliyun.
    name: String,
    /// The plugin folder; that of the configuration where it is left out.
    #[arg(long)]
    folder: Option<PathBuf>,
}

pub fn run(config: Option<&Path>, args: &Args) -> anyhow::Result<()> {
    check_name(&args.name)?;
    let folder = Folder::find(config, args.folder.as_deref())?;
    let (target, kept) = (folder.file(&args.name), folder.previous(&args.name));
    let previous = Folder::read(&kept)?;
    let previous = previous.with_context(|| format!("nothing is kept of {}: no install replaced it", args.name))?;
    let seen = super::look(&previous).with_context(|| format!("{} is refused", kept.display()))?;
    let present = Folder::read(&target)?;
    folder.write_now(&args.name, &previous)?;
    match present {
        Some(present) => Folder::write(&kept, &present)?,
        None => std::fs::remove_file(&kept).with_context(|| format!("cannot remove {}", kept.display()))?,
    }
    output::say(&format!("{} {} is in {} again", seen.descriptor.id, seen.descriptor.version, target.display()));
    Ok(())
}
