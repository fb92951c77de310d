//! What builds plugins in JavaScript and Python: Node.js with npm, and Python with venv.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::debian;
use crate::{process, workspace};

const NO_NODE: &str = "npm is needed to build plugins in JavaScript: install Node.js 20 or later";
const NO_PYTHON: &str = "python3 with venv is needed to build plugins in Python: install Python 3.10 or later";

/// npm, installed from Debian where it is missing.
pub fn npm() -> Result<Command> {
    let works = || process::output(Command::new("npm").arg("--version")).is_ok();
    ensure!(works() || (debian::install(&["nodejs", "npm"], NO_NODE)? && works()), "{NO_NODE}");
    Ok(Command::new("npm"))
}

/// A virtual environment with what a project requires, kept from one run to the next.
pub fn python_environment(requirements: &Path) -> Result<PathBuf> {
    let environment = workspace::target().join("plugins/venv");
    let make = || process::output(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    if !environment.join("bin/pip").is_file() {
        let made = make().is_ok() || (debian::install(&["python3", "python3-venv"], NO_PYTHON)? && make().is_ok());
        ensure!(made, "{NO_PYTHON}");
    }
    let mut install = Command::new(environment.join("bin/pip"));
    install.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(requirements);
    process::run(&mut install, "installing componentize-py")?;
    Ok(environment)
}
