//! Runs the README: its bash blocks, one after another, as a newcomer pastes them.

use crate::{process, workspace};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::Command;

/// Longer than the blocks take with everything built.
const LIMIT_SECONDS: &str = "300";

/// Whether the README can be run here: it makes `data` in the repository, and must not touch somebody's own.
pub fn is_runnable() -> bool {
    !workspace::root().join("data").exists()
}

/// Runs the blocks of one README, and removes what they made.
pub fn run(name: &str) -> Result<()> {
    let root = workspace::root();
    let text = fs::read_to_string(root.join(name)).with_context(|| format!("cannot read {name}"))?;
    let blocks = blocks(&text);
    ensure!(!blocks.is_empty(), "{name} has no bash blocks");
    let mut script = String::from("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n");
    script.extend(blocks);
    let mut bash = Command::new("timeout");
    bash.args([LIMIT_SECONDS, "bash", "-c", &script]).current_dir(&root);
    let done = process::run(&mut bash, &format!("running {name} as pasted"));
    let data = root.join("data");
    if data.exists() {
        fs::remove_dir_all(data)?;
    }
    done
}

fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        match (&mut open, line) {
            (None, "```bash") => open = Some(String::new()),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some(block), line) => {
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_bash_blocks_and_no_others() {
        let text = "```bash\na\nb\n```\nwords\n```\nc\n```\n```bash\nd\n```\n";
        assert_eq!(blocks(text), ["a\nb\n", "d\n"]);
    }
}
