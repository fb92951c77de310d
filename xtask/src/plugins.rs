//! `cargo xtask plugins`: every provider of plugins/ as a component in target/plugins/dist, and on request those of tests/
//! in target/plugins/test.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use wit_component::ComponentEncoder;

use crate::toolchain::wasm::{self, Toolchain, Way};
use crate::{costs, process, workspace};

/// What a plugin's build reads its version from, in place of its package's.
const VERSION_VARIABLE: &str = "JIXINDA_PLUGIN_VERSION";
/// The plugin that variants are made of.
const VARIANT_OF: &str = "aliyun";

/// What `cargo xtask plugins` can be told.
#[derive(clap::Args, Default)]
pub struct Options {
    /// Appended to each plugin's version, for example "+ci.7" or "-rc.1".
    #[arg(long)]
    version_suffix: Option<String>,
    /// Build only the aliyun plugin, under this version, into target/plugins/variants.
    #[arg(long, conflicts_with = "version_suffix")]
    variant: Option<String>,
    /// Build also the components of tests/, into target/plugins/test.
    #[arg(long)]
    tests: bool,
    /// Print sizes alone: do not build the gateway to measure what a call costs.
    #[arg(long)]
    no_costs: bool,
    /// Build this way instead of the first that works.
    #[arg(long)]
    toolchain: Option<Way>,
}

/// A component that was built.
pub struct Built {
    /// The file's name without ".wasm".
    pub name: String,
    pub version: String,
    pub path: PathBuf,
    pub size: usize,
    pub took: Duration,
    /// Whether the file is new; an unchanged one is left alone, so that nobody who watches it wakes.
    pub changed: bool,
}

/// A package of plugins/ that makes a component.
#[derive(Debug, PartialEq)]
struct Plugin {
    package: String,
    /// As cargo names the file.
    library: String,
    version: String,
}

impl Plugin {
    fn name(&self) -> String {
        self.library.replace('_', "-")
    }
}

/// The command itself.
pub fn run(options: &Options) -> Result<()> {
    let toolchain = wasm::find(options.toolchain)?;
    let mut built = match &options.variant {
        Some(version) => vec![variant(&toolchain, version)?],
        None => all(&toolchain, options.version_suffix.as_deref())?,
    };
    if options.tests {
        built.extend(test_components(&toolchain)?);
    }
    print_table(&toolchain, &built);
    if !options.no_costs && options.variant.is_none() {
        costs::print(&built)?;
    }
    Ok(())
}

/// Builds every plugin.
pub fn build_all() -> Result<Vec<Built>> {
    all(&wasm::find(None)?, None)
}

/// The component of one plugin.
pub fn named(built: &[Built], name: &str) -> Result<PathBuf> {
    let found = built.iter().find(|built| built.name == name);
    found.map(|built| built.path.clone()).with_context(|| format!("there is no plugin {name}"))
}

/// Builds the aliyun plugin under another version, for tests of hot swapping.
pub fn build_variant(version: &str) -> Result<PathBuf> {
    Ok(variant(&wasm::find(None)?, version)?.path)
}

/// Builds the components that only tests run, into target/plugins/test.
pub fn build_test_components() -> Result<Vec<Built>> {
    test_components(&wasm::find(None)?)
}

fn all(toolchain: &Toolchain, suffix: Option<&str>) -> Result<Vec<Built>> {
    build_under("plugins", toolchain, suffix, &folder().join("dist"))
}

fn test_components(toolchain: &Toolchain) -> Result<Vec<Built>> {
    build_under("tests", toolchain, None, &folder().join("test"))
}

/// Builds every plugin below a folder of the repository into `output`.
fn build_under(source: &str, toolchain: &Toolchain, suffix: Option<&str>, output: &Path) -> Result<Vec<Built>> {
    let plugins = discover(&workspace::metadata()?, &workspace::root().join(source));
    if plugins.is_empty() {
        bail!("no package of {source}/ has the crate type cdylib");
    }
    plugins
        .iter()
        .map(|plugin| {
            let version = suffix.map(|suffix| format!("{}{suffix}", plugin.version));
            build(toolchain, plugin, version.as_deref(), &output.join(format!("{}.wasm", plugin.name())))
        })
        .collect()
}

fn variant(toolchain: &Toolchain, version: &str) -> Result<Built> {
    let plugins = discover(&workspace::metadata()?, &workspace::root().join("plugins"));
    let plugin = plugins.iter().find(|plugin| plugin.name() == VARIANT_OF).context("there is no plugin aliyun")?;
    let file = folder().join("variants").join(format!("{VARIANT_OF}-{version}.wasm"));
    build(toolchain, plugin, Some(version), &file)
}

/// One target folder for all, so that dependencies, and a standard library from source, are built once.
fn folder() -> PathBuf {
    workspace::root().join("target/plugins")
}

fn discover(metadata: &Value, under: &Path) -> Vec<Plugin> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut plugins = Vec::new();
    for package in list(&metadata["packages"]) {
        if !Path::new(&text(&package["manifest_path"])).starts_with(under) {
            continue;
        }
        let libraries = list(&package["targets"]);
        let library = libraries.iter().find(|target| list(&target["crate_types"]).iter().any(|kind| kind == "cdylib"));
        if let Some(library) = library {
            plugins.push(Plugin {
                package: text(&package["name"]),
                library: text(&library["name"]).replace('-', "_"),
                version: text(&package["version"]),
            });
        }
    }
    plugins
}

fn build(toolchain: &Toolchain, plugin: &Plugin, version: Option<&str>, file: &Path) -> Result<Built> {
    let start = Instant::now();
    fs::create_dir_all(folder())?;
    // Two builds of one package under two versions write the same module; nobody else may come between.
    let lock = File::create(folder().join(".xtask-lock"))?;
    lock.lock().context("target/plugins cannot be locked")?;

    let module = compile(toolchain, plugin, version)?;
    let component = encode(&module).with_context(|| format!("{} is no provider component", plugin.package))?;
    let changed = fs::read(file).ok().as_deref() != Some(&component);
    if changed {
        write(file, &component).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(Built {
        name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        version: version.unwrap_or(&plugin.version).to_owned(),
        path: file.to_owned(),
        size: component.len(),
        took: start.elapsed(),
        changed,
    })
}

/// The core module.
fn compile(toolchain: &Toolchain, plugin: &Plugin, version: Option<&str>) -> Result<Vec<u8>> {
    let mut command: Command = toolchain.cargo_build();
    command.args(["--quiet", "--profile", "plugin", "--package", &plugin.package, "--target-dir"]).arg(folder());
    command.current_dir(workspace::root());
    match version {
        Some(version) => command.env(VERSION_VARIABLE, version),
        None => command.env_remove(VERSION_VARIABLE),
    };
    process::run(&mut command, &format!("building {}", plugin.package))?;
    let module = folder().join(wasm::TARGET).join("plugin").join(format!("{}.wasm", plugin.library));
    fs::read(&module).with_context(|| format!("{} cannot be read", module.display()))
}

/// Makes a component of a core module and validates it.
fn encode(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default().module(module)?.validate(true).encode()
}

/// By way of a second file, so that nobody ever sees half a component.
fn write(file: &Path, component: &[u8]) -> Result<()> {
    let folder = file.parent().context("a file has a folder")?;
    fs::create_dir_all(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(component)?;
    temporary.as_file().sync_all()?;
    // Temporary files are private; a component may be read by all, as any other build's product.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        temporary.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    temporary.persist(file)?;
    Ok(())
}

fn print_table(toolchain: &Toolchain, built: &[Built]) {
    println!("{:<24} {:<16} {:>10} {:>8}  state", "plugin", "version", "size", "time");
    for it in built {
        let state = if it.changed { "written" } else { "unchanged" };
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let size = format!("{:.1} KiB", it.size as f64 / 1024.0);
        println!("{:<24} {:<16} {size:>10} {:>7.1}s  {state}", it.name, it.version, it.took.as_secs_f64());
    }
    if let Some(folder) = built.first().and_then(|it| it.path.parent()) {
        println!("in {}, by {}", folder.display(), toolchain.description);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plugins_are_the_cdylibs_of_the_folder() {
        let package = |name: &str, folder: &str, kinds: &[&str]| {
            json!({"name": name, "version": "1.2.3", "manifest_path": format!("/r/{folder}/Cargo.toml"),
                   "targets": [{"name": "ali-yun", "crate_types": kinds}]})
        };
        let metadata = json!({"packages": [
            package("provider", "plugins/a", &["cdylib", "rlib"]),
            package("kit", "plugins/kit", &["lib"]),
            package("other", "host/x", &["cdylib"]),
        ]});
        let found = discover(&metadata, Path::new("/r/plugins"));
        assert_eq!(found, [Plugin { package: "provider".into(), library: "ali_yun".into(), version: "1.2.3".into() }]);
        assert_eq!(found[0].name(), "ali-yun");
    }

    #[test]
    fn what_is_no_module_is_no_component() {
        assert!(encode(b"hello").is_err());
    }

    #[test]
    fn a_component_is_written_whole_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dist/a.wasm");
        write(&file, b"one").unwrap();
        write(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }
}
