//! What is promised to those who write plugins: every component of ours passes its cases and the conformance suite, and a new
//! project builds and passes them as it stands.

use crate::toolchain::{scripting, wasm};
use crate::{plugins, process, workspace};
use anyhow::{Context, Result, ensure};
use std::path::Path;
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

/// The languages of new projects.
pub const LANGUAGES: [&str; 3] = ["rust", "js", "python"];

/// Makes a project as an author would, follows its README, and puts the component to the same. It stays in
/// target/plugins/authors, for the tests that drop it into a running gateway.
pub fn new_project(language: &str) -> Result<()> {
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let name = format!("acme-{language}");
    let project = folder.path().join(&name);
    let mut new = jixinda()?;
    new.args(["plugin", "new", &name, "--lang", language, "--dir"]).arg(&project);
    process::output(&mut new)?;
    let component = project.join(format!("{name}.wasm"));
    match language {
        "rust" => build_rust(&project, &component)?,
        "js" => build_js(&project)?,
        _ => build_python(&project)?,
    }
    check(&component, &project.join("cases"))?;
    let kept = workspace::target().join("plugins/authors");
    std::fs::create_dir_all(&kept)?;
    std::fs::copy(&component, kept.join(format!("{name}.wasm")))?;
    Ok(())
}

fn build_rust(project: &Path, component: &Path) -> Result<()> {
    // The same folder as our own plugins': their dependencies are built once.
    let target = workspace::target().join("plugins");
    let mut build = wasm::find(None)?.cargo_build();
    build.args(["--quiet", "--release", "--target-dir"]).arg(&target).current_dir(project);
    process::run(&mut build, "building a new Rust project")?;
    let mut pack = jixinda()?;
    pack.args(["plugin", "pack"]).arg(target.join(wasm::TARGET).join("release/acme_rust.wasm"));
    process::output(pack.arg("--output").arg(component)).map(|_| ())
}

fn build_js(project: &Path) -> Result<()> {
    for (words, purpose) in [
        (
            &["install", "--no-audit", "--no-fund", "--loglevel=error"][..],
            "installing what a new JavaScript project needs",
        ),
        (&["test"][..], "testing a new JavaScript project"),
        (&["run", "build"][..], "building a new JavaScript project"),
    ] {
        process::run(scripting::npm()?.args(words).current_dir(project), purpose)?;
    }
    Ok(())
}

fn build_python(project: &Path) -> Result<()> {
    let environment = scripting::python_environment(&project.join("requirements.txt"))?;
    std::os::unix::fs::symlink(environment, project.join(".venv"))?;
    for (target, purpose) in [("test", "testing a new Python project"), ("all", "building a new Python project")] {
        process::run(Command::new("make").arg(target).current_dir(project), purpose)?;
    }
    Ok(())
}

/// The kits' own tests; the one for Rust is a crate of the workspace.
pub fn test_kits() -> Result<()> {
    let kit = workspace::root().join("plugins/kit-js");
    for (words, purpose) in [
        (&["ci", "--no-audit", "--no-fund"][..], "installing what the JavaScript kit needs"),
        (&["test"][..], "testing the JavaScript kit"),
    ] {
        process::run(scripting::npm()?.args(words).current_dir(&kit), purpose)?;
    }
    let example = workspace::root().join("plugins/examples/python");
    let environment = scripting::python_environment(&example.join("requirements.txt"))?;
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let bindings = folder.path().join("bindings");
    let mut generate = Command::new(environment.join("bin/componentize-py"));
    generate.args(["-d", "wit", "-w", "plugin", "bindings"]).arg(&bindings).current_dir(&example);
    process::output(&mut generate)?;
    let kit = workspace::root().join("plugins/kit-python");
    let path = std::env::join_paths([bindings, kit.clone()])?;
    let mut test = Command::new("python3");
    test.args(["-B", "-m", "unittest", "discover", "-s", "tests"]).current_dir(&kit).env("PYTHONPATH", path);
    process::run(&mut test, "testing the Python kit")
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
