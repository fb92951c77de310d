//! What the program says to a person: results on standard output, complaints on standard error.

use std::io::Write as _;

/// One line on standard output. A reader that has gone away is no reason to fail.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// One line on standard error.
pub fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "jixinda: {line}");
}

/// Bytes on standard output as they are.
pub fn write(bytes: &[u8]) -> std::io::Result<()> {
    std::io::stdout().lock().write_all(bytes)
}

/// How far something is, on standard error: one line that is written over, or nothing where nobody is looking.
pub fn progress(line: &str) {
    use std::io::IsTerminal as _;
    let mut error = std::io::stderr().lock();
    if error.is_terminal() {
        let _ = write!(error, "\r{line}\u{1b}[K");
    } else {
        let _ = writeln!(error, "{line}");
    }
}

/// Leaves the line of [`progress`].
pub fn progress_end() {
    use std::io::IsTerminal as _;
    let mut error = std::io::stderr().lock();
    if error.is_terminal() {
        let _ = writeln!(error);
    }
}
