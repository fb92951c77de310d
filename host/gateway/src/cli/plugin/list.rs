//! `jixinda plugin list`: the folder through the gate, or what a running gateway made of it.

use super::super::server::{Output, ServerArgs, say_json};
use super::super::{output, provider, table};
use super::folder::Folder;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: ServerArgs,
    /// The plugin folder; that of the configuration where it is left out.
    #[arg(long)]
    folder: Option<PathBuf>,
}

const COLUMNS: [(&str, &str); 5] =
    [("FILE", "file"), ("PROVIDER", "provider"), ("VERSION", "version"), ("SHA256", "sha256"), ("REFUSED", "refused")];

pub fn run(config: Option<&Path>, args: Args) -> anyhow::Result<()> {
    if args.folder.is_none() && args.server.has_token() {
        return provider::list(&args.server.client()?);
    }
    let folder = Folder::find(config, args.folder.as_deref())?;
    let mut files = Vec::new();
    for name in folder.names()? {
        files.push(row(&folder, &name)?);
    }
    match args.server.output() {
        Output::Json => say_json(&json!({"folder": folder.plugins, "files": files})),
        Output::Table => output::say(&table::list(&files, &COLUMNS)),
    }
    Ok(())
}

fn row(folder: &Folder, name: &str) -> anyhow::Result<Value> {
    let bytes = super::read(&folder.file(name))?;
    Ok(match super::look(&bytes) {
        Ok(seen) => json!({"file": format!("{name}.wasm"), "provider": seen.descriptor.id,
            "version": seen.descriptor.version, "sha256": seen.sha256.get(..12), "refused": null}),
        Err(refusal) => json!({"file": format!("{name}.wasm"), "provider": null, "version": null, "sha256": null,
            "refused": refusal.to_string()}),
    })
}
