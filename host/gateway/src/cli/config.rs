//! `jixinda config`: the configuration in force, or the defaults with their manual.

use super::output;
use crate::config::{Config, DEFAULTS};
use std::path::Path;

#[derive(clap::Args)]
pub struct Args {
    /// Print config.default.toml, which is the manual, instead.
    #[arg(long)]
    default: bool,
}

pub fn run(config: Option<&Path>, args: &Args) -> anyhow::Result<()> {
    let text =
        if args.default { DEFAULTS.to_owned() } else { toml::to_string(&Config::load(config)?.without_passwords())? };
    output::say(text.trim_end());
    Ok(())
}
