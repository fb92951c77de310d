//! `jixinda plugin new NAME --lang rust|js|python`.

use super::super::output;
use crate::author::scaffold::{self, Language};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// The provider's key, for example acme: lower case, digits and dashes.
    name: String,
    /// What it is written in.
    #[arg(long, value_enum)]
    lang: Language,
    /// Where the project goes; a new folder of that name where it is left out.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let folder = args.dir.clone().unwrap_or_else(|| PathBuf::from(&args.name));
    let files = scaffold::write(&args.name, args.lang, &folder)?;
    for file in files {
        output::say(&format!("wrote {}", folder.join(file).display()));
    }
    output::say(&format!("next: cd {} and follow README.md", folder.display()));
    Ok(())
}
