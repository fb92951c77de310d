//! `jixinda completions`: what a shell completes after `jixinda`.

use super::output;
use clap_complete::Shell;

#[derive(clap::Args)]
pub struct Args {
    /// For which shell. For bash: `jixinda completions bash > ~/.local/share/bash-completion/completions/jixinda`.
    shell: Shell,
}

pub fn run(args: &Args, mut command: clap::Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "jixinda", &mut script);
    Ok(output::write(&script)?)
}
