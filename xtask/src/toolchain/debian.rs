//! Packages from Debian, where this is Debian and we are root.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

/// Installs packages; false where there is no apt-get at all. `otherwise` is said where we may not.
pub fn install(packages: &[&str], otherwise: &str) -> Result<bool> {
    if !Path::new("/usr/bin/apt-get").exists() {
        return Ok(false);
    }
    let named = packages.join(" ");
    if process::output(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!("{otherwise} (not root, so the packages {named} cannot be installed from here)");
    }
    process::run(Command::new("apt-get").args(["-q", "update"]), "reading Debian's package lists")?;
    process::run(
        Command::new("apt-get")
            .args(["-q", "install", "-y", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
        &format!("installing the Debian packages {named}"),
    )?;
    Ok(true)
}
