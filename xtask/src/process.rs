//! Running other programs: say what is done, fail with one clear sentence.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Runs a program to its end, with its output shown.
pub fn run(command: &mut Command, purpose: &str) -> Result<()> {
    println!("xtask: {purpose}");
    let status = command.status().with_context(|| format!("{} cannot be started", name(command)))?;
    if !status.success() {
        bail!("{} failed ({status}), so this was not done: {purpose}", name(command));
    }
    Ok(())
}

/// Runs a program and returns what it wrote.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{} cannot be started", name(command)))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed ({}): {}", name(command), output.status, words.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} did not write UTF-8", name(command)))
}

/// Runs a program in silence for at most so long, and says whether it succeeded.
pub fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let Ok(mut child) = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
        return false;
    };
    let start = Instant::now();
    while start.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => thread::sleep(Duration::from_millis(50)),
            Err(_) => break,
        }
    }
    // It may have ended this very moment; either way it is gone, which is all that is wanted.
    let _gone = child.kill().and_then(|()| child.wait());
    false
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_name_the_program_and_the_purpose() {
        let error = run(&mut Command::new("false"), "nothing useful").unwrap_err().to_string();
        assert!(error.starts_with("false failed") && error.ends_with("nothing useful"), "{error}");
        let error = output(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert_eq!(error, "no-such-program cannot be started");
    }

    #[test]
    fn a_limit_is_kept() {
        let start = Instant::now();
        assert!(!succeeds_within(Command::new("sleep").arg("5"), Duration::from_millis(100)));
        assert!(start.elapsed() < Duration::from_secs(4));
        assert!(succeeds_within(&mut Command::new("true"), Duration::from_secs(5)));
    }
}
