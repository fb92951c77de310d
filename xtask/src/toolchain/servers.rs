//! The database and the queue that tests start for themselves.

use super::debian;
use anyhow::{Result, ensure};

/// Each program, and the Debian package that has it.
const PROGRAMS: [(&str, &str); 4] = [
    ("mariadbd", "mariadb-server"),
    ("redis-server", "redis-server"),
    ("redis-cli", "redis-tools"),
    ("setpriv", "util-linux"),
];

/// Installs what is missing.
pub fn ensure_installed() -> Result<()> {
    let missing: Vec<&str> =
        PROGRAMS.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let named = missing.join(", ");
    println!("xtask: installing {named}, which the tests start for themselves");
    let installed = debian::install(&missing, "tests of several nodes need a database and a queue")?;
    ensure!(installed, "install {named}: tests of several nodes start them for themselves");
    Ok(())
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(["/usr/sbin".into()]).any(|folder| folder.join(program).is_file())
}
