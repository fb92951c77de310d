//! New projects for plugins: a folder that builds, with the interface and the kit vendored, cases, and a README.

use anyhow::Context as _;
use clap::ValueEnum;
use rust_embed::Embed;
use std::borrow::Cow;
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

#[derive(Embed)]
#[folder = "scaffold"]
struct Templates;

#[derive(Embed)]
#[folder = "../../plugins/kit"]
#[include = "src/*"]
struct RustKit;

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

/// Paths and texts before the name is filled in. A template's own `.in` keeps cargo and npm from taking it for a project.
fn files(language: Language) -> Vec<(String, String)> {
    let folder = match language {
        Language::Rust => "rust/",
        Language::Js => "js/",
        Language::Python => "python/",
    };
    let mut files = vec![("wit/provider.wit".to_owned(), INTERFACE.to_owned())];
    for path in Templates::iter().filter(|path| path.starts_with(folder)) {
        let target = path[folder.len()..].trim_end_matches(".in").replace("gitignore", ".gitignore");
        files.extend(text::<Templates>(&path).map(|text| (target, text)));
    }
    if language == Language::Rust {
        let kit = RustKit::iter().filter_map(|path| Some((format!("vendor/kit/{path}"), text::<RustKit>(&path)?)));
        files.extend(kit);
    }
    files.sort();
    files
}

fn text<E: Embed>(path: &Cow<'static, str>) -> Option<String> {
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
            for wanted in ["README.md", "wit/provider.wit", ".gitignore"] {
                assert!(files.contains(&PathBuf::from(wanted)), "{language:?} has no {wanted}: {files:?}");
            }
            for file in files {
                let text = std::fs::read_to_string(folder.path().join(&file)).expect("text");
                let open = ["{{name}}", "{{file}}", "{{kit_version}}"].iter().any(|place| text.contains(place));
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
