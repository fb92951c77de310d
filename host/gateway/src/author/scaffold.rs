//! New projects for plugins: a folder that builds, with the interface and the kit vendored, cases, and a README.

use anyhow::Context as _;
use clap::ValueEnum;
use rust_embed::Embed;
use std::path::{Path, PathBuf};

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// With the kit, packed from a core module.
    Rust,
    /// JavaScript on QuickJS, by componentize-qjs.
    Js,
    /// By componentize-py.
    Python,
}

/// The Rust project, with places for the name.
#[derive(Embed)]
#[folder = "scaffold"]
struct Templates;

/// The worked examples are the projects of the other languages: what CI builds is what an author gets.
#[derive(Embed)]
#[folder = "../../plugins/examples"]
#[exclude = "*/node_modules/*"]
#[exclude = "*/build/*"]
#[exclude = "*/bindings/*"]
#[exclude = "*/.venv/*"]
#[exclude = "*/__pycache__/*"]
#[exclude = "*.wasm"]
#[exclude = "*/package-lock.json"]
struct Examples;

#[derive(Embed)]
#[folder = "../../plugins/kit"]
#[include = "src/*"]
struct RustKit;

#[derive(Embed)]
#[folder = "../../plugins/kit-js"]
#[include = "src/*"]
#[include = "package.json"]
struct JsKit;

#[derive(Embed)]
#[folder = "../../plugins/kit-python"]
#[include = "jixinda_plugin_kit/*.py"]
struct PythonKit;

const INTERFACE: &str = include_str!("../../../../wit/provider.wit");

/// Writes a project into a folder that does not exist yet or is empty; answers its files.
///
/// # Errors
/// Where the name is no key of a provider, or the folder cannot be written or holds something.
pub fn write(name: &str, language: Language, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    check_name(name)?;
    let occupied = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    anyhow::ensure!(!occupied, "{} is not empty: choose another folder with --dir", folder.display());
    let mut written = Vec::new();
    for (path, text) in files(language) {
        let path = PathBuf::from(fill(&path, name));
        let target = folder.join(&path);
        let parent = target.parent().context("a file has a folder")?;
        std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        std::fs::write(&target, fill(&text, name)).with_context(|| format!("cannot write {}", target.display()))?;
        written.push(path);
    }
    Ok(written)
}

fn check_name(name: &str) -> anyhow::Result<()> {
    let good = name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    anyhow::ensure!(good, "{name:?} is no provider key: lower-case letters, digits and dashes, a letter first");
    Ok(())
}

/// Paths and texts before the name is filled in. A template's own `.in` keeps cargo from taking it for a project.
fn files(language: Language) -> Vec<(String, String)> {
    let mut files = match language {
        Language::Rust => [all::<Templates>("rust/", ""), all::<RustKit>("", "vendor/kit/")].concat(),
        Language::Js => [example("js/"), all::<JsKit>("", "vendor/kit/")].concat(),
        Language::Python => [example("python/"), all::<PythonKit>("", "vendor/kit/")].concat(),
    };
    let interface = if language == Language::Rust { "wit/provider.wit" } else { "wit/deps/provider/provider.wit" };
    files.retain(|(path, _)| path != interface);
    files.push((interface.to_owned(), INTERFACE.to_owned()));
    files.sort();
    files
}

/// An example with places for the name, and its kit beside it.
fn example(folder: &str) -> Vec<(String, String)> {
    let name = format!("example-{}", folder.trim_end_matches('/'));
    let placed = |(path, text): (String, String)| {
        let text = text.replace(&name, "{{name}}");
        (path, text.replace("../../kit-js", "vendor/kit").replace("../../kit-python", "vendor/kit"))
    };
    all::<Examples>(folder, "").into_iter().map(placed).collect()
}

/// The texts below one folder, for another.
fn all<E: Embed>(folder: &str, target: &str) -> Vec<(String, String)> {
    let below = E::iter().filter(|path| path.starts_with(folder)).filter_map(|path| {
        let place = path[folder.len()..].trim_end_matches(".in").replace("gitignore", ".gitignore");
        Some((format!("{target}{}", place.replace("..gitignore", ".gitignore")), text::<E>(&path)?))
    });
    below.collect()
}

fn text<E: Embed>(path: &str) -> Option<String> {
    String::from_utf8(E::get(path)?.data.into_owned()).ok()
}

fn fill(text: &str, name: &str) -> String {
    text.replace("{{name}}", name)
        .replace("{{file}}", &name.replace('-', "_"))
        .replace("{{kit_version}}", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_project_without_open_places() {
        for language in Language::value_variants() {
            let folder = tempfile::tempdir().expect("a folder");
            let files = write("acme-sms", *language, folder.path()).expect("written");
            for wanted in ["README.md", "provider.wit", ".gitignore", "accepted/input.json"] {
                assert!(files.iter().any(|file| file.ends_with(wanted)), "{language:?} has no {wanted}: {files:?}");
            }
            for file in files {
                let text = std::fs::read_to_string(folder.path().join(&file)).expect("text");
                let open = ["{{name}}", "{{file}}", "{{kit_version}}", "example-js", "../kit"]
                    .iter()
                    .any(|place| text.contains(place));
                assert!(!open, "{language:?}: {}", file.display());
            }
            write("acme-sms", *language, folder.path()).expect_err("the folder is taken");
        }
    }

    #[test]
    fn names_are_provider_keys() {
        let folder = tempfile::tempdir().expect("a folder");
        for bad in ["", "Acme", "1acme", "acme_sms", "acme-", "../acme", "a b"] {
            write(bad, Language::Rust, &folder.path().join("x")).expect_err(bad);
        }
    }
}
