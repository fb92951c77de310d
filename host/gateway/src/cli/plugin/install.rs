//! `jixinda plugin install FILE`: only what passes the gate, only upwards, and never half a file.

use super::super::output;
use super::folder::{Folder, check_name};
use anyhow::Context as _;
use jixinda_runtime::inspect::Inspection;
use semver::Version;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Args {
    /// The component.
    file: PathBuf,
    /// The plugin folder; that of the configuration where it is left out.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Install it under this name, without ".wasm"; its provider's id where it is left out.
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// Also replace a newer version.
    #[arg(long)]
    force: bool,
    /// Let it take all calls at once instead of a share first (canary); also where this very file was rolled back.
    #[arg(long)]
    now: bool,
}

pub fn run(config: Option<&Path>, args: &Args) -> anyhow::Result<()> {
    let folder = Folder::find(config, args.folder.as_deref())?;
    let bytes = super::read(&args.file)?;
    let seen = super::look(&bytes).with_context(|| format!("{} is refused", args.file.display()))?;
    let name = args.name.as_deref().unwrap_or(&seen.descriptor.id);
    check_name(name)?;
    let target = folder.file(name);
    let present = Folder::read(&target)?;
    if present.as_deref() == Some(&bytes[..]) {
        if args.now {
            folder.write_now(name, &bytes)?;
        }
        output::say(&format!("{} holds this very file already", target.display()));
        return Ok(());
    }
    if let Some(present) = &present {
        // What the gateway refuses serves nobody: anything may replace it.
        if let (false, Ok(old)) = (args.force, super::look(present)) {
            check_order(&old, &seen)?;
        }
        Folder::write(&folder.previous(name), present)?;
    }
    if args.now {
        folder.write_now(name, &bytes)?;
    } else {
        Folder::write(&target, &bytes)?;
    }
    output::say(&format!("{} {} is in {}", seen.descriptor.id, seen.descriptor.version, target.display()));
    if present.is_some() {
        output::say(&format!("`jixinda plugin rollback {name}` puts back what it replaced"));
    }
    Ok(())
}

fn check_order(old: &Inspection, new: &Inspection) -> anyhow::Result<()> {
    let (old, new) = (&old.descriptor, &new.descriptor);
    anyhow::ensure!(
        old.id == new.id,
        "the file of that name serves the provider {}, not {}: choose another name with --as, or give --force",
        old.id,
        new.id
    );
    anyhow::ensure!(
        !is_downgrade(&old.version, &new.version),
        "version {} is there, and {} is older: give --force to go back",
        old.version,
        new.version
    );
    Ok(())
}

fn is_downgrade(old: &str, new: &str) -> bool {
    matches!((Version::parse(old), Version::parse(new)), (Ok(old), Ok(new)) if new < old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_is_older_by_the_rules_of_semantic_versions() {
        assert!(is_downgrade("0.10.0", "0.9.0"));
        assert!(is_downgrade("1.0.0", "1.0.0-rc.1"));
        assert!(!is_downgrade("1.0.0", "1.0.0"));
        assert!(!is_downgrade("1.0.0", "1.0.1"));
    }
}
