//! `jixinda migrate`: brings the store's schema up to date and stops.

use super::{open, output};
use std::path::Path;

pub fn run(config: Option<&Path>) -> anyhow::Result<()> {
    let config = open::config(config)?;
    open::runtime()?.block_on(async {
        open::store(&config).await?;
        output::say(&format!("{} is up to date", config.database().display()));
        Ok(())
    })
}
