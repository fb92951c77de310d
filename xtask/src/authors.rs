//! What is promised to those who write plugins: every component of ours passes its cases and the conformance suite, and a new
//! project builds and passes them as it stands.

use crate::toolchain::wasm;
use crate::{plugins, process, workspace};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Puts every component to its cases and to the suite; answers how many passed. The gateway must be built.
pub fn check_components() -> Result<u32> {
    let mut passed = 0;
    for built in plugins::build_all()? {
        let cases = workspace::root().join("plugins").join(&built.name).join("cases");
        ensure!(cases.is_dir(), "plugins/{} has no cases", built.name);
        check(&built.path, &cases)?;
        passed += 1;
    }
    Ok(passed)
}

/// Makes a project as an author would, builds it and puts it to the same. Answers the component.
pub fn new_rust_project(folder: &Path) -> Result<PathBuf> {
    let name = "acme-sms";
    let project = folder.join(name);
    let mut new = jixinda()?;
    new.args(["plugin", "new", name, "--lang", "rust", "--dir"]).arg(&project);
    process::output(&mut new)?;
    // The same dependencies as our own plugins, and the same folder: they are built once.
    let target = workspace::target().join("plugins");
    let mut build = wasm::find(None)?.cargo_build();
    build.args(["--quiet", "--release", "--target-dir"]).arg(&target).current_dir(&project);
    process::run(&mut build, "building a new Rust project")?;
    let component = project.join(format!("{name}.wasm"));
    let mut pack = jixinda()?;
    pack.args(["plugin", "pack"]).arg(target.join(wasm::TARGET).join("release/acme_sms.wasm"));
    pack.arg("--output").arg(&component);
    process::output(&mut pack)?;
    check(&component, &project.join("cases"))?;
    Ok(component)
}

fn check(component: &Path, cases: &Path) -> Result<()> {
    let mut test = jixinda()?;
    test.args(["plugin", "test"]).arg(component).arg("--cases").arg(cases);
    process::run(&mut test, &format!("playing the cases of {}", component.display()))?;
    let mut suite = jixinda()?;
    suite.args(["plugin", "check", "--conformance"]).arg(component).arg("--cases").arg(cases);
    process::run(&mut suite, &format!("putting {} to the conformance suite", component.display()))
}

fn jixinda() -> Result<Command> {
    let program = workspace::target().join("debug/jixinda");
    ensure!(program.is_file(), "the gateway is not built: run `cargo build --workspace`");
    Ok(Command::new(program))
}

/// A folder for projects that goes with the value.
pub fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().context("no temporary folder can be made")
}
