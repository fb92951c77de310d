//! How to build for wasm32-unknown-unknown on this machine, bare or closed off as it may be.
//!
//! What is already there is preferred to what must be fetched: an installed target, then Debian's compiler
//! with its library's source, then `rustup target add`, then Debian's packages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use super::debian;
use crate::{process, workspace};

/// The target that plugins are built for.
pub const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
/// Behind a closed network rustup may wait for long.
const RUSTUP_LIMIT: Duration = Duration::from_secs(20);
const NO_WAY: &str = "there is no way to build for wasm32-unknown-unknown here: run `rustup target add wasm32-unknown-unknown` \
    where the network allows it, or as root `apt-get install rustc-web cargo-web rust-web-src` on Debian 12, \
    or use a Rust toolchain that already has the target";

/// The ways, as they can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Way {
    /// The toolchain on PATH has the target.
    Installed,
    /// `rustup target add`.
    Rustup,
    /// Debian's compiler, building the standard library from source.
    Debian,
}

/// One way to build, ready to use.
pub struct Toolchain {
    /// For people: which way it is.
    pub description: String,
    cargo: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    scrubbed: &'static [&'static str],
}

impl Toolchain {
    /// `cargo build` for the target, with what this way needs.
    pub fn cargo_build(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        command.arg("build").args(&self.arguments).args(["--target", TARGET]);
        for name in self.scrubbed {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The first way that works, or the one that is asked for.
pub fn find(wanted: Option<Way>) -> Result<Toolchain> {
    let allowed = |way| wanted.is_none_or(|wanted| wanted == way);
    if allowed(Way::Installed) && is_installed() {
        return Ok(installed("the toolchain's installed target"));
    }
    if allowed(Way::Debian) && debian_is_ready() {
        return debian();
    }
    if allowed(Way::Rustup) && rustup_adds_target() {
        return Ok(installed("the target that rustup added"));
    }
    if allowed(Way::Debian) && install_debian_packages()? {
        return debian();
    }
    bail!(NO_WAY)
}

fn installed(description: &str) -> Toolchain {
    Toolchain {
        description: description.to_owned(),
        cargo: workspace::cargo(),
        arguments: Vec::new(),
        environment: Vec::new(),
        scrubbed: &[],
    }
}

fn is_installed() -> bool {
    process::output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))
        .is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

fn rustup_adds_target() -> bool {
    println!("xtask: installing the target {TARGET} by rustup (20 s at most)");
    process::succeeds_within(Command::new("rustup").args(["target", "add", TARGET]), RUSTUP_LIMIT) && is_installed()
}

fn debian_is_ready() -> bool {
    Path::new(DEBIAN_CARGO).exists()
        && sysroot(Command::new(DEBIAN_RUSTC).env_remove("RUSTC"))
            .is_some_and(|sysroot| sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").exists())
}

/// Whether the packages are there now; false where there is no apt-get at all.
fn install_debian_packages() -> Result<bool> {
    Ok(debian::install(&DEBIAN_PACKAGES, NO_WAY)? && debian_is_ready())
}

/// Debian's cargo must be called by its full path, and must not meet what rustup's has put in the environment.
fn debian() -> Result<Toolchain> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut environment = vec![
        ("PATH".to_owned(), format!("/usr/bin:{path}")),
        ("RUSTC".to_owned(), DEBIAN_RUSTC.to_owned()),
        // -Zbuild-std is unstable; this lets a stable compiler take it.
        ("RUSTC_BOOTSTRAP".to_owned(), "1".to_owned()),
    ];
    environment.push(("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER".to_owned(), linker()?));
    Ok(Toolchain {
        description: "Debian's compiler, standard library from source".to_owned(),
        cargo: DEBIAN_CARGO.into(),
        arguments: vec!["-Zbuild-std=std,panic_abort".to_owned()],
        environment,
        scrubbed: &["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_ENCODED_RUSTFLAGS"],
    })
}

/// Debian's own rust-lld is a dangling link unless lld is installed; a rustup toolchain's works as well.
fn linker() -> Result<String> {
    let sysroots = [
        sysroot(&mut Command::new(DEBIAN_RUSTC)),
        sysroot(&mut Command::new("rustc")),
        sysroot(Command::new("rustup").args(["run", "stable", "rustc"])),
    ];
    for sysroot in sysroots.into_iter().flatten() {
        let hosts = std::fs::read_dir(sysroot.join("lib/rustlib")).into_iter().flatten().flatten();
        let found = hosts.map(|host| host.path().join("bin/rust-lld")).find(|linker| linker.exists());
        if let Some(linker) = found {
            return Ok(linker.to_string_lossy().into_owned());
        }
    }
    bail!(
        "Debian's compiler is here but no linker for WebAssembly: install lld-22, or a rustup toolchain with its rust-lld"
    )
}

fn sysroot(rustc: &mut Command) -> Option<PathBuf> {
    process::output(rustc.args(["--print", "sysroot"])).ok().map(|folder| folder.trim().into())
}
