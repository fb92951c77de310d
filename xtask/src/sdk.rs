//! The SDK as applications get it: packaged, unpacked, and built into a program outside the workspace (`sdk/consumer`). Whether that
//! program then sends texts is for `tests/it/gateway/sdk.rs` to say.

use crate::{process, workspace};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Packages, unpacks and builds; the program is `target/sdk/build/debug/sdk-consumer`.
pub fn build_consumer() -> Result<()> {
    let folder = workspace::target().join("sdk");
    // Of an earlier version there may be one too.
    let _ = fs::remove_dir_all(folder.join("package"));
    let mut package = Command::new(workspace::cargo());
    // Built it is below, from what was packaged.
    package.args(["package", "--package", "jixinda-sdk", "--no-verify", "--allow-dirty", "--target-dir"]).arg(&folder);
    process::run(package.current_dir(workspace::root()), "packaging the SDK")?;
    unpack(&folder)?;
    let consumer = folder.join("consumer");
    lay_out(&workspace::root().join("sdk/consumer"), &consumer)?;
    let mut build = Command::new(workspace::cargo());
    build.args(["build", "--target-dir"]).arg(folder.join("build")).current_dir(&consumer);
    process::run(&mut build, "building a program on the packaged SDK")
}

/// `package/jixinda-sdk-0.1.0.crate` becomes the folder `jixinda-sdk`.
fn unpack(folder: &Path) -> Result<()> {
    let packages = fs::read_dir(folder.join("package"))?.collect::<std::io::Result<Vec<_>>>()?;
    let package =
        packages.iter().map(fs::DirEntry::path).find(|path| path.extension().is_some_and(|end| end == "crate"));
    let package = package.context("cargo package left no .crate file")?;
    let unpacked = folder.join("jixinda-sdk");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)?;
    }
    fs::create_dir_all(&unpacked)?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&package).args(["--strip-components", "1", "-C"]).arg(&unpacked);
    process::run(&mut tar, "unpacking the SDK")?;
    ensure!(unpacked.join("README.md").is_file(), "the package holds no README");
    Ok(())
}

/// The program's sources, and the versions of the workspace.
fn lay_out(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.join("src"))?;
    for file in ["Cargo.toml", "src/main.rs"] {
        fs::copy(from.join(file), to.join(file)).with_context(|| format!("copying {file} of {}", from.display()))?;
    }
    fs::copy(workspace::root().join("Cargo.lock"), to.join("Cargo.lock"))?;
    Ok(())
}
